"""What every Tracts promises, whatever it was read from."""

import numpy as np

from brainreel.data import Tracts


class TractsContract:
    """Inherit, and give the fixtures `tracts`, `again` (opened anew) and `changed` (one point moved)."""

    def test_is_a_bundle_of_lines(self, tracts):
        assert isinstance(tracts, Tracts)
        assert tracts.points.ndim == 2
        assert tracts.points.shape[1] == 3
        assert tracts.points.dtype == np.float32
        assert tracts.offsets.dtype == np.int64
        assert tracts.name

    def test_its_arrays_are_native_and_contiguous(self, tracts):
        for array in (tracts.points, tracts.offsets):
            assert array.dtype.isnative
            assert array.flags.c_contiguous

    def test_offsets_run_from_nothing_to_all_points(self, tracts):
        assert tracts.offsets[0] == 0
        assert tracts.offsets[-1] == len(tracts.points)
        assert (np.diff(tracts.offsets) >= 0).all()

    def test_points_are_finite(self, tracts):
        assert np.isfinite(tracts.points).all()

    def test_arrays_have_one_float32_value_a_point(self, tracts):
        for name, values in tracts.arrays.items():
            assert name
            assert values.shape == (len(tracts.points),)
            assert values.dtype == np.float32

    def test_the_same_bundle_has_the_same_fingerprint(self, tracts, again):
        assert tracts.fingerprint() == tracts.fingerprint() == again.fingerprint()
        assert int(tracts.fingerprint(), 16) >= 0

    def test_a_moved_point_changes_the_fingerprint(self, tracts, changed):
        assert (tracts.points != changed.points).any(axis=1).sum() == 1
        assert tracts.fingerprint() != changed.fingerprint()
