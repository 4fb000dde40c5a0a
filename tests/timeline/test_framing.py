"""The subject fills the picture from every side, and is never cropped."""

import itertools
import math

import numpy as np
import pytest

from brainreel import scene
from brainreel.data.facts import Facts
from brainreel.space import Box
from brainreel.timeline import resolve


def spans(frame, hull) -> tuple[np.ndarray, np.ndarray]:
    """(low, high) of the subject in the picture across and up, in -1..1, as a pinhole sees it."""
    camera = frame.panels[0].camera
    eye, focal = np.array(camera.position), np.array(camera.focal_point)
    forward = (focal - eye) / np.linalg.norm(focal - eye)
    right = np.cross(forward, camera.view_up)
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    offset = np.array(hull) - eye
    depth = offset @ forward
    assert depth.min() > 0
    slope = math.tan(math.radians(camera.view_angle) / 2)
    width, height = frame.size
    x, y = offset @ right / (depth * slope * width / height), offset @ up / (depth * slope)
    return np.array([x.min(), x.max()]), np.array([y.min(), y.max()])


CAMERAS = [
    "orbit: {}",
    "orbit: {start: anterior, elevation: 25deg}",
    "orbit: {elevation: {0s: -40deg, 100%: 60deg}, turn: -200deg}",
    "orbit: {start: superior, up: anterior, turn: 45deg}",
    "orbit: {start: right, up: posterior, turn: 720deg, ease: in-out}",
    "still: {view: left}",
    "still: {view: superior}",
]
SIZES = ["1920x1080", "1000x1000", "720x1280"]


def film_of(camera: str, size: str, known):
    text = (
        f"brainreel: 1\nmovie: {{size: {size}, length: 4s, fps: 20}}\n"
        f"layers: {{a: {{volume: x}}}}\ncamera: [{{{camera}}}]\n"
    )
    return resolve(scene.loads(text), Facts({"a.volume": known}))


@pytest.mark.parametrize(("camera", "size"), list(itertools.product(CAMERAS, SIZES)))
def test_the_silhouette_stays_inside_over_the_whole_segment(facts, camera: str, size: str) -> None:
    known = facts.volume()
    film = film_of(camera, size, known)
    seen = [spans(frame, known.hull) for frame in film.frames()]
    across = max(np.abs(x).max() for x, _ in seen)
    up = max(np.abs(y).max() for _, y in seen)
    assert across <= 0.9005
    assert up <= 0.8605
    assert across > 0.895 or up > 0.845
    seen_from = [frame.panels[0].camera for frame in film.frames()]
    assert len({round(math.dist(one.position, one.focal_point), 6) for one in seen_from}) == 1


@pytest.mark.parametrize("view", ["left", "right", "anterior", "posterior", "superior", "inferior"])
def test_a_still_is_centred_and_fills_the_short_side(facts, view: str) -> None:
    known = facts.volume()
    x, y = spans(film_of(f"still: {{view: {view}}}", "1280x720", known).frame(0), known.hull)
    assert abs(x.sum()) < 0.02
    assert abs(y.sum()) < 0.02
    assert np.ptp(y) / 2 == pytest.approx(0.86, abs=0.01)


def test_an_orbit_is_centred_up_and_down(facts) -> None:
    known = facts.volume()
    seen = [spans(frame, known.hull)[1] for frame in film_of("orbit: {}", "1280x720", known).frames()]
    assert max(y[1] for y in seen) == pytest.approx(-min(y[0] for y in seen), abs=0.01)
    assert all(0.6 < np.ptp(y) / 2 < 0.9 for y in seen)


def test_a_subject_without_hull_is_framed_by_its_bounds(facts) -> None:
    known = facts.volume(hull=())
    x, y = spans(film_of("still: {view: left}", "1280x720", known).frame(0), known.bounds.corners())
    assert max(np.abs(x).max() / 0.9, np.abs(y).max() / 0.86) == pytest.approx(1, abs=1e-3)


def test_a_lopsided_subject_is_centred_too(facts) -> None:
    rng = np.random.default_rng(5)
    hull = tuple(map(tuple, (rng.random((300, 3)) ** 3 * [100, 150, 90]).tolist()))
    known = facts.volume(hull=hull, bounds=Box.around(hull))
    seen = [spans(frame, hull) for frame in film_of("orbit: {elevation: 30deg}", "1280x720", known).frames()]
    assert max(np.abs(y).max() for _, y in seen) <= 0.8605
    assert max(np.abs(x).max() for x, _ in seen) <= 0.9005
    assert max(max(np.abs(x).max() / 0.9, np.abs(y).max() / 0.86) for x, y in seen) > 0.99


def test_around_names_what_is_framed(facts) -> None:
    known = facts.cortex()

    def focal(around: str):
        text = (
            "brainreel: 1\nlayers: {cortex: {surface: a}, pli: {volume: b}}\n"
            f"camera: [{{still: {{around: {around}, view: anterior}}}}]\n"
        )
        return resolve(scene.loads(text), known).frame(0).panels[0].camera.focal_point

    assert focal("cortex") == pytest.approx((0, 0, 0), abs=2)
    assert focal("pli") == pytest.approx((10, -20, 5), abs=2)
    assert focal("cortex.left") == pytest.approx((-35, 0, 0), abs=2)
