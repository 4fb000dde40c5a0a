"""Views over time: areas in pixels, what each shows, cameras that frame it in its area."""

import json
from itertools import pairwise

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.render.view import View
from brainreel.timeline import Film, frames_json
from brainreel.timeline.frame import Area, Frame, pixels_of
from brainreel.timeline.framing import FILLED_HEIGHT, FILLED_WIDTH


@pytest.fixture
def film(cortex_film):
    """A film of a painted cortex and a volume in `views`."""

    def make(views: str, rest: str = "") -> Film:
        return cortex_film(top=f"  pli: {{volume: a.nii}}\nviews: {{{views}}}\n{rest}")

    return make


def shown(frame: Frame) -> list[set[str]]:
    """What each panel shows: parts of surfaces, other layers."""
    return [
        {part.asset for look in panel.layers for part in getattr(look, "parts", (look,)) if hasattr(part, "asset")}
        | {look.name for look in panel.layers if not hasattr(look, "parts")}
        for panel in frame.panels
    ]


def test_areas_that_meet_share_no_pixel_and_leave_none_out() -> None:
    edges = [0, 0.1, 0.1 + 0.2, 1 / 3, 0.5, 0.667, 0.85, 1]
    for pixels in range(1, 400):
        areas: list[Area] = [(low, 0.0, high - low, 1.0) for low, high in pairwise(edges)]
        taken = np.zeros(pixels, int)
        for area in areas:
            x, y, width, height = pixels_of(area, (pixels, 7))
            taken[x : x + width] += 1
            assert (y, height) == (0, 7)
        assert (taken == 1).all()


def test_a_view_shows_its_layers_and_parts_of_them(film) -> None:
    views = "a: {area: [0, 0, 50%, 1], show: cortex.left}, b: {area: [50%, 0, 50%, 1], show: [pli, cortex.right]}"
    left, right = film(views).frame(3).panels
    assert shown(film(views).frame(3)) == [{"cortex.surface.left"}, {"pli", "cortex.surface.right"}]
    assert [reference.asset for reference in left.layers[0].paints[0].data] == ["cortex.paint.0.left"]
    assert [reference.asset for reference in right.layers[0].paints[0].data] == ["cortex.paint.0.right"]


def test_both_parts_of_a_layer_are_all_of_it(film) -> None:
    made = film("a: {area: [0, 0, 1, 1], show: [cortex.left, cortex.right]}, b: {area: [0, 0, 1, 1], show: cortex}")
    both, whole = made.frame(0).panels
    assert both.layers == whole.layers


def test_a_part_that_a_layer_does_not_have_is_an_error(film) -> None:
    with pytest.raises(SceneError, match=r"views\.a\.show: cortex has no part lefd; did you mean left\?"):
        film("a: {area: [0, 0, 1, 1], show: cortex.lefd}")
    with pytest.raises(SceneError, match="pli has no part left; only surfaces have parts, write pli"):
        film("a: {area: [0, 0, 1, 1], show: pli.left}")


@pytest.mark.parametrize("area", ["[0, 0, 50%, 50%]", "[25%, 25%, 75%, 30%]", "[0, 0, 15%, 1]"])
@pytest.mark.parametrize("camera", ["still: {view: left}", "still: {view: anterior, parallel: true}", "orbit: {}"])
def test_what_a_view_shows_fills_its_own_area(film, facts, area: str, camera: str) -> None:
    made = film(f"a: {{area: {area}, show: cortex.right, camera: [{camera}]}}, b: {{area: [0, 0, 1, 1]}}")
    points = np.array(facts.cortex().assets["cortex.surface.right"].hull)
    largest = np.zeros(2)
    for frame in made.frames():
        panel = frame.panels[0]
        _, _, width, height = pixels_of(panel.area, made.size)
        places, _ = View.of(panel.camera, (width, height)).project(points)
        reach = np.abs(places / (width, height) - 0.5).max(0) * 2
        largest = np.maximum(largest, reach / (FILLED_WIDTH, FILLED_HEIGHT))
    assert largest.max() == pytest.approx(1, abs=2e-2)


def test_a_name_frames_what_it_names_whatever_the_view_shows(film) -> None:
    views = "a: {{area: [0, 0, 1, 1], show: cortex.left, camera: [still: {{around: {}}}]}}"
    part, same, whole = (film(views.format(name)).frame(0).panels[0].camera for name in ("all", "cortex.left", "pli"))
    assert part == same != whole


def test_a_view_without_a_camera_has_the_scenes_in_its_own_area(film) -> None:
    views = "a: {area: [0, 0, 1, 1], show: cortex.left}, b: {area: [0, 0, 1, 0.5], show: cortex.right}"
    a, b = film(views, "camera: [orbit: {start: anterior}]\n").frame(25).panels
    assert a.camera.position[0] < -100
    assert b.camera.position[0] < -100
    assert a.camera.focal_point[0] < 0 < b.camera.focal_point[0]
    still = film(views)
    assert still.frame(0).panels[0].camera == still.frame(70).panels[0].camera
    assert still.frame(0).panels[0].camera.position[0] < -100


def test_an_error_in_the_camera_of_a_view_names_it(film) -> None:
    camera = "camera: [still: {focal: [0, 0, 0]}]"
    with pytest.raises(SceneError, match=r"views\.a\.camera\[0\]\.still: states focal and no position"):
        film(f"a: {{area: [0, 0, 1, 1], {camera}}}")


def test_overlays_of_the_scene_lie_over_all_views_and_those_of_a_view_in_it(film) -> None:
    views = "a: {area: [0, 0, 50%, 1], show: cortex, overlays: [{text: lateral}]}, b: {area: [50%, 0, 50%, 1]}"
    frame = film(views, "overlays: [{time: meg}, {scalar_bar: cortex}]\n").frame(0)
    assert [overlay.text for overlay in frame.panels[0].overlays] == ["lateral"]
    assert frame.panels[1].overlays == ()
    assert frame.overlays[0].text == "−100 ms"
    assert frame.overlays[1].colors == frame.panels[0].layers[0].paints[0].colors


def test_a_scale_bar_in_a_view_is_as_long_as_what_it_measures(film) -> None:
    bar = "overlays: [{scale_bar: 50mm}]"
    frame = film(f"a: {{area: [0, 0, 50%, 40%], show: pli, {bar}}}").frame(0)
    (panel,), height = frame.panels, frame.size[1]
    _, _, part_width, part_height = pixels_of(panel.area, frame.size)
    camera = panel.camera
    right = np.cross(np.subtract(camera.focal_point, camera.position), camera.view_up)
    ends = np.array([camera.focal_point, camera.focal_point + 50 * right / np.linalg.norm(right)])
    places, _ = View.of(camera, (part_width, part_height)).project(ends)
    assert panel.overlays[0].length * height == pytest.approx(np.ptp(places[:, 0]), rel=1e-9)


def test_a_name_that_changes_what_is_seen_changes_the_digest(film) -> None:
    digests = {
        film(views, rest).frame(0).digest()
        for views in ("a: {area: [0, 0, 50%, 1]}", "a: {area: [0, 0, 50%, 1], show: pli}", "a: {area: [0, 0, 60%, 1]}")
        for rest in ("", "overlays: [{text: a}]\n")
    }
    assert len(digests) == 6


def test_frames_are_listed_by_view(film) -> None:
    listed = next(frames_json(film("a: {area: [0, 0, 50%, 1], show: pli}, b: {area: [50%, 0, 50%, 1]}")))
    assert set(listed["views"]) == {"a", "b"}
    assert set(listed["views"]["a"]["layers"]) == {"pli"}
    assert listed["views"]["b"]["area"] == [0.5, 0, 0.5, 1]
    json.dumps(listed)


def test_an_area_without_a_pixel_is_an_error(film) -> None:
    with pytest.raises(SceneError, match=r"views\.a\.area: is no pixel of a picture of 1920x1080"):
        film("a: {area: [0, 0, 0.0001, 1]}")


def test_a_layer_that_no_view_shows_is_told(film, caplog) -> None:
    film("a: {area: [0, 0, 1, 1], show: cortex}")
    assert "layers.pli: no view shows it" in caplog.text
