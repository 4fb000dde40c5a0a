"""Volumes for which memory is too small come at the finest level at which those of a picture fit."""

import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import MemoryBudgetError
from brainreel.render import Renderer, fit
from brainreel.store.levels import SIZE as BRICK
from brainreel.store.pyramid import bytes_needed
from brainreel.store.reduced import HeldVolume, ReducedVolume
from brainreel.store.resampled_bricks import BRICKS_KEPT
from brainreel.store.stored import open_store
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import ColorVolumeLook, DataReference, LabelColor, LabelsLook, SliceLook, SlicePaint
from contracts.conversions import store_of
from contracts.volumes import MemoryVolume, look, noisy_ball

CAMERA = Camera((65.0, -300.0, 90.0), (65.0, 65.0, 65.0), (0.0, 0.0, 1.0), 30.0, 1.0)
SIZE = (64, 48)


class Moments:
    name, times = "fmri", TimeAxis(0.0, 1.0, 3)

    def moment(self, index):
        return MemoryVolume(np.full((130, 130, 130), 50 + 10 * index, np.uint8))

    def fingerprint(self):
        return "moments"


def of(asset, *weights):
    return DataReference(asset, rows=tuple(range(len(weights))), weights=weights) if weights else DataReference(asset)


def volume_of(asset, *weights, **others):
    shown = look(unit_distance=20.0, **others)
    return type(shown)(asset, of(asset, *weights), shown.transfer, mode=shown.mode, mix=shown.mix)


def frame_of(*layers, index=0, dissolve=None):
    return Frame(SIZE, (0.0, 0.0, 0.0), (Panel(CAMERA, tuple(layers)),), index, dissolve=dissolve)


def fitted(data, frames, budget_bytes):
    return fit(data, {key: item.fingerprint() for key, item in data.items()}, frames, budget_bytes)


def drawn(found, frame, budget_bytes):
    with Renderer(found.data, found.fingerprints, budget_bytes=budget_bytes, threads=2) as renderer:
        return renderer.draw(frame)


WHOLE = bytes_needed((130, 130, 130), (1, 1, 1), np.dtype(np.uint8), 1)
"""The pyramid of the ball."""


@pytest.fixture(scope="module")
def ball():
    return MemoryVolume(noisy_ball(130))


@pytest.fixture(scope="module")
def other():
    return MemoryVolume(noisy_ball(130, seed=1)[::-1], np.eye(4))


def test_what_fits_stays_as_it_is(ball):
    data = {"a": ball}
    for budget in (WHOLE, 10 * WHOLE):
        found = fitted(data, [frame_of(volume_of("a"))], budget)
        assert found.data is data
        assert not found.reduced


def test_what_does_not_comes_at_the_finest_level_that_does_and_is_drawn_within_it(ball):
    frame = frame_of(volume_of("a"))
    found = fitted({"a": ball}, [frame], WHOLE - 1)
    full, reduced = found.reduced["a"]
    assert full is ball
    assert reduced.shape == (65, 65, 65)
    assert found.fingerprints["a"] == reduced.fingerprint() != ball.fingerprint()
    picture = drawn(found, frame, WHOLE - 1).astype(int)
    whole = drawn(fitted({"a": ball}, [frame], WHOLE), frame, WHOLE).astype(int)
    lit = whole.max(-1) > 20
    assert lit.mean() > 0.15
    assert np.abs(picture - whole)[lit].mean() < 12
    assert np.abs((picture - whole)[lit].mean(0)).max() < 6


def test_where_nothing_fits_the_budget_that_is_asked_for_is_that_for_all(ball):
    frame = frame_of(volume_of("a"))
    found = fitted({"a": ball}, [frame], 1000)
    assert not found.reduced
    with pytest.raises(MemoryBudgetError, match=f"give --budget {-(-WHOLE // 10**6)}MB"):
        drawn(found, frame, 1000)


def test_volumes_of_one_grid_are_reduced_together_and_labels_by_most(ball):
    labels = MemoryVolume((noisy_ball(130) > 0).astype(np.uint8) * 3)
    colors = (LabelColor(3, (1.0, 0.0, 0.0), 0.2),)
    frame = frame_of(volume_of("a"), LabelsLook("b", of("b"), colors))
    found = fitted({"a": ball, "b": labels}, [frame], 2 * WHOLE - 1)
    assert [found.data[key].shape for key in "ab"] == [(65, 65, 65)] * 2
    assert [found.data[key].labels for key in "ab"] == [False, True]
    assert set(np.unique(found.data["b"].read((slice(0, 65),) * 3))) == {0, 3}
    assert drawn(found, frame, 2 * WHOLE - 1).max() > 50


def test_reduced_labels_are_as_opaque_as_they_were():
    labels = MemoryVolume(np.full((130, 130, 130), 3, np.uint8))
    frame = frame_of(LabelsLook("a", of("a"), (LabelColor(3, (1.0, 1.0, 1.0), 0.01),)))
    small, large = (
        drawn(fitted({"a": labels}, [frame], budget), frame, budget)[24, 32] for budget in (WHOLE - 1, WHOLE)
    )
    assert 100 < large[0] < 250
    assert np.abs(small.astype(int) - large).max() <= 2


def test_the_three_channels_of_colours_stay_on_one_grid(ball):
    data = {f"a.{name}": ball for name in ("red", "green", "blue")}
    shown = ColorVolumeLook("a", (of("a.red"), of("a.green"), of("a.blue")), look().transfer)
    found = fitted(data, [frame_of(shown)], WHOLE - 1)
    assert len(found.reduced) == 3
    assert drawn(found, frame_of(shown), WHOLE - 1).max() > 50


def test_of_several_grids_the_one_that_saves_most_goes_first(ball):
    small = MemoryVolume(noisy_ball(66), np.diag([2.0, 2.0, 2.0, 1.0]))
    layers = volume_of("a", mix="add"), volume_of("b", mix="add")
    found = fitted({"a": ball, "b": small}, [frame_of(*layers)], WHOLE)
    assert list(found.reduced) == ["a"]
    assert drawn(found, frame_of(*layers), WHOLE).max() > 50


def test_a_reduced_volume_that_is_drawn_on_another_grid_is_read_once():
    oblique = np.eye(4)
    oblique[:2, :2] = np.cos(0.3), -np.sin(0.3)
    oblique[1, :2] = np.sin(0.3), np.cos(0.3)
    fine, coarse = MemoryVolume(noisy_ball(200), np.diag([0.3, 0.3, 0.3, 1.0])), MemoryVolume(noisy_ball(130), oblique)
    layers = volume_of("a"), volume_of("b")
    budget = 20_000_000
    found = fitted({"a": fine, "b": coarse}, [frame_of(*layers)], budget)
    assert set(found.reduced) == {"a", "b"}
    assert isinstance(found.data["b"], HeldVolume)
    drawn(found, frame_of(*layers), budget)
    for volume in (fine, coarse):
        assert sum(np.prod([part.stop - part.start for part in read]) for read in volume.reads) == volume.array.size


def test_pictures_one_after_the_other_have_the_budget_each(ball, other):
    frames = [frame_of(volume_of("a")), frame_of(volume_of("b"), index=1)]
    assert not fitted({"a": ball, "b": other}, frames, WHOLE).reduced
    both = frame_of(volume_of("a"), dissolve=(frames[1], 0.5))
    assert set(fitted({"a": ball, "b": other}, [*frames, both], WHOLE).reduced) == {"a", "b"}


def test_a_volume_is_reduced_for_all_of_the_movie(ball, other):
    frames = [frame_of(volume_of("a")), frame_of(volume_of("a"), volume_of("b"))]
    assert set(fitted({"a": ball, "b": other}, frames, 2 * WHOLE - 1).reduced) == {"a", "b"}


def test_moments_are_counted_with_their_blend():
    series, held, blended = Moments(), frame_of(volume_of("a", 1.0)), frame_of(volume_of("a", 0.5, 0.5))
    assert not fitted({"a": series}, [held], WHOLE).reduced
    assert not fitted({"a": series}, [held, blended], 3 * WHOLE).reduced
    found = fitted({"a": series}, [held, blended], 3 * WHOLE - 1)
    assert found.data["a"].moment(1).shape == (65, 65, 65)
    assert found.fingerprints["a"] != "moments"
    assert drawn(found, blended, 3 * WHOLE - 1).max() > 50


def test_slices_are_fitted_with_the_volume_around_them(ball):
    cut = SliceLook("s", (65.0, 65.0, 65.0), (0.0, 1.0, 0.0), (SlicePaint(of("a"), look().transfer),))
    assert not fitted({"a": ball}, [frame_of(cut, volume_of("a"))], WHOLE).reduced  # both have the same bricks
    found = fitted({"a": ball}, [frame_of(cut)], WHOLE - 1)
    assert isinstance(found.data["a"], ReducedVolume)
    assert drawn(found, frame_of(cut), WHOLE - 1).max() > 50


def test_stores_are_left_to_be_streamed(ball, tmp_path):
    store = open_store(store_of(ball.array, tmp_path))
    assert not fitted({"a": store}, [frame_of(volume_of("a"))], 1).reduced


def test_beside_a_store_a_volume_leaves_room_for_its_bricks(ball, other, tmp_path):
    data = {
        "a": open_store(store_of(ball.array, tmp_path)),
        "b": MemoryVolume(other.array, np.diag([0.9, 0.9, 0.9, 1])),
    }
    frame = frame_of(volume_of("a"), volume_of("b"))
    enough = int((WHOLE + BRICKS_KEPT * BRICK**3) / 0.75 / 0.8) + 100
    for budget, reduced in ((enough, set()), (enough - 200, {"b"})):
        found = fitted(data, [frame], budget)
        assert set(found.reduced) == reduced
        assert drawn(found, frame, budget).max() > 50
