import numpy as np
import pytest

from brainreel.phantom import open_phantom
from brainreel.phantom.bundle import BundleActivity, BundleTracts
from contracts.series import SeriesContract
from contracts.tracts import TractsContract


class TestBundle(TractsContract):
    @pytest.fixture
    def tracts(self):
        return BundleTracts(40)

    @pytest.fixture
    def again(self):
        return BundleTracts(40)

    def test_a_moved_point_changes_the_fingerprint(self, tracts):
        assert tracts.fingerprint() != BundleTracts(41).fingerprint()


class TestBundleActivity(SeriesContract):
    @pytest.fixture
    def series(self):
        return BundleActivity(20, 11)

    @pytest.fixture
    def again(self):
        return BundleActivity(20, 11)

    def test_one_changed_value_changes_the_fingerprint(self, series):
        others = [BundleActivity(20, 12), BundleActivity(21, 11)]
        assert len({one.fingerprint() for one in (series, *others)}) == 3


@pytest.fixture(scope="module")
def bundle():
    return open_phantom("phantom:bundle")["bundle"]


def test_lines_are_curves_of_small_steps_inside_the_head(bundle):
    starts = bundle.offsets[1:-1]
    steps = np.linalg.norm(np.diff(bundle.points.astype(float), axis=0), axis=1)
    within = np.delete(steps, starts - 1)
    assert within.max() < 6
    assert within.min() > 0.1
    assert (np.abs(bundle.points) < (70, 90, 70)).all()


def test_lines_differ_in_their_number_of_points_and_lie_on_both_sides(bundle):
    assert len(bundle.offsets) == 501
    assert len(np.unique(np.diff(bundle.offsets))) > 20
    ends = bundle.points[bundle.offsets[1:] - 1, 0]
    assert 0.35 < (ends > 0).mean() < 0.65


def test_along_runs_from_0_to_1_on_each_line(bundle):
    along = bundle.arrays["along"]
    assert (along[bundle.offsets[:-1]] == 0).all()
    assert (along[bundle.offsets[1:] - 1] == 1).all()


def test_pulses_travel_along_the_lines(bundle):
    series = open_phantom("phantom:bundle_activity?times=51")["bundle"]
    assert series.width == len(bundle.points)
    along = bundle.arrays["along"]
    heads = []
    for index in (13, 17, 21):  # 30, 70 and 110 ms
        row = series.row(index)
        assert 0.9 < row.max() <= 1
        heads.append((row**4 * along).sum() / (row**4).sum())
    assert 0.15 < heads[1] - heads[0] < 0.35
    assert 0.15 < heads[2] - heads[1] < 0.35
    assert series.row(0).max() < 0.1
