"""Surfaces that change, from the scene to the picture."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import arrays_of, open_assets, propose
from brainreel.data import MeshSeries, TimeAxis
from brainreel.errors import FormatError, SceneError
from brainreel.render import Renderer
from brainreel.space.geodesic import geodesic_sphere
from brainreel.timeline import frames_json, resolve
from brainreel.timeline.looks import DataReference
from contracts.steps import write_file_series, write_vtp

POINTS, FACES = geodesic_sphere(6)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    """Two shapes of two hemispheres, and numbered steps of a ball that grows and stays where it is."""
    for side, x in (("lh", -60), ("rh", 60)):
        write_vtp(tmp_path / f"{side}.pial.vtp", POINTS * 30 + (x, 0, 0), FACES)
        write_vtp(tmp_path / f"{side}.inflated.vtp", POINTS * (50, 60, 40) + (x, 0, 0), FACES)
    for k in range(1, 12):
        write_vtp(tmp_path / f"step_{k}.vtp", POINTS * k, FACES, heat=np.full(len(POINTS), k))
    return tmp_path


def film_of(folder, surface, top="", **more):
    lines = "".join(f"    {key}: {value}\n" for key, value in more.items())
    text = f"brainreel: 1\nmovie: {{length: 10s, fps: 10, size: 96x64}}\n{top}layers:\n  a:\n    surface: {surface}\n"
    (folder / "a.scene.yaml").write_text(text + lines)
    assets = open_assets(scene.load(folder / "a.scene.yaml"))
    return assets, resolve(scene.load(folder / "a.scene.yaml"), assets.facts)


def drawn(assets, frame):
    with Renderer(assets.data, assets.fingerprints, threads=1) as renderer:
        return renderer.draw(frame)


MORPH = "{files: [lh.pial.vtp, lh.inflated.vtp], morph: {2s: 0, 6s: 1, ease: in-out}}"


def test_a_morph_takes_the_pairs_and_goes_from_shape_to_shape(folder):
    assets, film = film_of(folder, MORPH)
    assert sorted(assets.data) == ["a.surface.left", "a.surface.right"]
    (look,) = film.frame_at(4.0).panels[0].layers
    assert look.parts == tuple(DataReference(f"a.surface.{side}", (0, 1), (0.5, 0.5)) for side in ("left", "right"))
    assert [film.frame_at(t).panels[0].layers[0].parts[0].rows for t in (0, 2, 6, 9)] == [(0,), (0,), (1,), (1,)]
    facts = assets.facts.assets["a.surface.right"]
    assert facts.times == TimeAxis(0.0, 1.0, 2, "items")
    assert facts.bounds.upper == pytest.approx((110, 60, 40), abs=0.5)


def test_a_morph_at_its_ends_is_drawn_as_the_shapes_are_bit_for_bit(folder):
    assets, film = film_of(folder, MORPH)
    for t, name in ((0.0, "pial"), (9.0, "inflated")):
        alone, _ = film_of(folder, f"lh.{name}.vtp")
        frame = film.frame_at(t)
        still = {key: item.mesh(0 if t == 0 else 1) for key, item in assets.data.items()}
        for key, mesh in still.items():
            np.testing.assert_array_equal(mesh.points, alone.data[key].points)
        picture = drawn(assets, frame)
        assert picture.any()
        with Renderer(alone.data, alone.fingerprints, threads=1) as renderer:
            (look,) = frame.panels[0].layers
            parts = tuple(DataReference(part.asset) for part in look.parts)
            panel = replace(frame.panels[0], layers=(replace(look, parts=parts),))
            np.testing.assert_array_equal(picture, renderer.draw(replace(frame, panels=(panel,))))


def test_one_hemisphere_may_morph_alone(folder):
    assets, _ = film_of(folder, MORPH.replace("morph:", "hemi: left, morph:"))
    assert list(assets.data) == ["a.surface.left"]


BAD_MORPHS = [
    ("[lh.pial.vtp, rh.pial.vtp]", r"name one hemisphere of each, files: \[lh\.pial, lh\.inflated\]"),
    ("[lh.pial.vtp, lh.small.vtp]", r"lh\.small\.vtp: has 42 vertices and 80 triangles, lh\.pial\.vtp has 362"),
    ("[lh.pial.vtp, lh.alone.vtp]", r"lh\.alone\.vtp is left, .*lh\.pial\.vtp is left and right; a morph needs"),
]


@pytest.mark.parametrize(("files", "message"), BAD_MORPHS)
def test_shapes_that_are_not_of_one_surface_do_not_morph(folder, files, message):
    points, faces = geodesic_sphere(2)
    for side in ("lh", "rh"):
        write_vtp(folder / f"{side}.small.vtp", points, faces)
    write_vtp(folder / "lh.alone.vtp", POINTS, FACES)
    with pytest.raises(FormatError, match=message):
        film_of(folder, f"{{files: {files}, morph: {{0s: 0, 1s: 1}}}}")


BAD_SCENES = [
    ("{file: a.pial, morph: 0.5}", r"a\.surface\.morph: goes from one of several files"),
    ("{files: [a, b], morph: {0s: 0, 1s: 2}}", r"a\.surface\.morph\.1s = 2: there are 2 files, numbered 0 to 1"),
    ("{files: [a, b], morph: {0s: -1}}", r"a\.surface\.morph\.0s = -1: morph is at least 0"),
    ("{files: [a, b], morph: 0, clock: c}", r"a\.surface\.clock: says which shape is seen, and so does morph"),
]


@pytest.mark.parametrize(("surface", "message"), BAD_SCENES)
def test_a_morph_lies_between_files(folder, surface, message):
    with pytest.raises(SceneError, match=message):
        film_of(folder, surface, "clocks: {c: {0s: 0 items}}\n")


CLOCK = "clocks: {c: {0s: 0 items, 10s: 10 items}}\n"


def test_numbered_files_are_items_in_their_natural_order_and_may_be_mixed(folder):
    assets, film = film_of(folder, '{file: "step_*.vtp", clock: c, interpolate: linear}', CLOCK)
    series = assets.data["a.surface.whole"]
    assert isinstance(series, MeshSeries)
    assert series.times == TimeAxis(0.0, 1.0, 11, "items")
    (look,) = film.frame_at(1.5).panels[0].layers
    assert look.parts == (DataReference("a.surface.whole", (1, 2), (0.5, 0.5)),)
    reach = [np.count_nonzero(drawn(assets, film.frame_at(t))) for t in (0, 1.5, 3, 9)]
    assert reach == sorted(reach)
    assert reach[0] < reach[-1] / 20


def test_numbered_files_may_have_times_and_clocks_what_to_do_beyond_them(folder):
    stated = '{file: "step_*.vtp", times: {first: 1s, step: 500ms}, clock: c%s}'
    clock = "clocks: {c: {0s: 0s, 10s: 10s}}\n"
    assets, film = film_of(folder, stated % ", outside: hide", clock)
    assert assets.data["a.surface.whole"].times == TimeAxis(1.0, 0.5, 11)
    shown = [film.frame_at(t).panels[0].layers for t in (0.5, 1.0, 2.2, 7.0)]
    assert [one[0].parts[0].rows if one else None for one in shown] == [None, (0,), (2,), None]
    with pytest.raises(SceneError, match="the clock c shows 0 ms, the data reach from 1000 ms to 6000 ms"):
        film_of(folder, stated % "", clock)


def test_a_surface_that_moves_needs_a_clock(folder):
    with pytest.raises(SceneError, match="has 11 moments and no clock says which to show"):
        film_of(folder, '"step_*.vtp"')


def test_a_surface_that_stands_needs_none(folder):
    with pytest.raises(SceneError, match="the surface keeps its shape; leave clock: out here"):
        film_of(folder, "{file: lh.pial.vtp, clock: c}", CLOCK)


def test_where_triangles_change_moments_are_held_and_that_is_said(folder, caplog):
    points, faces = geodesic_sphere(2)
    write_vtp(folder / "step_5.vtp", points * 5, faces)
    caplog.set_level(logging.WARNING)
    assets, film = film_of(folder, '{file: "step_*.vtp", clock: c, interpolate: linear}', CLOCK)
    assert "the triangles change from moment to moment" in caplog.text
    assert film.frame_at(3.7).panels[0].layers[0].parts[0].rows == (3,)
    assert drawn(assets, film.frame_at(4.7)).any()


def test_a_glob_of_one_hemispheres_steps_means_the_pairs(folder):
    for side in ("lh", "rh"):
        for k in range(3):
            write_vtp(folder / f"{side}.t{k}.vtp", POINTS * (k + 1), FACES)
    assets, _ = film_of(folder, '{file: "lh.t*.vtp", clock: c, outside: hold}', CLOCK)
    assert {key: item.times.count for key, item in assets.data.items()} == {"a.surface.left": 3, "a.surface.right": 3}
    (folder / "rh.t2.vtp").unlink()
    with pytest.raises(FormatError, match="finds 3 of the left one and 2 of the right one"):
        film_of(folder, '{file: "lh.t*.vtp", clock: c}', CLOCK)


def test_facts_are_around_all_moments(folder):
    assets, _ = film_of(folder, '{file: "step_*.vtp", clock: c}', CLOCK)
    facts = assets.facts.assets["a.surface.whole"]
    assert facts.measured == 11
    assert facts.same_faces
    assert facts.arrays == ("heat",)
    assert facts.bounds.upper == pytest.approx((11, 11, 11), abs=0.3)
    assert np.linalg.norm(facts.hull, axis=1).min() == pytest.approx(11, abs=1e-3)


def test_a_list_of_one_shape_stands(folder):
    for k in range(3):
        write_vtp(folder / f"p{k}.vtp", POINTS, FACES, heat=np.full(len(POINTS), k))
    write_file_series(folder / "p.vtp.series", p0=0, p1=1, p2=2)
    assets, film = film_of(folder, "p.vtp.series")
    assert assets.facts.assets["a.surface.whole"].times is None
    assert film.frame_at(5.0).panels[0].layers[0].parts == (DataReference("a.surface.whole"),)
    moving, _ = film_of(folder, "{file: p.vtp.series, clock: c, outside: hold}", "clocks: {c: {0s: 0s, 10s: 2s}}\n")
    assert moving.facts.assets["a.surface.whole"].times == TimeAxis(0.0, 1.0, 3)


@pytest.fixture
def heated(folder):
    """A list of three steps of one shape, whose array `heat` is 0, 1, 2 and whose `flow` is that far to the right."""
    for k in range(3):
        flow = np.full((len(POINTS), 3), (k, 0, 0))
        write_vtp(folder / f"p{k}.vtp", POINTS, FACES, heat=np.full(len(POINTS), k), flow=flow)
    write_file_series(folder / "p.vtp.series", p0=0, p1=1, p2=2)
    return folder


def painted(folder, surface, scalars, clock="{0s: 0s, 10s: 2s}"):
    paint = f"{{scalars: {scalars}, color: {{map: gray, range: [0, 2], below: first}}}}"
    return film_of(folder, surface, f"clocks: {{c: {clock}}}\n", paint=paint, shading="none")


@pytest.mark.parametrize("array", ["heat", "flow"])
def test_arrays_of_a_surface_that_stands_are_paint_over_time(heated, array):
    assets, film = painted(heated, "p.vtp.series", f"{{array: {array}, clock: c, interpolate: linear}}")
    assert assets.facts.assets["a.paint.0.whole"].times == TimeAxis(0.0, 1.0, 3)
    (look,) = film.frame_at(2.5).panels[0].layers
    assert look.paints[0].data == (DataReference("a.paint.0.whole", (0, 1), (0.5, 0.5)),)
    for t, grey in ((0, 0), (2.5, 64), (5, 128), (9.99, 255)):
        np.testing.assert_allclose(drawn(assets, film.frame_at(t))[32, 48], grey, atol=1)


def test_arrays_move_with_a_surface_that_moves(folder):
    surface = '{file: "step_*.vtp", times: {first: 0s, step: 1s}, clock: c, interpolate: linear}'
    assets, film = painted(folder, surface, "{array: heat, clock: c, interpolate: linear}", "{0s: 0s, 10s: 1s}")
    (look,) = film.frame_at(5).panels[0].layers
    assert look.parts[0].rows == look.paints[0].data[0].rows == (0, 1)
    np.testing.assert_allclose(drawn(assets, film.frame_at(5))[32, 48], 255 * 1.5 / 2, atol=1)


def test_an_array_of_one_moment_needs_no_clock(folder):
    assets, film = painted(folder, "step_2.vtp", "{array: heat}")
    np.testing.assert_array_equal(drawn(assets, film.frame_at(0))[32, 48], 255)
    assert assets.facts.assets["a.paint.0.whole"].times.count == 1


def test_an_array_that_is_not_there_names_those_that_are(heated):
    for surface in ("p.vtp.series", "p0.vtp"):
        with pytest.raises(FormatError, match=r"a\.paint\[0\]\.scalars: p.*: has no array hat; .*heat, flow"):
            painted(heated, surface, "{array: hat}")


def test_what_is_painted_has_a_file_or_names_an_array_of_the_surface(heated):
    with pytest.raises(SceneError, match="needs file:, files: or array:"):
        painted(heated, "p0.vtp", "{clock: c}")


def test_a_list_of_files_alone_runs_through_all_its_moments(folder):
    write_file_series(folder / "a.vtp.series", step_1=0, step_4=1, step_9=2.5)
    found = propose([str(folder / "a.vtp.series")], {})
    assert found.layers["cortex"].surface.clock == "time"
    assert [str(value) for value in found.clocks["time"].values] == ["0s", "4s"]
    write_file_series(folder / "b.vtp.series", step_1=0, step_1_=1)
    write_vtp(folder / "step_1_.vtp", POINTS, FACES, heat=np.zeros(len(POINTS)))
    assert propose([str(folder / "b.vtp.series")], {}).layers["cortex"].surface.clock is None


def test_what_a_frame_shows_of_a_surface_over_time_is_listed(folder):
    _, film = film_of(folder, '{file: "step_*.vtp", clock: c, interpolate: linear}', CLOCK)
    listed = list(frames_json(film))
    assert "rows" not in listed[0]["layers"]["a"]
    assert listed[15]["layers"]["a"] | {"rows": [1, 2], "weights": [0.5, 0.5]} == listed[15]["layers"]["a"]


@pytest.mark.parametrize("surface", ["p.vtp.series", "{file: p.vtp.series, clock: c, outside: hold}"])
def test_ranges_of_arrays_over_time_are_over_their_moments(heated, surface):
    assets, _ = film_of(heated, surface, "clocks: {c: {0s: 0s}}\n")
    found = {one.name: one for one in arrays_of(assets.data["a.surface.whole"])["arrays"]}
    assert (found["heat"].low, found["heat"].high) == (0, 2)
    assert (found["flow"].high, found["flow"].components) == (2, 3)


def test_arrays_go_with_triangles_that_change(folder):
    points, faces = geodesic_sphere(2)
    write_vtp(folder / "step_2.vtp", points * 2, faces, heat=np.full(len(points), 2))
    surface = '{file: "step_*.vtp", times: {first: 0s, step: 1s}, clock: c}'
    assets, film = painted(folder, surface, "{array: heat, clock: c}", "{0s: 0s, 10s: 2s}")
    for t, grey in ((0, 127), (5, 255), (9.99, 255)):
        np.testing.assert_allclose(drawn(assets, film.frame_at(t))[32, 48], grey, atol=1)
    assets, film = painted(folder, surface, "{array: heat, clock: c, interpolate: linear}", "{0s: 0s, 10s: 1s}")
    with pytest.raises(FormatError, match="moment 1 has 42 vertices, the surface shown with it has 362; give surface"):
        drawn(assets, film.frame_at(5))
