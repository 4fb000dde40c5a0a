import numpy as np
import pytest

from brainreel.phantom import open_phantom
from brainreel.phantom.activation import CortexActivity
from contracts.series import SeriesContract


@pytest.fixture(scope="module")
def activity():
    return open_phantom("phantom:activation?vertices=4000")


@pytest.fixture(scope="module")
def cortex():
    return open_phantom("phantom:cortex?vertices=4000")


class TestActivation(SeriesContract):
    @pytest.fixture
    def series(self):
        return CortexActivity("left", 600, 26)

    @pytest.fixture
    def again(self):
        return CortexActivity("left", 600, 26)

    def test_one_changed_value_changes_the_fingerprint(self, series):
        others = [CortexActivity("right", 600, 26), CortexActivity("left", 900, 26), CortexActivity("left", 600, 27)]
        assert len({one.fingerprint() for one in (series, *others)}) == 4


@pytest.mark.parametrize("hemi", ["left", "right"])
def test_there_is_a_value_for_every_vertex_of_the_cortex_of_the_same_name(activity, cortex, hemi):
    assert activity[hemi].width == len(cortex[hemi].points)
    assert activity[hemi].vertices is None
    assert activity[hemi].hemi == hemi


def test_it_lasts_from_minus_100_to_400_ms_in_steps_of_2(activity):
    times = activity["left"].times
    assert (times.first_s, times.count) == (-0.1, 251)
    assert times.step_s == pytest.approx(0.002)
    assert times.last_s == pytest.approx(0.4)


def test_values_are_those_of_a_dspm_with_a_low_floor(activity):
    rows = np.array([activity["left"].row(k) for k in range(0, 251, 5)])
    assert rows.min() >= 0
    assert 12 <= rows.max() <= 18
    before = rows[:16]
    assert before.mean() < 1
    assert before.max() < 3.5


def test_activity_begins_at_the_back_and_moves_to_the_front(activity, cortex):
    y = cortex["left"].points[:, 1]

    def middle(index):
        row = np.maximum(activity["left"].row(index) - 3, 0)
        return (row * y).sum() / row.sum()

    early, late = middle(100), middle(200)
    assert early < -60
    assert late > early + 60


def test_it_moves_smoothly(activity):
    rows = np.array([activity["right"].row(k) for k in range(251)])
    assert np.abs(np.diff(rows, axis=0)).max() < 0.12 * rows.max()
