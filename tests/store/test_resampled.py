import numpy as np
import pytest
from scipy.ndimage import map_coordinates

from brainreel.kernels.pool import Pool
from brainreel.space import apply_affine
from brainreel.store.resampled import Grid, ResampledVolume, common_grid, on_grid
from contracts.volumes import MemoryVolume

OBLIQUE = np.array([[0.9, 0.2, 0, 3], [-0.2, 1.1, 0.1, -2], [0, 0.1, 1.4, 1], [0, 0, 0, 1.0]])
REGION = (slice(2, 9), slice(1, 12), slice(0, 14))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32, np.int64])
@pytest.mark.parametrize("nearest", [False, True])
def test_values_are_those_between_the_sources_voxels(dtype, nearest):
    array = np.random.default_rng(0).integers(0, 120, (11, 12, 13)).astype(dtype)
    source = MemoryVolume(array, OBLIQUE)
    grid = Grid((10, 13, 15), np.diag([0.8, 0.9, 1.3, 1.0]) + np.eye(4, k=3))
    with Pool(2) as pool:
        found = ResampledVolume(source, grid, pool, nearest).read(REGION)
    z, y, x = (np.arange(part.start, part.stop) for part in REGION)
    points = np.stack(np.meshgrid(z, y, x, indexing="ij")[::-1], -1).reshape(-1, 3)
    at = apply_affine(np.linalg.inv(OBLIQUE) @ grid.world_from_voxel, points)[:, ::-1].T
    expected = map_coordinates(array.astype(float), at, order=0 if nearest else 1, mode="nearest")
    off = np.abs(found.ravel() - expected)
    assert off.max() <= (0 if nearest else 1e-3 if found.dtype == np.float32 else 0.5001)


def test_the_common_grid_is_the_finest_and_holds_all():
    fine = MemoryVolume(np.zeros((20, 20, 20), np.uint8), np.diag([0.5, 0.5, 0.5, 1]))
    coarse = MemoryVolume(np.zeros((10, 10, 10), np.uint8), np.diag([2, 2, 2, 1.0]) - 3.3 * np.eye(4, k=3))
    grid = common_grid([fine, coarse])
    assert common_grid([coarse, fine]).is_same(grid)
    assert np.allclose(grid.world_from_voxel[:3, :3], 0.5 * np.eye(3))
    shift = np.linalg.inv(fine.world_from_voxel) @ grid.world_from_voxel[:, 3]
    assert np.allclose(shift, np.rint(shift))
    last = apply_affine(grid.world_from_voxel, np.array(grid.shape[::-1]) - 1.0)
    for volume in (fine, coarse):
        ends = apply_affine(volume.world_from_voxel, np.array([[0, 0, 0], np.array(volume.shape[::-1]) - 1.0]))
        assert (ends[0] >= grid.world_from_voxel[:3, 3] - 1e-6).all()
        assert (ends[1] <= last + 1e-6).all()


def test_a_volume_that_has_the_grid_is_itself_and_others_have_names_of_their_own():
    one = MemoryVolume(np.zeros((4, 4, 4), np.uint8))
    other = Grid((4, 4, 5), np.eye(4))
    with Pool(1) as pool:
        assert on_grid(((one, "one", 1.0),), Grid.of(one), pool, False) == ((one, "one", 1.0),)
        ((volume, name, _),) = on_grid(((one, "one", 1.0),), other, pool, False)
    assert volume.shape == (4, 4, 5)
    assert name != "one"
