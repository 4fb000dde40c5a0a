"""What a camera goes around, looks at and follows, by the names of layers or by places."""

import math

import numpy as np
import pytest

from brainreel import scene
from brainreel.errors import SceneError
from brainreel.timeline import resolve

WORLD = "brainreel: 1\nmovie: {length: 4s, fps: 10}\nlayers: {cortex: {surface: a}, pli: {volume: b}}\n"


@pytest.fixture
def shown(facts):
    """Cameras of all frames of a scene with a cortex about (0, 0, 0) and a volume about (10, -20, 5)."""
    known = facts.cortex()

    def make(*segments: str) -> list:
        text = WORLD + "camera:\n" + "".join(f"  - {segment}\n" for segment in segments)
        return [frame.panels[0].camera for frame in resolve(scene.loads(text), known).frames()]

    return make


def focals(cameras: list) -> np.ndarray:
    return np.array([one.focal_point for one in cameras])


def offsets(cameras: list) -> np.ndarray:
    return np.array([one.position for one in cameras]) - focals(cameras)


def test_several_layers_are_framed_together(shown) -> None:
    def distance(around: str) -> float:
        return float(np.linalg.norm(offsets(shown(f"still: {{around: {around}, view: anterior}}"))[0]))

    assert distance("[cortex, pli]") == pytest.approx(distance("all"))
    assert distance("[cortex.left, cortex.right]") == pytest.approx(distance("cortex"))
    assert shown("still: {around: [cortex.left], view: anterior}")[0].focal_point[0] == pytest.approx(-35, abs=2)


def test_a_parallel_camera_stands_before_what_it_does_not_frame(shown, facts) -> None:
    text = "still: {around: cortex.left, view: right, parallel: true, view_angle: 90deg}"
    (here, *_) = shown(text)
    everything = [point for known in facts.cortex().assets.values() for point in getattr(known, "hull", ())]
    assert here.position[0] > max(point[0] for point in everything)
    assert here.focal_point[0] == pytest.approx(-35, abs=2)


def test_an_orbit_follows_a_track_at_a_constant_distance(shown) -> None:
    cameras = shown("orbit: {around: pli, follow: {0s: [0, 0, 0], 2s: [20, 0, 6]}, turn: 90deg}")
    assert focals(cameras)[[0, 10, 20, 39]] == pytest.approx(np.array([[0, 0, 0], [10, 0, 3], [20, 0, 6], [20, 0, 6]]))
    assert np.linalg.norm(offsets(cameras), axis=1) == pytest.approx(np.full(40, np.linalg.norm(offsets(cameras)[0])))


def test_a_still_that_follows_travels_along(shown) -> None:
    cameras = shown("still: {view: left, follow: {0s: cortex, 4s: [100, 0, 0], ease: in}}")
    assert focals(cameras)[0] == pytest.approx((0, 0, 0), abs=2)
    assert focals(cameras)[20, 0] == pytest.approx(25, abs=2)
    assert offsets(cameras) == pytest.approx(np.repeat(offsets(cameras)[:1], 40, axis=0))


def test_a_still_in_its_place_may_turn_its_view_from_layer_to_layer(shown) -> None:
    cameras = shown("still: {position: [0, -500, 0], focal: {0s: cortex.left, 2s: cortex.right}, up: superior}")
    assert {one.position for one in cameras} == {(0, -500, 0)}
    assert focals(cameras)[[0, 10, 20], 0] == pytest.approx([-35, 0, 35], abs=2)


def test_what_follows_a_layer_looks_at_its_middle_and_shows_it_whole(shown, facts) -> None:
    (here, *_) = shown("still: {follow: cortex.left, view: anterior}")
    hull = np.array(facts.mesh("left").hull)
    assert here.focal_point == pytest.approx((hull.min(0) + hull.max(0)) / 2)
    offset = hull - here.position
    tangent = math.tan(math.radians(15))
    depth = -offset[:, 1]
    assert depth.min() > 0
    assert np.abs(offset[:, 2] / depth / tangent).max() == pytest.approx(0.86, abs=1e-3)


def test_after_another_segment_an_orbit_that_follows_keeps_its_distance(shown) -> None:
    cameras = shown("still: {around: pli, view: left, for: 2s}", "orbit: {follow: {0s: [10, -20, 5], 2s: [0, 0, 0]}}")
    lengths = np.linalg.norm(offsets(cameras), axis=1)
    assert lengths == pytest.approx(np.full(40, lengths[0]))
    assert focals(cameras)[30] == pytest.approx((5, -10, 2.5))


def length(camera) -> float:
    return math.dist(camera.position, camera.focal_point)


def half_tangent(camera) -> float:
    return math.tan(math.radians(camera.view_angle / 2))


NUMBERS = {
    "turn": ("0deg", "80deg", lambda one: math.degrees(math.atan2(*np.subtract(one.focal_point, one.position)[1::-1]))),
    "elevation": (
        "-30deg",
        "50deg",
        lambda one: math.degrees(math.asin((one.position[2] - one.focal_point[2]) / length(one))),
    ),
    "zoom": ("1", "3", lambda one: math.tan(math.radians(15)) / half_tangent(one)),
    "view_angle": ("20deg", "40deg", lambda one: one.view_angle),
    "distance": ("300", "500", length),
}


@pytest.mark.parametrize("key", NUMBERS)
def test_every_number_of_an_orbit_is_a_track(shown, key: str) -> None:
    first, last, seen = NUMBERS[key]
    rest = "" if key == "turn" else "turn: 0deg, "
    cameras = shown(f"orbit: {{{rest}{key}: {{0s: {first}, 1s: {first}, 3s: {last}}}}}")
    low, high = (float(one.removesuffix("deg")) for one in (first, last))
    assert [seen(cameras[i]) for i in (0, 10, 20, 30, 39)] == pytest.approx([low, low, (low + high) / 2, high, high])
    if key not in {"distance"}:
        assert [length(one) for one in cameras] == pytest.approx([length(cameras[0])] * 40)


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        ("orbit: {around: [cortex, plii]}", r"orbit\.around\[1\] = plii: there is no such layer; did you mean pli"),
        ("orbit: {around: []}", r"orbit\.around = \[\]: names nothing"),
        ("orbit: {around: cortex.middle}", r"orbit\.around: there is nothing called cortex\.middle to frame"),
        ("orbit: {follow: {0s: cortexx, 1s: pli}}", r"orbit\.follow\.0s = cortexx: there is no such layer"),
        ("still: {follow: pli, position: [1, 2, 3]}", "states position and follow"),
        ("still: {position: [1, 2, 3], focal: all}", "there is no such layer"),
    ],
)
def test_what_is_not_there_is_named(shown, segment: str, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        shown(segment)
