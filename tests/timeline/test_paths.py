"""Paths: ParaView's path-based camera."""

import ast
import csv
import math
from pathlib import Path

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.timeline.splines import through

GOLDEN = Path(__file__).parent / "golden"
SEED = (
    "[[0, 0, 1.488], [0, 1.1563931906479727, 0.9364287418821582], [0, 1.455483629891903, -0.30937259593682587], "
    "[0, 0.6755378636124458, -1.3258177079922915], [0, -0.6052241248967907, -1.3593556409721905], "
    "[0, -1.437297629518134, -0.3851227391125512], [0, -1.2038172876299222, 0.8746244554111999]]"
)
WORLD = "movie: {unit: none, length: 4s, fps: 25}\n"


def golden(name: str) -> list[dict[str, float]]:
    with (GOLDEN / name).open() as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def cameras(film) -> list:
    return [frame.panels[0].camera for frame in film.frames()]


def positions(film) -> np.ndarray:
    return np.array([one.position for one in cameras(film)])


@pytest.mark.parametrize(("name", "closed"), [("seed_orbit_closed.csv", "true"), ("seed_path_open.csv", "false")])
def test_the_seeds_path_is_paraviews_to_the_digit(volume_film, name: str, closed: str) -> None:
    path = f"path: {{positions: {SEED}, closed: {closed}, focal: [0, 0, 0], up: [-1, 0, 0], for: 4s}}"
    film = volume_film(top=WORLD + f"camera: [{{{path}}}]\n")
    expected = [[row[f"position_{axis}"] for axis in "xyz"] for row in golden(name)]
    assert positions(film) == pytest.approx(np.array(expected), abs=1e-12)
    assert {one.view_up for one in cameras(film)} == {(-1, 0, 0)}
    assert {one.focal_point for one in cameras(film)} == {(0, 0, 0)}


def test_both_ends_are_shown_at_any_frame_rate(volume_film) -> None:
    for fps, count in (("30000/1001", 120), ("7", 28), ("25", 100)):
        top = f"movie: {{unit: none, length: 4s, fps: {fps}}}\n"
        film = volume_film(top=top + "camera: [{path: {positions: [[0, -9, 0], [8, -9, 0]], focal: [0, 0, 0]}}]\n")
        x = positions(film)[:, 0]
        s = np.arange(count) / (count - 1)
        assert x == pytest.approx(8 * s * s * (3 - 2 * s), abs=1e-12)


KEYS = """\
camera:
  - path:
      keys:
        - {at: 0s, positions: [[0, -9, 0], [4, -9, 0]], focal: [0, 0, 0], up: superior, view_angle: 20deg}
        - {at: 25%, positions: [[4, -9, 0], [4, -9, 6]], up: [1, 0, 0]}
        - {at: 3s, positions: [[7, -8, 9]], focal: pli, view_angle: 40deg}
        - {at: 100%}
"""


def test_each_key_runs_its_own_path_until_the_next(volume_film) -> None:
    film = volume_film(top="movie: {unit: none, length: 4s, fps: 100}\n" + KEYS)
    shown = cameras(film)
    part = np.arange(400) / 399
    s = part[:100] / 0.25
    assert positions(film)[:100, 0] == pytest.approx(4 * s * s * (3 - 2 * s), abs=1e-12)
    s = (part[100:300] - 0.25) / 0.5
    assert positions(film)[100:300, 2] == pytest.approx(6 * s * s * (3 - 2 * s), abs=1e-12)
    assert {one.position for one in shown[300:]} == {(7, -8, 9)}
    assert [shown[i].view_angle for i in (0, 99, 100, 299, 300, 399)] == [20, 20, 20, 20, 40, 40]
    assert [shown[i].view_up for i in (0, 100, 399)] == [(0, 0, 1), (1, 0, 0), (1, 0, 0)]
    assert [shown[i].focal_point for i in (0, 299)] == [(0, 0, 0), (0, 0, 0)]
    assert shown[300].focal_point == pytest.approx((10, -20, 5), abs=1)


def test_where_it_moves_along_its_up_the_direction_of_motion_is_up(volume_film) -> None:
    path = "path: {positions: [[0, -9, 0], [0, -9, 5], [0, -9, 6]], focal: [0, 0, 0], up: superior, for: 4s}"
    film = volume_film(top=WORLD + f"camera: [{{{path}}}]\n")
    assert cameras(film)[0].view_up == pytest.approx((0, 0, 1))
    round_x = f"path: {{positions: {SEED}, closed: true, focal: [0, 0, 0], up: [0, 1, 0]}}"
    shown = cameras(volume_film(top=WORLD + f"camera: [{{{round_x}}}]\n"))
    curve = through(np.array(ast.literal_eval(SEED)), closed=True)
    for index, here in enumerate(shown):
        u = index / 99
        moved = curve(u + 0.05) - curve(u) if u + 0.05 <= 1 else curve(u) - curve(u - 0.05)
        assert here.view_up == pytest.approx(moved / np.linalg.norm(moved), abs=1e-12)


def test_the_focal_point_may_have_a_path_of_its_own_or_a_track(volume_film) -> None:
    path = "positions: [[0, -9, 0], [8, -9, 0]]"
    own = f"path: {{{path}, focal_positions: [[0, 0, 0], [0, 0, 4], [4, 0, 4]], focal_closed: true}}"
    focals = np.array([one.focal_point for one in cameras(volume_film(top=WORLD + f"camera: [{{{own}}}]\n"))])
    assert focals[0] == pytest.approx(focals[-1], abs=1e-12)
    assert np.abs(focals - [0, 0, 4]).sum(1).min() < 0.05
    track = f"path: {{{path}, focal: {{0s: [0, 0, 0], 2s: [0, 0, 5]}}}}"
    assert cameras(volume_film(top=WORLD + f"camera: [{{{track}}}]\n"))[25].focal_point == (0, 0, 2.5)


def test_a_path_of_one_position_rests(volume_film) -> None:
    film = volume_film(top=WORLD + "camera: [{path: {positions: [[0, -9, 0]], focal: [0, 0, 0], closed: true}}]\n")
    assert {one.position for one in cameras(film)} == {(0, -9, 0)}


def test_what_a_path_leaves_out_is_as_the_last_segment_left_it(volume_film) -> None:
    first = "still: {position: [0, -9, 0], focal: [0, 1, 0], up: [0, 0, 2], view_angle: 20deg, zoom: 2, for: 1s}"
    film = volume_film(top=WORLD + f"camera: [{{{first}}}, {{path: {{positions: [[3, -9, 0], [5, -9, 1]]}}}}]\n")
    still, path = film.frame(0).panels[0].camera, film.frame(25).panels[0].camera
    assert path.position == (3, -9, 0)
    assert (path.focal_point, path.view_up, path.view_angle) == (still.focal_point, still.view_up, still.view_angle)


def test_after_a_path_an_orbit_goes_on_from_its_last_position(volume_film) -> None:
    path = "path: {positions: [[0, -9, 0], [8, -3, 0]], focal: [0, 0, 0], for: 2s}"
    film = volume_film(top=WORLD + f"camera: [{{{path}}}, {{orbit: {{turn: 90deg}}}}]\n")
    assert film.frame(49).panels[0].camera.position == (8, -3, 0)
    assert film.frame(50).panels[0].camera.position == pytest.approx((8, -3, 0))
    assert math.hypot(*film.frame(80).panels[0].camera.position) == pytest.approx(math.hypot(8, 3))


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        ("path: {positions: [[1, 0, 0], [0, 0, 0]], focal: [0, 0, 0]}", "at .*s the camera stands on its focal point"),
        ("path: {positions: [[0, 0, 5], [0, 1, 5]], focal: [0, 0, 0], up: superior}", "at 0s .* along its up"),
        ("path: {focal: [0, 0, 0]}", r"path\.positions: is missing"),
        ("path: {positions: []}", r"path\.positions = \[\]: expects a list of positions"),
        ("path: {positions: [[1, 2]]}", r"path\.positions\[0\].*three numbers"),
        ("path: {keys: [{at: 0s, positions: [[1, 2, 3]]}]}", "two keys at least"),
        ("path: {keys: [{at: 0s}, {at: 2s}]}", r"keys\[0\]\.positions: is missing"),
        ("path: {keys: [{at: 0s, positions: [[1, 2, 3]]}, {at: 2s, up: left}]}", r"keys\[1\]\.up.*its at: alone"),
        (
            "path: {keys: [{at: 1s, positions: [[1, 2, 3]]}, {at: 1000ms}]}",
            r"keys\[1\]\.at = 1000ms: does not lie after",
        ),
        ("path: {keys: [{at: 1s, positions: [[1, 2, 3]]}, {at: 5s}]}", r"keys\[1\]\.at = 5s: lies outside the segment"),
        ("path: {closed: true, keys: [{at: 0s, positions: [[1, 2, 3]]}, {at: 2s}]}", "states closed beside keys"),
        (
            "path: {positions: [[0, 9, 0]], focal: plii}",
            r"path\.focal = plii: there is no such layer; did you mean pli",
        ),
        ("path: {positions: [[0, 9, 0]], focal: pli, focal_positions: [[0, 0, 0]]}", "focal and focal_positions"),
        ("path: {positions: [[0, 9, 0]], parallel_scale: 3}", "parallel_scale: does nothing .* add parallel: true"),
        (
            "path: {view_angle: 3deg, keys: [{at: 0s, positions: [[1, 2, 3]], view_angle: 9deg}, {at: 2s}]}",
            r"path\.view_angle: is stated by the segment and by its keys",
        ),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(volume_film, segment: str, message: str) -> None:
    with pytest.raises(SceneError, match=message):
        volume_film(top=WORLD + f"camera: [{{{segment}}}]\n")
