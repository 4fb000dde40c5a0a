"""How fast a proposed movie runs through its data, and through which part."""

import pytest

from brainreel.assets.courses import Course, run_as
from brainreel.cli.options import parse_course
from brainreel.errors import UsageError
from brainreel.scene import RunningClock, loads

TEXT = (
    "brainreel: 1\nmovie: {length: 10s}\n"
    "clocks: {meg: {0s: -99.9999ms, 100%: 400ms}, other: {0s: 0 items, 100%: 3 items}}\n"
    "layers: {a: {volume: a.nii}}\noverlays: [{time: meg}]\n"
)


def test_at_a_stated_pace_the_movie_is_as_long_as_the_data_take() -> None:
    scene = run_as(loads(TEXT), Course(50, "-100ms", "300ms"))
    assert scene.clocks["meg"] == RunningClock(rate=0.02, start="-99.9999ms", end="300ms")
    assert scene.length_s == pytest.approx(0.3999999 * 50)
    assert scene.clocks["other"] == loads(TEXT).clocks["other"]


def test_a_part_of_the_data_may_take_the_movie_that_was_proposed() -> None:
    scene = run_as(loads(TEXT), Course(begin="0ms", end="0.1s"))
    assert [str(value) for value in scene.clocks["meg"].values] == ["0ms", "0.1s"]
    assert scene.length_s == 10


def test_nothing_stated_changes_nothing() -> None:
    scene = loads(TEXT)
    assert run_as(scene, Course()) is scene


@pytest.mark.parametrize(
    ("course", "message"),
    [
        (Course(begin="-200ms"), "--from -200ms: the data reach from -99.9999ms to 400ms; state a time between them"),
        (Course(end="2 items"), "--to 2 items: the data reach from"),
        (Course(end="400"), "--to 400: has no unit; write 400us or 400ms or 400s"),
        (Course(begin="200ms", end="100ms"), "--from 200ms --to 100ms: the second comes after the first"),
    ],
)
def test_what_the_data_have_not_is_told_by_its_option(course: Course, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        run_as(loads(TEXT), course)
    assert str(caught.value).startswith(message)


def test_items_have_no_pace_in_life() -> None:
    scene = loads(TEXT.replace("meg: {0s: -99.9999ms, 100%: 400ms}, ", "").replace("time: meg", "time: other"))
    with pytest.raises(UsageError, match="--slow: none of the data have moments with times; state them with --times"):
        run_as(scene, Course(50))


@pytest.mark.parametrize(
    ("slow", "message"), [("fast", "such as --slow 50"), ("0", "nothing would move"), ("-2", "slow")]
)
def test_a_pace_is_a_number_above_0(slow: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_course(slow, None, None)
    assert parse_course(None, None, None) is None
    assert parse_course("50", None, "3s") == Course(50.0, None, "3s")
