"""What every Series promises, whatever it was read from."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from brainreel.data import Series, TimeAxis
from brainreel.errors import BrainreelError


class SeriesContract:
    """Inherit, and give the fixtures `series`, `again` (opened anew) and `changed` (one value differs)."""

    def test_is_a_series_with_a_time_axis(self, series):
        assert isinstance(series, Series)
        assert isinstance(series.times, TimeAxis)
        assert series.times.count >= 1
        assert series.times.step_s > 0
        assert series.times.unit in ("s", "items")
        assert series.hemi in ("left", "right", None)
        assert series.name

    def test_a_row_is_a_contiguous_native_float32_array_of_the_width(self, series):
        for index in (0, series.times.count - 1):
            row = series.row(index)
            assert type(row) is np.ndarray
            assert row.shape == (series.width,)
            assert row.dtype == np.float32
            assert row.dtype.isnative
            assert row.flags.c_contiguous

    def test_a_row_is_the_callers_to_change(self, series):
        row = series.row(0)
        kept = row.copy()
        row[...] = -1
        np.testing.assert_array_equal(series.row(0), kept)

    def test_vertices_ascend_one_a_value(self, series):
        if series.vertices is None:
            return
        assert series.vertices.shape == (series.width,)
        assert series.vertices.dtype == np.int32
        assert series.vertices[0] >= 0
        assert (np.diff(series.vertices) > 0).all()

    def test_a_moment_outside_the_axis_is_a_bug(self, series):
        for index in (-1, series.times.count):
            with pytest.raises(BrainreelError, match="moment"):
                series.row(index)

    def test_threads_read_the_same_as_one(self, series):
        indices = [k % series.times.count for k in range(20)]
        with ThreadPoolExecutor(4) as pool:
            rows = list(pool.map(series.row, indices))
        for index, row in zip(indices, rows, strict=True):
            np.testing.assert_array_equal(row, series.row(index))

    def test_the_same_values_have_the_same_fingerprint(self, series, again):
        assert series.fingerprint() == series.fingerprint() == again.fingerprint()
        assert int(series.fingerprint(), 16) >= 0

    def test_one_changed_value_changes_the_fingerprint(self, series, changed):
        rows, others = ([one.row(k) for k in range(one.times.count)] for one in (series, changed))
        assert np.count_nonzero(np.array(rows) != np.array(others)) == 1
        assert series.fingerprint() != changed.fingerprint()
