"""Volumes that warps move: as ITK resamples them, as surfaces in them move, and what they refuse."""

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import KDTree

from brainreel.errors import FormatError
from brainreel.formats.transforms import open_transform
from brainreel.kernels.pool import Pool
from brainreel.space import GridField, PartUndone, ThinPlateField, Warp, apply_affine, map_points
from brainreel.space.geodesic import geodesic_sphere
from brainreel.store.warp_lattice import indices
from brainreel.store.warped import WarpedVolume
from contracts.volume import VolumeContract
from contracts.volumes import MemoryVolume

RNG = np.random.default_rng(8)
SHAPE = (24, 28, 32)
WORLD = np.array([[1.4, 0.2, 0, -20], [-0.2, 1.5, 0.1, -18], [0, 0.1, 1.6, -16], [0, 0, 0, 1.0]])
POOL = Pool(1)


def waves(shape=SHAPE, kind=np.float32):
    """Smooth values."""
    z, y, x = np.meshgrid(*[np.linspace(0, 1, n) for n in shape], indexing="ij")
    return (100 + 40 * np.sin(9 * x) * np.cos(7 * y) + 50 * np.sin(8 * z + 2 * x)).astype(kind)


def bump(height: float, edge: float = 60.0) -> GridField:
    """`height` mm towards the right in the middle of a cube around the origin, none at its faces."""
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, 31)] * 3, indexing="ij")
    vectors = np.zeros((31, 31, 31, 3))
    vectors[..., 0] = height * np.clip(1 - x**2, 0, 1) * np.clip(1 - y**2, 0, 1) * np.clip(1 - z**2, 0, 1)
    world = np.diag([edge / 30, edge / 30, edge / 30, 1])
    world[:3, 3] = -edge / 2
    return GridField(vectors, world)


def warped(source, maps, amount=1.0, **more):
    return WarpedVolume(source, PartUndone(tuple(maps), amount), POOL, **more)


def whole(volume):
    return volume.read(tuple(slice(0, n) for n in volume.shape))


def values_at(volume, points):
    """Linear between voxels, at places in the world."""
    voxels = apply_affine(np.linalg.inv(volume.world_from_voxel), points)
    return ndimage.map_coordinates(whole(volume), voxels.T[::-1], order=1, cval=np.nan)


def some(voxels=None):
    """A small volume on a part of its way."""
    field = Warp(GridField(RNG_FIELD, WORLD), "w")
    return warped(MemoryVolume(waves((9, 8, 7)) if voxels is None else voxels, WORLD), [field], 0.9)


RNG_FIELD = RNG.uniform(0.3, 0.9, (9, 9, 9, 3))


class TestWarpedVolume(VolumeContract):
    @pytest.fixture
    def volume(self):
        return some()

    @pytest.fixture
    def again(self):
        return some()

    @pytest.fixture
    def changed(self):
        return None

    def test_one_changed_voxel_changes_the_fingerprint(self, volume, changed):  # which is more than one voxel here
        voxels = waves((9, 8, 7))
        voxels[4, 4, 4] += 1
        assert volume.fingerprint() != some(voxels).fingerprint()
        field = Warp(GridField(RNG_FIELD, WORLD), "w")
        assert volume.fingerprint() != warped(MemoryVolume(waves((9, 8, 7)), WORLD), [field], 0.8).fingerprint()


def lps(affine):
    return np.diag([-1.0, -1, 1, 1]) @ affine


def as_itk(sitk, array, affine, is_vector=False):
    """An image of ITK with `array` (z, y, x) where RAS `affine` puts it."""
    image = sitk.GetImageFromArray(array, isVector=is_vector)
    world = lps(affine)
    lengths = np.linalg.norm(world[:3, :3], axis=0)
    image.SetOrigin(world[:3, 3].tolist())
    image.SetSpacing(lengths.tolist())
    image.SetDirection((world[:3, :3] / lengths).ravel().tolist())
    return image


ORTHOGONAL = np.diag([1.5, 1.4, 1.6, 1]) + np.array([[0, 0, 0, -23], [0, 0, 0, -19], [0, 0, 0, -18], [0, 0, 0, 0.0]])


def itk_transform(sitk, kind):
    random = np.random.default_rng(4)
    if kind == "field":
        vectors = random.normal(size=(9, 10, 11, 3)) * 1.5
        return sitk.DisplacementFieldTransform(
            as_itk(sitk, vectors, np.diag([6.0, 6, 6, 1]) + np.eye(4, k=3) * -30, is_vector=True)
        )
    if kind == "spline":
        spline = sitk.BSplineTransform(3, 3)
        spline.SetTransformDomainOrigin([-32, -32, -32])
        spline.SetTransformDomainPhysicalDimensions([64, 64, 64])
        spline.SetTransformDomainMeshSize([6, 6, 6])
        spline.SetParameters((random.normal(size=len(spline.GetParameters())) * 2).tolist())
        return spline
    affine = sitk.AffineTransform(3)
    affine.SetMatrix([1.05, 0.1, 0, -0.1, 0.95, 0, 0, 0.05, 1])
    affine.SetTranslation([1, -2, 3])
    composite = sitk.CompositeTransform(3)
    composite.AddTransform(affine)
    composite.AddTransform(itk_transform(sitk, "field"))
    return composite


@pytest.mark.parametrize("kind", ["field", "spline", "affine and field"])
def test_a_warped_volume_is_what_itk_resamples(kind, tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    transform = itk_transform(sitk, kind)
    sitk.WriteTransform(transform, str(tmp_path / "w.h5"))
    volume = warped(MemoryVolume(waves(), ORTHOGONAL), open_transform(tmp_path / "w.h5").point_maps)
    grid = as_itk(sitk, np.zeros(volume.shape, np.float32), volume.world_from_voxel)
    moving = as_itk(sitk, waves(), ORTHOGONAL)
    expected = sitk.GetArrayFromImage(sitk.Resample(moving, grid, transform, sitk.sitkLinear, -1.0))
    found = whole(volume)
    differ = np.isnan(found) != (expected == -1)
    assert differ.mean() < 1e-4  # places on the very border
    np.testing.assert_allclose(found[~differ], np.where(expected == -1, np.nan, expected)[~differ], atol=2e-4)
    assert 0.02 < np.isnan(found).mean() < 0.6


@pytest.mark.parametrize("inverse", [False, True])
def test_a_thin_plate_takes_values_along(inverse):
    random = np.random.default_rng(2)
    points = random.uniform(-15, 15, (7, 3))
    plates = ThinPlateField(points, points + random.normal(scale=1.5, size=(7, 3)))
    source = MemoryVolume(waves(), WORLD)
    maps = (Warp(plates, "plates", inverse),)
    inside = apply_affine(WORLD, random.uniform(3, 20, (400, 3)))
    for amount in (0.5, 1.0):
        there = inside + amount * (map_points(maps, inside) - inside)
        found = values_at(warped(source, maps, amount), there)
        np.testing.assert_allclose(found, values_at(source, inside), atol=6.0)  # two linear interpolations of 100
        assert np.abs(found - values_at(source, inside)).mean() < 1.2
        still = values_at(source, there)
        assert np.nanmean(np.abs(found - still)) > 4


@pytest.mark.parametrize(("amount", "inverse"), [(0.5, False), (1.0, False), (0.5, True), (1.0, True)])
def test_the_surface_of_a_ball_and_its_isosurface_move_alike(amount, inverse):
    filters = pytest.importorskip("vtkmodules.vtkFiltersCore")
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData

    world = np.diag([1.0, 1, 1, 1])
    world[:3, 3] = -24
    z, y, x = np.meshgrid(*[np.arange(49) - 24.0] * 3, indexing="ij")
    ball = MemoryVolume((20 - np.sqrt(x**2 + y**2 + z**2)).astype(np.float32), world)
    maps = (Warp(bump(7.0), "w", inverse),)
    volume = warped(ball, maps, amount)
    image = vtkImageData()
    image.SetDimensions(*volume.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(np.nan_to_num(whole(volume), nan=-9.0).ravel()))
    contour = filters.vtkContourFilter()
    contour.SetInputData(image)
    contour.SetValue(0, 8.0)  # a radius of 12
    contour.Update()
    voxels = vtk_to_numpy(contour.GetOutput().GetPoints().GetData()).astype(float)
    isosurface = apply_affine(volume.world_from_voxel, voxels)
    points, _ = geodesic_sphere(60)
    surface = points * 12.0
    surface = surface + amount * (map_points(maps, surface) - surface)
    away, _ = KDTree(surface).query(isosurface)
    beyond, _ = KDTree(isosurface).query(surface)
    assert away.max() < 0.3  # points of the surface lie 0.24 from each other
    assert beyond.max() < 0.8
    np.testing.assert_allclose(values_at(volume, surface), 8.0, atol=0.05)  # values change by one a voxel
    still, _ = KDTree(points * 12.0).query(isosurface)
    assert still.max() > 2


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("amount", [0.1, 0.9, 1.0])
def test_every_place_is_right_to_a_hundredth_of_a_voxel(amount, inverse):
    world = np.diag([1.0, 1, 1, 1])
    world[:3, 3] = -25
    ramp = np.broadcast_to(np.arange(51, dtype=np.float32), (51, 51, 51))  # linear between voxels is exact
    vectors = ndimage.zoom(np.random.default_rng(1).normal(size=(7, 7, 7, 3)), (3, 3, 3, 1), order=3) * 1.5
    coarse = np.diag([3.7, 3.7, 3.7, 1.0])
    coarse[:3, 3] = -36
    maps = (Warp(GridField(vectors, coarse), "w", inverse),)
    back = PartUndone(maps, amount)
    for axis in range(3):
        volume = WarpedVolume(MemoryVolume(np.moveaxis(ramp, 2, 2 - axis), world), back, POOL)
        found = whole(volume).ravel()
        voxels = indices((0, 0, 0), volume.shape)[::7]
        sources = back.find(apply_affine(volume.world_from_voxel, voxels), 1e-7).sources + 25
        inside = ((sources > 0) & (sources < 50)).all(1)
        assert inside.mean() > 0.25
        assert np.abs(found[::7] - sources[:, axis])[inside].max() < 0.01


@pytest.mark.parametrize("amount", [0.5, 1.0])
def test_what_is_found_does_not_depend_on_the_region_or_the_threads(amount):
    source, maps = MemoryVolume(waves((40, 41, 42)), WORLD), (Warp(bump(5.0, 80.0), "w"),)
    volume = warped(source, maps, amount)
    everything = whole(volume)
    z, y, x = (slice(3, n - 5) for n in volume.shape)
    np.testing.assert_array_equal(volume.read((z, y, x)), everything[z, y, x])
    with Pool(3) as pool:
        threaded = whole(WarpedVolume(source, PartUndone(maps, amount), pool))
    np.testing.assert_array_equal(threaded, everything)


def test_the_grid_grows_where_the_warp_takes_the_volume_and_nowhere_else():
    source = MemoryVolume(waves(), np.diag([1.0, 1, 1, 1]))
    shift = GridField(
        np.broadcast_to(np.array([8.0, 0, 0]), (40, 40, 40, 3)), np.diag([2.0, 2, 2, 1]) - np.eye(4, k=3) * 20
    )
    moved = warped(source, [Warp(shift, "w")], 0.5)
    low, high = moved.world_from_voxel[:3, 3], moved.world_from_voxel[:3, 3] + moved.shape[::-1] - np.ones(3)
    assert (low <= [4, 0, 0]).all()
    assert (high >= np.array([35, 27, 23])).all()
    assert (low >= np.array([4, 0, 0]) - 8).all()
    assert (high <= np.array([35, 27, 23]) + 8).all()
    np.testing.assert_allclose(values_at(moved, np.array([[14, 12, 11]])), waves()[11, 12, 10], rtol=1e-6)


def test_affines_around_a_warp_are_not_resampled():
    turn = np.array([[0, -1, 0, 5], [1, 0, 0, -3], [0, 0, 1, 2], [0, 0, 0, 1.0]])
    source = MemoryVolume(waves(), WORLD)
    still = Warp(GridField(np.zeros((4, 4, 4, 3)), np.eye(4)), "w")
    moved = warped(source, (turn, still, turn))
    assert moved.shape == source.shape
    np.testing.assert_allclose(moved.world_from_voxel, turn @ turn @ WORLD, atol=1e-12)
    np.testing.assert_allclose(whole(moved), source.array, rtol=1e-5)


def test_beyond_the_source_there_is_nothing():
    source = MemoryVolume(np.full((8, 8, 8), 7, np.int16), np.eye(4))
    shift = (Warp(GridField(np.full((30, 30, 30, 3), 2.25), np.eye(4) - np.eye(4, k=3) * 10), "w"),)
    values = warped(source, shift)
    assert values.dtype == np.float32
    assert np.isnan(values_at(values, np.array([[1.0, 5, 5]]))).all()
    np.testing.assert_array_equal(np.unique(whole(values)[~np.isnan(whole(values))]), [7])
    labels = warped(source, shift, sampling="labels")
    assert labels.dtype == np.int16
    np.testing.assert_array_equal(np.unique(whole(labels)), [0, 7])


def test_labels_and_nearest_values_are_never_mixed():
    voxels = RNG.choice(np.array([1, 5, 4000], np.uint16), (12, 12, 12))
    source, maps = MemoryVolume(voxels), (Warp(bump(2.0, 60.0), "w"),)
    assert set(np.unique(whole(warped(source, maps, sampling="labels")))) <= {0, 1, 5, 4000}
    nearest = whole(warped(source, maps, sampling="nearest"))
    assert set(np.unique(nearest[~np.isnan(nearest)])) == {1, 5, 4000}


def test_a_voxel_of_no_number_hides_only_what_it_counts_in():
    voxels = waves()
    voxels[10, 12, 14] = np.nan
    still = (Warp(GridField(np.zeros((4, 4, 4, 3)), np.eye(4)), "w"),)
    found = whole(warped(MemoryVolume(voxels), still))
    np.testing.assert_array_equal(np.argwhere(np.isnan(found)), [[10, 12, 14]])


def test_a_part_that_folds_is_refused_in_a_line_that_says_where():
    source = MemoryVolume(waves(), WORLD)
    steep = (Warp(bump(60.0), "steep.nii.gz"),)
    whole(warped(source, steep, 0.2))
    with pytest.raises(
        FormatError, match=r"steep\.nii\.gz: at amount 1 the warp folds around \(.*\), where parts of in memory"
    ):
        whole(warped(source, steep))


@pytest.mark.parametrize(("far_mm", "told"), [(1e7, r"1e\+07 mm"), (1e30, r"1e\+30 mm")])
@pytest.mark.parametrize("inverse", [False, True])
def test_a_vector_that_reaches_farther_than_any_is_refused_before_room_is_made_for_it(far_mm, told, inverse):
    vectors = np.zeros((4, 4, 4, 3))
    vectors[1, 1, 1] = far_mm
    with pytest.raises(FormatError, match=rf"w: its vectors reach {told}, so in memory .*if one is wrong mend it"):
        warped(MemoryVolume(waves(), np.eye(4)), (Warp(GridField(vectors, np.eye(4)), "w", inverse),))


def test_a_field_that_ends_in_the_volume_leaves_a_gap_where_it_tears():
    source = MemoryVolume(waves(), np.eye(4))
    vectors = np.broadcast_to(np.array([2.0, 0, 0]), (60, 60, 11, 3))
    world = np.eye(4)
    world[:3, 3] = [10, -20, -20]
    found = whole(warped(source, (Warp(GridField(vectors, world), "w"),)))
    row = found[12, 12]
    assert np.isnan(row[10])  # moved from there, and nothing came
    assert np.isnan(row[11])
    np.testing.assert_allclose(row[13:21], waves()[12, 12, 11:19], rtol=1e-5)
    np.testing.assert_allclose(row[:9], waves()[12, 12, :9], rtol=1e-5)
