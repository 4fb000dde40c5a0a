"""Clocks as scenes write them: tracks, rates, and one behind another."""

import pytest

from brainreel.errors import SceneError
from brainreel.scene import FollowingClock, RunningClock, Scene, VolumeLayer, dump, loads


def read(clocks: str):
    return loads(f"brainreel: 1\nlayers: {{a: {{volume: a.nii}}}}\nclocks: {clocks}\n", "b.scene.yaml")


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [("0.1", 0.1, ""), ("1/50", 0.02, ""), ("-2", -2, ""), ("4 items/s", 4, "items/s"), ("-1 item/s", -1, "items/s")],
)
def test_a_rate_is_a_number_a_fraction_or_items_a_second(text, number, unit) -> None:
    rate = read(f"{{meg: {{rate: {text}}}}}").clocks["meg"].rate
    assert (rate.number, rate.unit) == (pytest.approx(number), unit)


WRONG = [
    ("{rate: 0}", "meg.rate = 0: at this rate the clock stands still; write a track of one time"),
    ("{rate: 1e12}", "meg.rate = 1000000000000.0: a rate, forward or backwards, lies in 1e-09..1e+09"),
    ("{rate: .inf}", "meg.rate = inf: expects a finite number"),
    ("{rate: 1, start: 1e999s}", "meg.start = 1e999s: expects a finite number"),
    ("{rate: .nan}", "meg.rate = nan: expects a finite number"),
    ("{rate: 1/0}", "meg.rate = 1/0: expects data time per time of the movie, such as 0.1 or 1/50, or 4 items/s"),
    ("{rate: 20ms}", "meg.rate = 20ms: expects data time per time of the movie"),
    ("{rate: {0s: 1, 1s: 2}}", "meg.rate: cannot change during the movie"),
    ("{start: 0ms}", "meg.rate: "),
    ("{rate: 1, repeat: pingpong}", "meg.repeat = pingpong: is no repeat here; did you mean ping-pong?"),
    ("{rate: 1, from: 0ms}", "meg.from: is no key here"),
    ("{reta: 1}", "meg.reta: is no key of a clock, which is a track {0s: -100ms, 8s: 400ms}, {rate: 0.1} or"),
    ("{rate: 1, start: 3 items}", "meg.start = 3 items: does not go with the rate 1; write the rate as 4 items/s"),
    ("{rate: 2 items/s, end: 3s}", "meg.end = 3s: does not go with the rate 2 items/s; write items, such as 3 items"),
    ("{rate: 1, start: 3s, end: 1s}", "meg.end = 1s: is not on the way from 3s at the rate 1; a rate below 0 runs"),
    ("{rate: 1, start: 3s, end: 3s}", "meg.end = 3s: is not on the way from 3s"),
    ("{follow: meg, delay: 1ms}", "meg.follow: clocks follow each other in a circle: meg -> meg"),
    ("{follow: mge, delay: 1ms}", "meg.follow = mge: there is no such clock"),
    ("{follow: eeg}", "meg.delay: "),
    ("{follow: eeg, delay: 2 items}", "meg.delay = 2 items: eeg shows times, write 20ms"),
]


@pytest.mark.parametrize(("clock", "expected"), WRONG)
def test_a_wrong_clock_is_told_with_its_remedy(clock: str, expected: str) -> None:
    with pytest.raises(SceneError) as caught:
        read(f"{{eeg: {{0s: 0ms, 1s: 1ms}}, meg: {clock}}}")
    assert f"b.scene.yaml:3: clocks.{expected}" in str(caught.value)


def test_clocks_that_follow_each_other_in_a_circle_are_an_error() -> None:
    with pytest.raises(SceneError, match=r"clocks.x.follow: clocks follow each other in a circle: x -> y -> z -> x"):
        read("{x: {follow: y, delay: 1ms}, y: {follow: z, delay: 1ms}, z: {follow: x, delay: 1ms}}")


def test_a_row_of_followers_has_an_end() -> None:
    clocks = ", ".join(f"c{k}: {{follow: c{k + 1}, delay: 1ms}}" for k in range(3000))
    with pytest.raises(SceneError, match="follows through more than 100 clocks"):
        read(f"{{{clocks}, c3000: {{0s: 0ms}}}}")


def test_clocks_come_back_from_their_own_text() -> None:
    clocks = {
        "meg": {"0s": "-100ms", "8s": "400ms"},
        "loop": RunningClock(rate="1/3", start="-100ms", repeat="loop"),
        "items": {"rate": "4 items/s", "repeat": "ping-pong"},
        "late": FollowingClock(follow="loop", delay={"0s": "0ms", "5s": "20ms"}),
    }
    scene = Scene(layers={"a": VolumeLayer(volume="a.nii")}, clocks=clocks)
    assert loads(dump(scene)) == scene
    assert "late: {follow: loop, delay: {0s: 0ms, 5s: 20ms}}" in dump(scene)


@pytest.mark.parametrize(
    ("clock", "seconds"),
    [
        ("{rate: 1/50, start: -100ms, end: 400ms}", 25),
        ("{rate: -0.1, start: 400ms, end: -100ms, repeat: loop}", 5),
        ("{rate: 4 items/s, start: 0 items, end: 8 items, repeat: ping-pong}", 4),
        ("{rate: 0.1}", 10),
    ],
)
def test_a_movie_of_no_stated_length_lasts_until_a_clock_has_shown_everything_once(clock: str, seconds: int) -> None:
    assert read(f"{{meg: {clock}}}").length_s == seconds
