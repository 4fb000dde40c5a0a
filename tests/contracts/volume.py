"""What every Volume promises, whatever it was read from."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from brainreel.data import Region, Volume, VolumeInRows
from brainreel.errors import BrainreelError
from brainreel.space import is_invertible


def whole(volume: Volume) -> Region:
    """The region of all voxels."""
    z, y, x = volume.shape
    return slice(0, z), slice(0, y), slice(0, x)


class VolumeContract:
    """Inherit, and give the fixtures `volume`, `again` (the same data opened anew) and `changed` (one voxel differs).

    The volume needs at least 6 x 4 x 4 voxels that are not all equal.
    """

    def test_is_a_volume_with_three_axes(self, volume):
        assert isinstance(volume, Volume)
        assert len(volume.shape) == 3
        assert all(type(n) is int and n > 0 for n in volume.shape)
        assert volume.name

    def test_its_dtype_is_a_native_real_number(self, volume):
        assert volume.dtype.kind in "iuf"
        assert volume.dtype.isnative

    def test_its_place_in_the_world_is_an_invertible_affine_with_a_unit(self, volume):
        assert volume.world_from_voxel.shape == (4, 4)
        assert volume.world_from_voxel.dtype == np.float64
        assert is_invertible(volume.world_from_voxel)
        assert volume.unit in ("mm", "none")

    def test_a_read_is_a_contiguous_native_array_of_the_regions_shape(self, volume):
        for region in (whole(volume), (slice(1, 3), slice(0, 2), slice(1, 4))):
            voxels = volume.read(region)
            assert type(voxels) is np.ndarray
            assert voxels.shape == tuple(part.stop - part.start for part in region)
            assert voxels.dtype == volume.dtype
            assert voxels.dtype.isnative
            assert voxels.flags.c_contiguous

    def test_what_was_read_is_the_callers_to_change(self, volume):
        first = volume.read(whole(volume))
        assert first.flags.writeable
        kept = first.copy()
        first[...] = 0
        np.testing.assert_array_equal(volume.read(whole(volume)), kept)

    def test_the_whole_is_the_stack_of_its_slices(self, volume):
        z, y, x = whole(volume)
        slices = [volume.read((slice(k, k + 1), y, x)) for k in range(z.stop)]
        np.testing.assert_array_equal(np.concatenate(slices), volume.read((z, y, x)))

    def test_any_region_is_that_part_of_the_whole(self, volume):
        voxels = volume.read(whole(volume))
        random = np.random.default_rng(0)
        for _ in range(20):
            ends = [sorted(random.choice(n + 1, 2, replace=False).tolist()) for n in volume.shape]
            region = tuple(slice(a, b) for a, b in ends)
            np.testing.assert_array_equal(volume.read(region), voxels[region])

    def test_slabs_that_overlap_by_four_slices_are_parts_of_the_whole(self, volume):
        voxels = volume.read(whole(volume))
        _, y, x = whole(volume)
        for start in range(volume.shape[0] - 4):
            part = slice(start, min(start + 5, volume.shape[0]))
            np.testing.assert_array_equal(volume.read((part, y, x)), voxels[part])

    @pytest.mark.parametrize("bad", [slice(-1, 2), slice(2, 2), slice(3, 1), slice(0, 10**6), slice(0, 4, 2)])
    def test_a_region_that_is_empty_or_leaves_the_volume_is_a_bug(self, volume, bad):
        for axis in range(3):
            region = [slice(0, 1)] * 3
            region[axis] = bad
            with pytest.raises(BrainreelError, match="region"):
                volume.read(tuple(region))

    def test_threads_read_the_same_as_one(self, volume):
        voxels = volume.read(whole(volume))
        _, y, x = whole(volume)
        parts = [slice(k % volume.shape[0], k % volume.shape[0] + 1) for k in range(0, 60, 7)]
        with ThreadPoolExecutor(4) as pool:
            read = list(pool.map(lambda part: volume.read((part, y, x)), parts))
        for part, array in zip(parts, read, strict=True):
            np.testing.assert_array_equal(array, voxels[part])

    def test_what_it_says_of_its_rows_is_true(self, volume):
        if not isinstance(volume, VolumeInRows):
            return  # it is taken to be packed whole
        rows = volume.rows()
        assert 1 <= rows.together <= volume.shape[1]
        assert all(path.is_file() for path in rows.files)
        if rows.offsets is None:
            return
        depth, height, width = volume.shape
        assert rows.together == 1
        assert rows.dtype is not None
        assert len(rows.files) == len(rows.offsets) == depth
        voxels = volume.read(whole(volume))
        for z, (path, offset) in enumerate(zip(rows.files, rows.offsets, strict=True)):
            bare = np.fromfile(path, rows.dtype, height * width, offset=offset).reshape(height, width)
            assert bare.dtype.newbyteorder("=") == volume.dtype
            np.testing.assert_array_equal(bare, voxels[z])

    def test_the_same_data_have_the_same_fingerprint(self, volume, again):
        assert volume.fingerprint() == volume.fingerprint() == again.fingerprint()
        assert int(volume.fingerprint(), 16) >= 0

    def test_one_changed_voxel_changes_the_fingerprint(self, volume, changed):
        assert volume.shape == changed.shape
        assert np.count_nonzero(volume.read(whole(volume)) != changed.read(whole(changed))) == 1
        assert volume.fingerprint() != changed.fingerprint()
