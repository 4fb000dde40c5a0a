"""Tracks over time."""

from fractions import Fraction

import pytest

from brainreel.scene.faults import Fault
from brainreel.scene.times import Moments
from brainreel.scene.tracks import read_track
from brainreel.timeline.curves import constant, curve_of

MOMENTS = Moments(Fraction(10), Fraction(30))


def curve(mapping: dict, smooth: bool = True):
    return curve_of(read_track(mapping, lambda value: tuple(value) if isinstance(value, list) else value, True),
                    MOMENTS, lambda value: value, smooth)  # fmt: skip


def test_linear_between_keys_and_held_outside() -> None:
    track = curve({"2s": 1.0, "4s": 3.0, "50%": 0.0})
    assert [track.at(t) for t in (0, 2, 3, 4, 4.5, 5, 99)] == [1, 1, 2, 3, 1.5, 0, 0]


@pytest.mark.parametrize(
    ("ease", "half"), [("linear", 0.5), ("in", 0.25), ("out", 0.75), ("in-out", 0.5), ("hold", 0.0)]
)
def test_eases_begin_and_end_on_the_keys(ease: str, half: float) -> None:
    track = curve({"0s": 0.0, "2s": 1.0, "ease": ease})
    assert track.at(0) == 0
    assert track.at(1) == pytest.approx(half)
    assert track.at(2) == 1
    steps = [track.at(k / 100) for k in range(201)]
    assert steps == sorted(steps)


def test_in_out_starts_and_ends_at_rest() -> None:
    track = curve({"0s": 0.0, "2s": 1.0, "ease": "in-out"})
    assert track.at(0.002) < 1e-5
    assert 1 - track.at(1.998) < 1e-5


def test_an_ease_for_the_interval_that_starts_there() -> None:
    track = curve({"0s": 0.0, "2s": 1.0, "4s": 2.0, "ease": {"2s": "hold"}})
    assert [track.at(t) for t in (1, 2, 3, 3.999, 4)] == [0.5, 1, 1, 1, 2]


def test_lists_of_equal_length_and_nested_ones_mix_and_others_hold() -> None:
    assert curve({"0s": [0, 0, 0], "1s": [1, 0.5, 0]}).at(0.5) == (0.5, 0.25, 0)
    nested = curve_of(
        read_track({"0s": ((0, 0), (9, 1)), "1s": ((2, 0), (9, 0))}, lambda v: v, True), MOMENTS, lambda v: v
    )
    assert nested.at(0.5) == ((1, 0), (9, 0.5))
    assert curve({"0s": [0, 0], "1s": [1, 1, 1]}).at(0.99) == (0, 0)


@pytest.mark.parametrize(("before", "after"), [("a", "b"), (True, False)])
def test_words_and_flags_hold(before: object, after: object) -> None:
    track = curve({"0s": before, "1s": after})
    assert track.at(0.999) is before
    assert track.at(1) is after


def test_what_cannot_mix_cannot_be_eased() -> None:
    with pytest.raises(Fault, match="can only hold"):
        curve({"0s": [0, 0], "1s": [1, 1, 1], "ease": "in"})


def test_a_value_alone_is_a_curve() -> None:
    assert constant(3).at(-5) == constant(3).at(5) == 3
