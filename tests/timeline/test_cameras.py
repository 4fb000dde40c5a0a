"""Orbits and stills, one after the other."""

import math

import numpy as np
import pytest

from brainreel.errors import SceneError


def camera(film, index: int):
    return film.frame(index).panels[0].camera


def angle(film, index: int) -> float:
    """Degrees from the first frame's side, about superior, right-handed."""
    here = camera(film, index)
    x, y, _ = np.array(here.position) - here.focal_point
    return math.degrees(math.atan2(y, x)) % 360


def test_an_orbit_leaves_out_the_duplicate_of_its_first_frame(volume_film) -> None:
    film = volume_film(top="movie: {length: 4s, fps: 10}\ncamera: [{orbit: {start: right, turn: 360deg}}]\n")
    assert film.frame_count == 40
    assert [angle(film, j) for j in range(40)] == pytest.approx([9 * j for j in range(40)], abs=1e-9)


def test_a_full_turn_closes_at_any_frame_rate(volume_film) -> None:
    top = "movie: {length: 4s, fps: 30000/1001}\ncamera: [{orbit: {start: right, turn: 360deg}}]\n"
    film = volume_film(top=top)
    assert [angle(film, j) for j in range(120)] == pytest.approx([3 * j for j in range(120)], abs=1e-9)


def test_a_positive_turn_is_right_handed_about_up(volume_film) -> None:
    film = volume_film(top="camera: [{orbit: {start: right, turn: 90deg}}]\n")
    assert angle(film, 150) == pytest.approx(45)
    film = volume_film(top="camera: [{orbit: {start: right, turn: -90deg}}]\n")
    assert angle(film, 150) == pytest.approx(315)


def test_a_turn_may_be_eased_or_be_a_track(volume_film) -> None:
    film = volume_film(top="camera: [{orbit: {start: right, turn: 100deg, ease: in}}]\n")
    assert angle(film, 150) == pytest.approx(25)
    film = volume_film(top="camera: [{orbit: {start: right, turn: {0s: 0deg, 2s: 60deg, 50%: 60deg, end-1s: 0deg}}}]\n")
    assert [angle(film, i) for i in (30, 60, 120, 270, 299)] == pytest.approx([30, 60, 60, 0, 0], abs=1e-9)


def test_elevation_lifts_the_camera_towards_up(volume_film) -> None:
    film = volume_film(top="camera: [{orbit: {start: anterior, elevation: 30deg}}]\n")
    here = camera(film, 0)
    offset = np.array(here.position) - here.focal_point
    assert offset / np.linalg.norm(offset) == pytest.approx([0, math.cos(math.pi / 6), 0.5])
    assert here.view_up == (0, 0, 1)


def test_a_zoom_magnifies_from_the_same_place(volume_film) -> None:
    film = volume_film(top="camera: [{orbit: {turn: 0deg, zoom: {0%: 1, 100%: 2}}}]\n")
    first, later = camera(film, 0), film.frame_at(10).panels[0].camera
    assert later.position == first.position
    assert later.parallel_scale == pytest.approx(first.parallel_scale / 2)
    tangents = [math.tan(math.radians(one.view_angle) / 2) for one in (first, later)]
    assert tangents[1] == pytest.approx(tangents[0] / 2)
    assert first.view_angle == 30
    distance = math.dist(first.position, first.focal_point)
    assert first.parallel_scale == pytest.approx(distance * tangents[0])


def test_distances_and_view_angles_can_be_stated(volume_film) -> None:
    film = volume_film(top="camera: [{orbit: {distance: {0s: 50cm, 10s: 300}, view_angle: 20deg}}]\n")
    here = camera(film, 150)
    assert math.dist(here.position, here.focal_point) == pytest.approx(400)
    assert here.view_angle == 20


SEGMENTS = """\
movie: {length: 12s, fps: 10}
camera:
  - orbit: {start: left, turn: 70deg, elevation: 20deg, zoom: 1.5, for: 4s}
  - orbit: {turn: 40deg, elevation: {0%: 20deg, 100%: 0deg}, ease: in-out, for: 3s}
  - still: {zoom: {0%: 1.5, 1s: 1}, for: 25f}
  - orbit: {turn: -30deg}
"""


def test_a_segment_starts_where_the_last_one_ended(volume_film) -> None:
    film = volume_film(top=SEGMENTS)
    for start_s in (4.0, 7.0, 9.5):
        before, after = (film.frame_at(t).panels[0].camera for t in (start_s - 1e-7, start_s))
        assert after.position == pytest.approx(before.position, abs=1e-3)
        assert after.focal_point == pytest.approx(before.focal_point)
        assert after.view_angle == pytest.approx(before.view_angle, abs=1e-4)
        assert after.view_up == before.view_up
    assert angle(film, 119) == pytest.approx(180 + 70 + 40 - 30 * 24 / 25)


def test_after_the_last_segment_its_last_camera_stays(volume_film) -> None:
    film = volume_film(top="movie: {length: 4s, fps: 10}\ncamera: [{orbit: {start: right, turn: 90deg, for: 2s}}]\n")
    assert [angle(film, i) for i in (19, 20, 39)] == pytest.approx([85.5, 90, 90])


def test_a_still_stands_exactly_where_it_is_put(volume_film) -> None:
    top = "camera: [{still: {position: {0s: [0, 0, 9], 10s: [1, 2, 9]}, focal: [0, 0, -1], up: [0, 2, 0]}}]\n"
    here = camera(volume_film(top=top), 150)
    assert here.position == (0.5, 1.0, 9.0)
    assert here.focal_point == (0, 0, -1)
    assert here.view_up == (0, 2, 0)


@pytest.mark.parametrize(("unit", "factor"), [("mm", 1), ("um", 1e-3), ("cm", 10), ("none", 1)])
def test_positions_are_in_the_unit_of_bare_lengths(volume_film, unit: str, factor: float) -> None:
    top = f"movie: {{unit: {unit}}}\ncamera: [{{still: {{position: [0, 0, 9], focal: [0, 4, 0], up: superior}}}}]\n"
    here = camera(volume_film(top=top), 0)
    assert here.position == pytest.approx((0, 0, 9 * factor))
    assert here.focal_point == pytest.approx((0, 4 * factor, 0))


def test_a_placed_still_has_the_usual_up_of_its_side(volume_film) -> None:
    for position, up in (("[0, 0, 900]", (0, 1, 0)), ("[9, 9, -900]", (0, 1, 0)), ("[900, 0, 9]", (0, 0, 1))):
        top = f"camera: [{{still: {{position: {position}, focal: [0, 0, 0]}}}}]\n"
        assert camera(volume_film(top=top), 0).view_up == up


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ("still: {position: [1, 2, 3], focal: [1, 2, 3]}", r"\[0\]\.still: at 0s the camera stands on its focal point"),
        (
            "still: {view: left, for: 2s}}, {still: {position: {0s: [0, 9, 0], 2s: [0, -9, 0]}, focal: [0, 0, 0]}",
            r"\[1\]\.still: at 3s the camera stands on its focal point",
        ),
        (
            "still: {position: {0s: [0, 9, 0], 2s: [0, 0, 9]}, focal: [0, 0, 0], up: superior}",
            r"\[0\]\.still: at 2s the camera looks along its up",
        ),
        (
            "still: {position: [0, 9, 0], focal: {0s: [0, 0, 0], 4s: [0, 9, 0]}, for: 4s}}, {orbit: {turn: 90deg}",
            r"\[0\]\.still: at 4s the camera stands on its focal point",
        ),
        ("still: {view: superior, up: [0, 0, 2]}", r"\[0\]\.still: at 0s the camera looks along its up"),
        (
            "still: {view: superior, for: 1s}}, {still: {around: pli, up: inferior}",
            r"\[1\]\.still: at 1s the camera looks along its up",
        ),
        (
            "orbit: {elevation: {0s: 0deg, 5s: 89.9999999999deg}}",
            r"\[0\]\.orbit: at 5s the camera looks along its up",
        ),
    ],
)
def test_a_camera_that_sees_nothing_is_refused_before_drawing(volume_film, segments: str, message: str) -> None:
    with pytest.raises(SceneError, match=r"scene:5: camera" + message):
        volume_film(top=f"camera: [{{{segments}}}]\n")


def test_looking_from_above_anterior_is_up(volume_film) -> None:
    for part in ("still: {view: superior}", "orbit: {start: superior}"):
        assert camera(volume_film(top=f"camera: [{{{part}}}]\n"), 0).view_up == (0, 1, 0)


def test_what_is_framed_anew_is_seen_whole(volume_film) -> None:
    top = "camera: [{orbit: {zoom: 3, for: 4s}}, {still: {view: left}}]\n"
    assert camera(volume_film(top=top), 200).view_angle == 30


def test_an_orbit_cannot_begin_on_its_own_axis(volume_film) -> None:
    top = "camera: [{still: {view: superior, for: 1s}}, {orbit: {up: superior}}]\n"
    with pytest.raises(SceneError, match=r"scene:5: camera\[1\]\.orbit: begins along its own up; state start:"):
        volume_film(top=top)
    with pytest.raises(SceneError, match=r"states focal and no position"):
        volume_film(top="camera: [{still: {focal: [0, 0, 0]}}]\n")


def test_marks_are_movie_instants_inside_a_segment(volume_film) -> None:
    top = (
        "marks: {onset: 5s}\n"
        "camera: [{still: {view: left, for: 4s}}, {still: {view: left, zoom: {onset+0s: 1, end-2s: 2}}}]\n"
    )
    film = volume_film(top=top)
    tangent = [math.tan(math.radians(film.frame_at(t).panels[0].camera.view_angle / 2)) for t in (5.0, 8.0)]
    assert tangent[0] / tangent[1] == pytest.approx(2)


def test_a_segment_leaves_room_for_those_that_keep_its_distance(volume_film) -> None:
    top = (
        "movie: {length: 8s, fps: 10, size: 640x360}\n"
        "camera: [{still: {view: anterior, for: 2s}}, {orbit: {turn: 200deg}}]\n"
    )
    long = tuple(
        (x * 1.0, y * 3.0, z * 1.0) for x, y, z in [(a, b, c) for a in (-30, 30) for b in (-30, 30) for c in (-20, 20)]
    )
    film = volume_film(top=top, hull=long)
    for index in range(80):
        here = camera(film, index)
        forward = np.subtract(here.focal_point, here.position)
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, here.view_up)
        right /= np.linalg.norm(right)
        offset = np.array(long) - here.position
        tangent = math.tan(math.radians(here.view_angle) / 2)
        assert np.abs(offset @ right / (offset @ forward)).max() <= 0.91 * tangent * 640 / 360
        assert np.abs(offset @ np.cross(right, forward) / (offset @ forward)).max() <= 0.87 * tangent


def test_a_still_may_state_where_it_stands_alone_and_then_looks_at_the_middle_of_all(volume_film) -> None:
    hull = ((-5.0, 0.0, 0.0), (15.0, 8.0, 2.0), (0.0, 4.0, -2.0))
    film = volume_film(top="camera: [{still: {position: [0, -400, 0]}}]\n", hull=hull)
    assert camera(film, 0).position == (0, -400, 0)
    assert camera(film, 0).focal_point == (5, 4, 0)
