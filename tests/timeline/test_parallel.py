"""Parallel cameras: half the picture's height is their scale, in world units."""

import itertools
import math

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.timeline import frames_json

WORLD = "movie: {length: 4s, fps: 20, size: 1280x720}\n"


def cameras(film) -> list:
    return [frame.panels[0].camera for frame in film.frames()]


def reach(camera, hull) -> tuple[float, float, float]:
    """How far the subject reaches across and up, in parts of the picture's half edges, and its least depth."""
    forward = np.subtract(camera.focal_point, camera.position)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, camera.view_up)
    right /= np.linalg.norm(right)
    offset = np.array(hull) - camera.position
    across, up = offset @ right / camera.parallel_scale / 1280 * 720, offset @ np.cross(right, forward)
    return np.abs(across).max(), np.abs(up / camera.parallel_scale).max(), (offset @ forward).min()


@pytest.mark.parametrize(
    "segment",
    [
        "orbit: {parallel: true}",
        "orbit: {parallel: true, elevation: {0s: -50deg, 4s: 30deg}, turn: 90deg}",
        "still: {parallel: true, view: superior}",
        "flight: {parallel: true, keys: [{at: 0s, frame: all, view: left}]}",
    ],
)
def test_a_parallel_camera_shows_its_subject_whole_and_stands_before_it(volume_film, facts, segment: str) -> None:
    hull = facts.volume().hull
    film = volume_film(top=WORLD + f"camera: [{{{segment}}}]\n", hull=hull)
    assert all(one.parallel for one in cameras(film))
    reached = np.array([reach(one, hull) for one in cameras(film)])
    assert reached[:, 0].max() <= 0.9005
    assert reached[:, 1].max() <= 0.8605
    assert reached[:, 0].max() > 0.89 or reached[:, 1].max() > 0.85
    assert reached[:, 2].min() > 0


def test_a_rod_seen_along_itself_is_before_the_camera(volume_film) -> None:
    hull = tuple((x * 2.0, y * 300.0, z * 2.0) for x, y, z in itertools.product((-1, 1), repeat=3))
    film = volume_film(top=WORLD + "camera: [{still: {parallel: true, view: anterior}}]\n", hull=hull)
    (across, up, depth), here = reach(cameras(film)[0], hull), cameras(film)[0]
    assert up == pytest.approx(0.86, abs=1e-3)
    assert across < 0.9
    assert depth == pytest.approx(30)
    assert here.parallel_scale == pytest.approx(2 / 0.86, rel=1e-3)


def test_a_scale_may_be_stated_and_be_a_track(volume_film) -> None:
    film = volume_film(top=WORLD + "camera: [{orbit: {parallel: true, parallel_scale: {0s: 5cm, 2s: 30}, zoom: 2}}]\n")
    assert [cameras(film)[i].parallel_scale for i in (0, 20, 40)] == pytest.approx([25, 20, 15])
    listed = list(frames_json(film))[20]["camera"]
    assert listed["parallel"] is True
    assert listed["parallel_scale"] == pytest.approx(20)


def test_a_stated_distance_shows_as_much_as_in_perspective(volume_film) -> None:
    film = volume_film(top=WORLD + "camera: [{orbit: {parallel: true, distance: 300, view_angle: 20deg}}]\n")
    assert cameras(film)[0].parallel_scale == pytest.approx(300 * math.tan(math.radians(10)))


def test_parallel_rays_go_on_until_a_segment_says_otherwise(volume_film) -> None:
    top = (
        "camera: [{still: {view: left, parallel: true, zoom: 2, for: 1s}}, {orbit: {turn: 50deg, for: 1s}}, "
        "{still: {parallel: false, for: 1s}}, {still: {parallel: true}}]\n"
    )
    shown = cameras(volume_film(top=WORLD + top))
    assert [shown[i].parallel for i in (0, 20, 40, 60)] == [True, True, False, True]
    assert shown[39].parallel_scale == pytest.approx(shown[0].parallel_scale)
    tangent = math.tan(math.radians(shown[40].view_angle / 2))
    seen = math.dist(shown[40].position, shown[40].focal_point) * tangent
    assert shown[60].parallel_scale == pytest.approx(seen)


def test_a_scale_without_parallel_rays_is_refused(volume_film) -> None:
    with pytest.raises(
        SceneError, match=r"camera\[0\]\.orbit\.parallel_scale: does nothing to a camera in perspective"
    ):
        volume_film(top="camera: [{orbit: {parallel_scale: 3}}]\n")


def test_the_keys_of_a_path_may_state_scales(volume_film) -> None:
    path = "{at: 0s, positions: [[0, -400, 0]], focal: pli, parallel_scale: 50}, {at: 2s, positions: [[1, -400, 0]]}"
    film = volume_film(top=WORLD + f"camera: [{{path: {{parallel: true, keys: [{path}, {{at: 4s}}]}}}}]\n")
    assert {one.parallel_scale for one in cameras(film)} == {50}
