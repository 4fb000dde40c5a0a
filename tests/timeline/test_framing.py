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


def test_a_flat_subject_seen_from_above_is_in_the_middle_though_its_width_decides_the_distance(facts) -> None:
    hull = tuple(itertools.product((0.0, 41.0), (0.0, 13.0), (0.0, 1.4)))
    known = facts.volume(hull=hull, bounds=Box.around(hull))
    seen = [spans(frame, hull)[1] for frame in film_of("orbit: {elevation: 15deg}", "1280x720", known).frames()]
    assert max(y[1] for y in seen) == pytest.approx(-min(y[0] for y in seen), abs=0.01)
    assert max(y[1] for y in seen) < 0.5


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


def focal_of(layers: str, known: dict, around: str = "all"):
    text = f"brainreel: 1\nlayers: {{{layers}}}\ncamera: [{{still: {{around: {around}, view: anterior}}}}]\n"
    return resolve(scene.loads(text), Facts(known)).frame(0).panels[0].camera.focal_point


def test_a_layer_that_is_never_visible_does_not_count_unless_it_is_named(facts) -> None:
    far = facts.volume(hull=tuple((x + 900.0, y, z) for x, y, z in facts.volume().hull))
    known = {"a.volume": facts.volume(), "b.volume": far}
    for hidden in ("false", "{0s: false, 2s: false}"):
        layers = f"a: {{volume: x}}, b: {{volume: x, visible: {hidden}}}"
        assert focal_of(layers, known) == pytest.approx((10, -20, 5), abs=2)
        assert focal_of(layers, known, "b") == pytest.approx((910, -20, 5), abs=2)
        assert focal_of(layers, known, "[a, b]") == pytest.approx((460, -20, 5), abs=2)
    shown_later = "a: {volume: x}, b: {volume: x, visible: {0s: false, 2s: true}}"
    assert focal_of(shown_later, known) == pytest.approx((460, -20, 5), abs=2)


def test_where_nothing_is_ever_visible_all_is_framed(facts) -> None:
    assert focal_of("a: {volume: x, visible: false}", {"a.volume": facts.volume()}) == pytest.approx(
        (10, -20, 5), abs=2
    )


# 41 x 31 x 21 voxels of 2 mm about the origin: 82 x 62 x 42 mm
GRID = ((2.0, 0.0, 0.0, -40.0), (0.0, 2.0, 0.0, -30.0), (0.0, 0.0, 2.0, -20.0), (0.0, 0.0, 0.0, 1.0))


def block(facts, **changes):
    box = Box((-41.0, -31.0, -21.0), (41.0, 31.0, 21.0))
    small = tuple(map(tuple, Box((-10.0, -10.0, -10.0), (10.0, 10.0, 10.0)).corners().tolist()))
    return facts.volume(**({"shape": (21, 31, 41), "world_from_voxel": GRID, "bounds": box, "hull": small} | changes))


def slice_spans(keys: str, view: str, known, points, t_s: float = 0.0, camera: str = "still"):
    at = "start" if camera == "orbit" else "view"
    text = (
        "brainreel: 1\nmovie: {size: 1280x720, length: 4s}\n"
        f"layers: {{a: {{slice: x, {keys}}}}}\ncamera: [{{{camera}: {{{at}: {view}}}}}]\n"
    )
    return spans(resolve(scene.loads(text), Facts({"a.slice": known})).frame_at(t_s), points)


def fills(x, y) -> float:
    """How much of what a subject may fill it fills: 1 where it fits exactly."""
    return max(np.abs(x).max() / 0.9, np.abs(y).max() / 0.86)


@pytest.mark.parametrize(
    ("keys", "view", "corners"),
    [
        ("plane: coronal", "anterior", [(x, 0, z) for x in (-41, 41) for z in (-21, 21)]),
        ("plane: sagittal, at: 10mm", "left", [(10, y, z) for y in (-31, 31) for z in (-21, 21)]),
        ("plane: axial, at: 100%", "superior", [(x, y, 21) for x in (-41, 41) for y in (-31, 31)]),
        ("plane: [1, 0, 1]", "anterior", [(-21, y, 21) for y in (-31, 31)] + [(21, y, -21) for y in (-31, 31)]),
    ],
)
def test_all_that_a_plane_cuts_from_its_volume_fits_exactly(facts, keys, view, corners) -> None:
    assert fills(*slice_spans(keys, view, block(facts), corners)) == pytest.approx(1, abs=2e-3)


def test_a_slice_of_an_oblique_grid_is_framed_as_it_lies(facts) -> None:
    turn = math.radians(30)
    turned = np.eye(4)
    turned[0, :2], turned[1, :2] = (math.cos(turn), -math.sin(turn)), (math.sin(turn), math.cos(turn))
    affine = turned @ np.array(GRID)
    corners = [(turned[:3, :3] @ (x, y, 0)).tolist() for x in (-41, 41) for y in (-31, 31)]
    known = block(facts, world_from_voxel=tuple(map(tuple, affine.tolist())), bounds=Box((-51, -48, -21), (51, 48, 21)))
    assert fills(*slice_spans("plane: axial", "superior", known, corners)) == pytest.approx(1, abs=2e-3)


def test_of_a_plane_that_moves_the_whole_box_is_framed(facts) -> None:
    known = block(facts)
    for keys in ("plane: coronal, at: {0s: 40%, 4s: 60%}", "plane: {0s: [0, 1, 0], 4s: [0, 1, 1]}"):
        assert fills(*slice_spans(keys, "anterior", known, known.bounds.corners())) == pytest.approx(1, abs=2e-3)


def test_a_slice_without_its_background_is_framed_by_what_is_brighter(facts) -> None:
    corners = [(x, 0, z) for x in (-10, 10) for z in (-10, 10)]
    hidden = "plane: coronal, color: {below: hide}"
    assert fills(*slice_spans(hidden, "anterior", block(facts), corners)) == pytest.approx(1, abs=2e-3)
    whole = [(x, 0, z) for x in (-41, 41) for z in (-21, 21)]
    outlined = f"{hidden}, outline: white"
    assert fills(*slice_spans(outlined, "anterior", block(facts), whole)) == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize(
    ("plane", "towards"),
    [("axial", (0, 0, -1)), ("coronal", (0, 1, 0)), ("sagittal", (-1, 0, 0)), ("[0, -1, 1]", (0, 1, -1))],
)
@pytest.mark.parametrize("where", ["", "views: {v: {area: [0, 0, 1, 1], show: a}}\n", "camera: [still: {}]\n"])
def test_slices_alone_are_seen_from_the_side_that_they_face(facts, plane: str, towards, where: str) -> None:
    text = f"brainreel: 1\nmovie: {{length: 1s, size: 64x48}}\nlayers: {{a: {{slice: x, plane: {plane}}}}}\n{where}"
    film = resolve(scene.loads(text), Facts({"a.slice": block(facts)}))
    for t_s in (0.0, 0.7):
        camera = film.frame_at(t_s).panels[0].camera
        offset = np.subtract(camera.position, camera.focal_point)
        np.testing.assert_allclose(offset / np.linalg.norm(offset), np.array(towards) / np.linalg.norm(towards))


def test_slices_of_several_directions_are_seen_from_between_them(facts) -> None:
    layers = "{a: {slice: x}, b: {slice: x, plane: coronal}}"
    text = f"brainreel: 1\nmovie: {{length: 1s, size: 64x48}}\nlayers: {layers}\ncamera: [still: {{}}]\n"
    known = block(facts)
    camera = resolve(scene.loads(text), Facts({"a.slice": known, "b.slice": known})).frame_at(0).panels[0].camera
    offset = np.subtract(camera.position, camera.focal_point)
    np.testing.assert_allclose(offset / np.linalg.norm(offset), (0, 0.5**0.5, 0.5**0.5), atol=1e-12)
