"""Views as they are written: areas, what they show, their cameras and overlays."""

import pytest

from brainreel import scene
from brainreel.errors import SceneError
from brainreel.scene import Scene

LAYERS = "layers: {cortex: {surface: lh.pial}, pli: {volume: a.nii}}\n"


def read(views: str, rest: str = "") -> Scene:
    return scene.loads(f"brainreel: 1\n{LAYERS}views: {{{views}}}\n{rest}", "a.scene.yaml")


def complaint(views: str, rest: str = "") -> str:
    with pytest.raises(SceneError) as caught:
        read(views, rest)
    return str(caught.value)


def test_an_area_is_written_in_percent_or_in_parts() -> None:
    views = read("a: {area: [0%, 0, 33.3%, 0.5]}, b: {area: [33.3%, 50%, 66.7%, 50%]}").views
    assert views["a"].rectangle == (0, 0, 0.333, 0.5)
    assert views["b"].rectangle == (0.333, 0.5, 0.667, 0.5)


@pytest.mark.parametrize(
    ("area", "told"),
    [
        ("[0, 0, 120%, 1]", "area[2] = 120%: lies above 0% and at most at 100%"),
        ("[-0.1, 0, 1, 1]", "area[0] = -0.1: lies in 0%..100%"),
        ("[0, 0, 0, 1]", "area[2]"),
        ("[60%, 0, 50%, 1]", "reaches beyond the picture's right edge, 60% + 50%"),
        ("[0, 0.6, 1, 0.5]", "reaches beyond the picture's lower edge"),
        ("[0, 0, 1]", "expects [x, y, width, height]"),
        ("{0s: [0, 0, 1, 1], 1s: [0, 0, 0.5, 1]}", "cannot change during the movie"),
        ("[0, 0, 10px, 1]", "area[2]"),
    ],
)
def test_an_area_outside_the_picture_is_an_error(area: str, told: str) -> None:
    message = complaint(f"a: {{area: {area}}}")
    assert told in message
    assert message.startswith("a.scene.yaml:3: views.a.area")


def test_a_view_of_a_layer_that_is_not_there_names_the_nearest() -> None:
    assert "views.b.show = cortx.left: there is no such layer; did you mean cortex?" in complaint(
        "a: {area: [0, 0, 1, 1]}, b: {area: [0, 0, 1, 1], show: [pli, cortx.left]}"
    )


def test_a_view_names_everything_once() -> None:
    assert "names something twice" in complaint("a: {area: [0, 0, 1, 1], show: [pli, pli]}")


def test_a_view_shares_the_names_of_layers_and_clocks() -> None:
    assert "pli is already the name of one of the layers" in complaint("pli: {area: [0, 0, 1, 1]}")


def test_the_camera_of_a_view_is_checked_as_the_scenes_is() -> None:
    still = "a: {area: [0, 0, 1, 1], camera: [still: {around: cortx}]}"
    assert "views.a.camera[0].still.around = cortx: there is no such layer" in complaint(still)
    late = "a: {area: [0, 0, 1, 1], camera: [still: {for: 3s}, orbit: {zoom: {0s: 1, 9s: 2}}]}"
    assert "views.a.camera[1].orbit.for" in complaint(late, "movie: {length: 3s}")
    open_ended = "a: {area: [0, 0, 1, 1], camera: [still: {}, orbit: {}]}"
    assert "views.a.camera[0].still.for: only the last segment may leave it out" in complaint(open_ended)


def test_times_in_the_camera_of_a_view_are_its_segments() -> None:
    camera = "camera: [still: {for: 4s}, orbit: {zoom: {50%: 1, 100%: 2}, for: 2s}]"
    assert read(f"a: {{area: [0, 0, 1, 1], {camera}}}").length_s == 6


def test_the_camera_that_goes_on_longest_ends_the_movie() -> None:
    views = "a: {area: [0, 0, 1, 1], camera: [orbit: {for: 4s}]}, b: {area: [0, 0, 1, 1], camera: [orbit: {for: 7s}]}"
    assert read(views).length_s == 7
    assert read(views, "movie: {length: 9s}").length_s == 9


def test_a_camera_that_no_view_uses_is_an_error() -> None:
    views = "a: {area: [0, 0, 1, 1], camera: [still: {}]}"
    assert "camera: every view has a camera of its own" in complaint(views, "camera: [orbit: {}]")
    assert read(views + ", b: {area: [0, 0, 1, 1]}", "camera: [orbit: {}]").camera


@pytest.mark.parametrize("overlay", ["scale_bar: auto", "orientation: cube"])
def test_what_belongs_to_a_camera_stands_in_a_view(overlay: str) -> None:
    message = complaint("a: {area: [0, 0, 1, 1]}", f"overlays: [{{{overlay}}}]")
    assert "belongs to one camera; write it under the overlays: of a view" in message
    assert read(f"a: {{area: [0, 0, 1, 1], overlays: [{{{overlay}}}]}}")


def test_the_overlays_of_a_view_are_checked_as_the_scenes_are() -> None:
    def overlay(text: str) -> str:
        return complaint(f"a: {{area: [0, 0, 1, 1], overlays: [{{{text}}}]}}")

    assert "views.a.overlays[0].time = meg: there is no such clock" in overlay("time: meg")
    assert "views.a.overlays[0].scalar_bar = cortx" in overlay("scalar_bar: cortx")
    assert "views.a.overlays[0].show = [2s, 1s]: ends before it begins" in overlay("text: a, show: [2s, 1s]")


def test_views_are_written_as_they_were_read() -> None:
    views = "left: {area: [0%, 0%, 33.3%, 50%], show: [cortex.left, pli], camera: [still: {view: left}]}"
    loaded = read(views + ", other: {area: [0.5, 0, 0.5, 1], show: all, overlays: [{text: a}]}")
    built = Scene(layers=loaded.layers, views=loaded.views)
    assert scene.loads(scene.dump(built)) == built
    assert "left: {area: [0%, 0%, 33.3%, 50%], show: [cortex.left, pli]" in scene.dump(built)


def test_a_view_is_changed_by_its_key() -> None:
    loaded = read("a: {area: [0, 0, 1, 1]}")
    assert loaded.with_values({"views.a.show": "cortex.left"}).views["a"].shown == ("cortex.left",)


@pytest.mark.parametrize(
    ("plot", "told"),
    [
        ("of: cortx", "plot.of = cortx: there is no such layer; did you mean cortex?"),
        ("of: cortex, value: median", "plot.value = median: is no value here"),
        ("of: cortex, vertices: {left: [1, 1]}", "has a vertex twice"),
        ("of: cortex, vertices: {left: [-1]}", "plot.vertices.left[0] = -1: a vertex number is a whole number"),
        ("of: cortex, vertices: []", "expects vertex numbers"),
        ("of: cortex, vertices: {left: [1, 2, 3, 4, 5], right: [1, 2, 3, 4]}", "are 9 curves, at most 8"),
        ("vertices: [1]", "plot.of: is missing"),
    ],
)
def test_what_a_plot_cannot_be_is_an_error(plot: str, told: str) -> None:
    assert told in complaint(f"a: {{area: [0, 0, 1, 1], plot: {{{plot}}}}}")


def test_a_plot_has_a_view_to_itself() -> None:
    message = complaint("a: {area: [0, 0, 1, 1], show: pli, plot: {of: cortex}}")
    assert "views.a.show: does nothing to a plot" in message
    assert "belongs to a camera, a plot has none" in complaint(
        "a: {area: [0, 0, 1, 1], plot: {of: cortex}, overlays: [{scale_bar: auto}]}"
    )


def test_a_plot_is_written_as_it_was_read() -> None:
    loaded = read("a: {area: [0, 0, 1, 1], plot: {of: cortex, vertices: {left: [3, 1]}, value: mean, unit: nAm}}")
    built = Scene(layers=loaded.layers, views=loaded.views)
    assert scene.loads(scene.dump(built)) == built
    assert loaded.views["a"].plot.vertices == {"left": (3, 1)}
