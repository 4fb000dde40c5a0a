"""Flights from key to key: ParaView's interpolated camera, and smooth zooming and panning."""

import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pytest

from brainreel.errors import SceneError

GOLDEN = Path(__file__).parent / "golden/seed_flight_spline.csv"
SEED = """\
camera:
  - flight:
      parallel: true
      keys:
        - {at: 0%, position: [0, 0, 1.488], focal: [0, 0, 0], up: [-1, 0, 0], parallel_scale: 0.8516115354228021}
        - {at: 14%, position: [-0.28, -0.495, 1.375], focal: [-0.00016, -0.0003, -4.22e-5],
           up: [-0.981, 0.0255, -0.193]}
        - {at: 100%, position: [-0.0237, -0.092, 0.1564],
           up: [-0.98677511491576, -0.0207684556984332, -0.160759272923493],
           focal: [-0.000116651539708215, -0.000439441275715884, -9.75944360306001e-05]}
"""
WORLD = "movie: {unit: none, length: 8s, fps: 25}\n"
AWAY = "{at: 0s, position: [0, -400, 0], focal: [0, 0, 0], up: superior}"


def cameras(film) -> list:
    return [frame.panels[0].camera for frame in film.frames()]


def flight(volume_film, keys: str, more: str = "") -> list:
    return cameras(volume_film(top=WORLD + f"camera: [{{flight: {{keys: [{keys}]{more}}}}}]\n"))


def apart(one, other) -> float:
    return math.dist(one.position, one.focal_point) / math.dist(other.position, other.focal_point)


def test_the_seeds_flight_is_paraviews_to_the_digit(volume_film) -> None:
    film = volume_film(top=WORLD + SEED)
    with GOLDEN.open() as file:
        rows = list(csv.DictReader(file))
    for row, here in zip(rows, cameras(film), strict=True):
        for key in ("position", "focal_point", "view_up"):
            expected = [float(row[f"{key}_{axis}"]) for axis in "xyz"]
            assert getattr(here, key) == pytest.approx(expected, abs=1e-12)
        assert here.parallel_scale == pytest.approx(float(row["parallel_scale"]), abs=1e-12)
        assert here.parallel


def test_a_linear_flight_is_even_between_its_keys(volume_film) -> None:
    keys = f"{AWAY}, {{at: 50%, position: [100, -400, 0], view_angle: 50deg}}, {{at: 100%, position: [100, -400, 80]}}"
    shown = flight(volume_film, keys, ", interpolate: linear")
    part = np.arange(200) / 199
    expected = np.array([np.interp(part, [0, 0.5], [0, 100]), np.full(200, -400), np.interp(part, [0.5, 1], [0, 80])]).T
    assert np.array([one.position for one in shown]) == pytest.approx(expected, abs=1e-9)
    assert [one.view_angle for one in shown] == pytest.approx(np.interp(part, [0, 0.5], [30, 50]))


def test_the_view_up_of_a_flight_is_a_unit_vector(volume_film) -> None:
    keys = f"{AWAY}, {{at: 8s, position: [10, -400, 0], up: [3, 0, 4]}}"
    for way in ("spline", "linear", "smooth"):
        shown = flight(volume_film, keys, f", interpolate: {way}")
        assert [math.hypot(*one.view_up) for one in shown] == pytest.approx([1] * 200)
        assert shown[0].view_up == (0, 0, 1)
    assert shown[-1].view_up == pytest.approx((0.6, 0, 0.8))


def test_a_key_may_frame_what_it_names(volume_film) -> None:
    keys = "{at: 0s, frame: all, view: left}, {at: 8s, frame: pli, view: superior, view_angle: 20deg}"
    shown = flight(volume_film, keys)
    stills = [
        cameras(volume_film(top=WORLD + f"camera: [{{still: {{{text}}}}}]\n"))[0]
        for text in ("view: left", "view: superior, view_angle: 20deg")
    ]
    for here, still in zip((shown[0], shown[-1]), stills, strict=True):
        assert here.position == pytest.approx(still.position)
        assert here.focal_point == pytest.approx(still.focal_point)
        assert here.view_up == still.view_up
        assert here.view_angle == still.view_angle


@pytest.mark.parametrize("way", ["spline", "linear", "smooth"])
def test_a_flight_without_a_first_key_begins_where_the_last_segment_ended(volume_film, way: str) -> None:
    keys = "[{at: 4s, frame: pli, view: superior}]"
    top = f"camera: [{{orbit: {{zoom: 2, for: 4s}}}}, {{flight: {{keys: {keys}, interpolate: {way}}}}}]\n"
    film = volume_film(top=WORLD + top)
    before, after = (film.frame_at(t).panels[0].camera for t in (4 - 1e-9, 4))
    assert after.position == pytest.approx(before.position, abs=1e-4)
    assert after.view_angle == pytest.approx(before.view_angle)
    assert film.frame(199).panels[0].camera.view_angle == pytest.approx(30)


def test_a_zoom_goes_on_through_a_flight_that_frames_nothing(volume_film) -> None:
    top = f"camera: [{{still: {{view: left, zoom: 2, for: 4s}}}}, {{flight: {{keys: [{AWAY}]}}}}]\n"
    film = volume_film(top=WORLD + top)
    assert [film.frame(i).panels[0].camera.view_angle for i in (0, 199)] == pytest.approx(
        [2 * math.degrees(math.atan(math.tan(math.radians(15)) / 2))] * 2
    )
    one = f"camera: [{{flight: {{keys: [{AWAY}, {{at: 8s, position: [9, -400, 0]}}], zoom: {{0%: 1, 100%: 2}}}}}}]\n"
    film = volume_film(top=WORLD + one)
    tangents = [math.tan(math.radians(film.frame_at(t).panels[0].camera.view_angle / 2)) for t in (0, 8)]
    assert tangents[0] / tangents[1] == pytest.approx(2)


def test_a_key_frames_at_the_view_angle_of_its_time(volume_film) -> None:
    keys = "{at: 0s, view: left}, {at: 50%, view: anterior}, {at: 8s, view: left}"
    shown = flight(volume_film, keys, ", view_angle: {0s: 30deg, 8s: 15deg}")
    tangents = [math.tan(math.radians(angle / 2)) for angle in (30, 15)]
    assert apart(shown[-1], shown[0]) == pytest.approx(tangents[0] / tangents[1], rel=0.05)
    assert shown[-1].view_angle == pytest.approx(15, abs=0.1)


def test_one_key_is_a_camera_at_rest(volume_film) -> None:
    assert len({(one.position, one.focal_point) for one in flight(volume_film, AWAY)}) == 1


def test_a_smooth_flight_zooms_by_equal_factors_where_nothing_pans(volume_film) -> None:
    keys = "{at: 0s, position: [0, -1024, 0], focal: [0, 0, 0]}, {at: 8s, position: [0, -1, 0]}"
    shown = flight(volume_film, keys, ", interpolate: smooth")
    factors = [apart(later, one) for one, later in itertools.pairwise(shown)]
    assert factors == pytest.approx([1024 ** (-1 / 199)] * 199)
    assert (shown[0].position, shown[-1].position) == ((0, -1024, 0), (0, -1, 0))


def test_what_a_smooth_flight_shows_flows_past_evenly(volume_film) -> None:
    keys = "{at: 0s, position: [0, -90, 0], focal: [0, 0, 0]}, {at: 8s, position: [500, -20, 0], focal: [500, 0, 0]}"
    shown = flight(volume_film, keys, ", interpolate: smooth, parallel: true")
    x = np.array([one.focal_point[0] for one in shown])
    for height in (
        np.array([2 * one.parallel_scale for one in shown]),
        np.array(
            [2 * math.dist(one.position, one.focal_point) for one in flight(volume_film, keys, ", interpolate: smooth")]
        )
        * math.tan(math.radians(15)),
    ):
        middle = np.sqrt(height[1:] * height[:-1])
        speed = np.hypot(math.sqrt(2) * np.diff(x), np.diff(height) / math.sqrt(2)) / middle
        assert speed == pytest.approx(np.full(199, speed.mean()), rel=2e-3)
        assert height.max() > 3 * height[0]


def test_a_smooth_flight_turns_about_one_axis(volume_film) -> None:
    keys = f"{AWAY}, {{at: 8s, position: [400, 0, 0]}}"
    shown = flight(volume_film, keys, ", interpolate: smooth")
    turned = np.degrees([math.atan2(one.position[0], -one.position[1]) for one in shown])
    assert turned == pytest.approx(90 * np.arange(200) / 199)
    assert [math.hypot(*one.position) for one in shown] == pytest.approx([400] * 200)
    assert {one.view_up for one in shown} <= {(0, 0, 1), *(one.view_up for one in shown if one.view_up[2] > 1 - 1e-12)}


def test_a_smooth_flight_may_begin_and_end_at_rest(volume_film) -> None:
    keys = "{at: 0s, position: [0, -1024, 0], focal: [0, 0, 0]}, {at: 8s, position: [0, -1, 0]}"
    shown = flight(volume_film, keys, ", interpolate: smooth, ease: in-out")
    s = np.arange(200) / 199
    assert [-one.position[1] for one in shown] == pytest.approx(1024 ** (1 - s * s * (3 - 2 * s)))


def test_a_flight_between_views_that_are_alike_rests(volume_film) -> None:
    shown = flight(volume_film, f"{AWAY}, {{at: 8s, position: [0, -400, 0]}}", ", interpolate: smooth")
    assert np.array([one.position for one in shown]) == pytest.approx(np.array([[0, -400, 0]] * 200))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("keys: []", r"flight\.keys: a flight has one key at least"),
        ("{}", "keys: is missing"),
        ("keys: [{position: [1, 2, 3]}]", r"keys\[0\]\.at: is missing"),
        (f"keys: [{AWAY}, {{at: 0s, position: [1, 2, 3]}}]", r"keys\[1\]\.at = 0s: does not lie after the key before"),
        (f"keys: [{AWAY}, {{at: 9s, position: [1, 2, 3]}}]", r"keys\[1\]\.at = 9s: lies outside the segment"),
        ("keys: [{at: 0s, focal: [1, 2, 3]}]", r"keys\[0\]: states no position and no frame, and nothing is before"),
        ("keys: [{at: 0s, frame: all, position: [1, 2, 3]}]", r"keys\[0\].*states position and frame"),
        (
            "keys: [{at: 0s, frame: [pli, plj]}]",
            r"keys\[0\]\.frame\[1\] = plj: there is no such layer; did you mean pli",
        ),
        ("keys: [{at: 0s, view: left, up: right}]", r"keys\[0\]\.up = right: lies along view: left"),
        (
            "keys: [{at: 0s, position: [0, 0, 9], focal: [0, 0, 0], up: superior}]",
            "at 0s the camera looks along its up",
        ),
        ("keys: [{at: 0s, position: [0, 0, 9], focal: [0, 0, 9]}]", "at 0s the camera stands on its focal point"),
        (f"keys: [{AWAY}, {{at: 8s, position: [0, 400, 0]}}]", "at 3.98s the camera stands on its focal point"),
        (f"keys: [{AWAY}, {{at: 8s, up: inferior}}]", r"keys\[1\]\.up: is opposite to the up before it"),
        ("keys: [{at: 0s, view: anterior}, {at: 8s, view: superior}]", r"at 3\..*s the camera looks along its up"),
        ("keys: [{at: 0s, frame: all, parallel_scale: 3}]", "parallel_scale: does nothing .* add parallel: true"),
        (
            f"keys: [{AWAY[:-1]}, view_angle: 90deg}}, {{at: 4s, view_angle: 5deg}}, {{at: 8s, view_angle: 5deg}}]",
            r"flight: at 4\..*s its view angle swings beyond what there is; state interpolate: linear or smooth",
        ),
        (
            f"parallel: true, keys: [{AWAY[:-1]}, parallel_scale: 90}}, {{at: 4s, parallel_scale: 5}}, {{at: 8s}}]",
            r"flight: at 4\..*s its parallel scale swings",
        ),
        (f"keys: [{AWAY}], ease: in", r"flight\.ease: is one word, for interpolate: linear or smooth"),
        (f"keys: [{AWAY}], interpolate: cubic", "interpolate = cubic: is no interpolation here"),
    ],
)
def test_a_flight_that_leads_nowhere_is_refused(volume_film, body: str, message: str) -> None:
    body = body if body == "{}" else f"{{{body}}}"
    with pytest.raises(SceneError, match=message):
        volume_film(top=WORLD + f"camera: [{{flight: {body}}}]\n")
