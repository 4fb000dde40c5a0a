"""Values of triangles, from the scene to the picture."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.errors import FormatError, SceneError
from brainreel.formats.unshared import UnsharedArray, UnsharedLabels, UnsharedMesh, UnsharedMeshSeries, UnsharedValues
from brainreel.render import Renderer
from brainreel.render.spread import spread_series
from brainreel.space.geodesic import geodesic_sphere
from brainreel.timeline import resolve
from contracts.mesh_files import write_ply
from contracts.steps import write_file_series
from contracts.surfaces import Course, Labels, surface

POINTS, FACES = (np.asarray(one, kind) for one, kind in zip(geodesic_sphere(3), ("f4", "i4"), strict=True))
POINTS = POINTS * np.float32(40)
CORNERS = FACES.ravel()
OF_FACES = np.random.default_rng(2).normal(size=len(FACES)).astype("f4")
OF_POINTS = np.random.default_rng(3).normal(size=len(POINTS)).astype("f4")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "a.ply", {"heat": OF_POINTS, "both": OF_POINTS}, {"stress": OF_FACES, "both": OF_FACES})
    return tmp_path


def write(path, arrays, face_arrays, points=POINTS, faces=FACES):
    return write_ply(path, points, faces, "binary_little_endian", arrays, face_arrays)


def film_of(folder, paint, surface="a.ply", top="", **more):
    more = {"shading": "none", **more}
    lines = "".join(f"    {key}: {value}\n" for key, value in more.items())
    (folder / "a.scene.yaml").write_text(
        f"brainreel: 1\nmovie: {{length: 4s, fps: 10, size: 96x64}}\n{top}layers:\n  a:\n    surface: {surface}\n"
        f"    paint: {paint}\n{lines}"
    )
    read = scene.load(folder / "a.scene.yaml")
    assets = open_assets(read)
    return assets, resolve(read, assets.facts)


def drawn(assets, frame):
    with Renderer(assets.data, assets.fingerprints, threads=1) as renderer:
        return renderer.draw(frame)


def test_each_triangle_has_the_value_of_its_own_at_every_corner(folder):
    assets, _ = film_of(folder, "{scalars: {array: stress}}")
    surface, values = assets.data["a.surface.whole"], assets.data["a.paint.0.whole"]
    np.testing.assert_array_equal(surface.points, POINTS[surface.shared.faces.ravel()])
    np.testing.assert_array_equal(surface.faces.ravel(), np.arange(len(CORNERS)))
    np.testing.assert_array_equal(values.row(0), np.repeat(OF_FACES, 3))
    assert values.width == len(surface.points)
    assert assets.facts.assets["a.surface.whole"].vertex_count == len(POINTS)


def test_where_both_have_an_array_that_of_vertices_is_painted_unless_the_scene_says_triangles(folder):
    for on, expected in (("", OF_POINTS), (", on: vertices", OF_POINTS), (", on: triangles", np.repeat(OF_FACES, 3))):
        assets, _ = film_of(folder, f"{{scalars: {{array: both{on}}}}}")
        np.testing.assert_array_equal(assets.data["a.paint.0.whole"].row(0), expected)
        assert isinstance(assets.data["a.surface.whole"], UnsharedMesh) == (on == ", on: triangles")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("array: stres", "has no array stres; did you mean stress.* It has heat, both, stress"),
        ("array: heat, on: triangles", "has no array heat on triangles; it has stress, both"),
        ("array: stress, on: vertices", "has no array stress on vertices"),
    ],
)
def test_an_array_that_is_not_there_is_refused_with_those_that_are(folder, wanted, message):
    with pytest.raises(FormatError, match=message):
        film_of(folder, f"{{scalars: {{{wanted}}}}}")


def test_a_picture_has_the_colours_of_the_triangles_and_nothing_between(folder):
    two = np.where(np.arange(len(FACES)) % 2, 1.0, 0.0).astype("f4")
    write(folder / "a.ply", {}, {"two": two})
    color = "color: {map: gray, range: [0, 1]}"
    assets, film = film_of(folder, f"{{scalars: {{array: two}}, {color}}}", color="red")
    picture = drawn(assets, film.frame_at(0.0))[..., 0]
    pure = np.isin(picture, (0, 255)).mean()
    smeared = np.zeros(len(POINTS), "f4")
    np.maximum.at(smeared, FACES[two > 0], 1)
    write(folder / "a.ply", {"two": smeared}, {})
    assert pure > 0.9
    assets, film = film_of(folder, f"{{scalars: {{array: two}}, {color}}}", color="red")
    assert (picture != drawn(assets, film.frame_at(0.0))[..., 0]).mean() > 0.1


def test_values_of_triangles_are_measured_as_they_are(folder):
    write(folder / "a.ply", {}, {"v": np.full(len(FACES), 7, "f4")})
    assets, _ = film_of(folder, "{scalars: {array: v}, color: {range: [0, 9]}}")
    assert set(assets.facts.assets["a.paint.0.whole"].quantiles) == {7.0}


@pytest.mark.parametrize("value", [0.1, 1 / 3, 7.7, -0.1, -7.7])
def test_where_a_range_begins_at_the_value_of_a_triangle_all_of_it_is_painted(folder, value):
    write(folder / "a.ply", {}, {"v": np.full(len(FACES), value, "f4")})
    kind = "gray" if value > 0 else "coolwarm"
    low = abs(float(np.float32(value)))
    color = f"color: {{map: {kind}, range: [{low!r}, {2 * low!r}], below: hide}}"
    assets, film = film_of(folder, f"{{scalars: {{array: v}}, {color}}}", color="red")
    plain, other = film_of(folder, "[]", color="red")
    picture, bare = drawn(assets, film.frame_at(0.0)), drawn(plain, other.frame_at(0.0))
    inside = (bare == (255, 0, 0)).all(-1)
    assert inside.sum() > 500
    assert len(np.unique(picture[inside], axis=0)) == 1
    assert (picture[inside][0] != (255, 0, 0)).any()


def test_light_falls_on_triangles_apart_as_on_those_that_share_their_vertices(folder):
    write(folder / "a.ply", {"one": np.ones(len(POINTS), "f4")}, {"one": np.ones(len(FACES), "f4")})
    pictures = []
    for on in ("vertices", "triangles"):
        paint = f"{{scalars: {{array: one, on: {on}}}, color: {{map: viridis, range: [0, 1]}}}}"
        assets, film = film_of(
            folder, paint, transform="{rotate: {axis: superior, angle: 20deg}}", occlusion="0.5", shading="matte"
        )
        film_at = film.frame_at(0.0)
        (look,) = film_at.panels[0].layers
        assert look.parts[0].asset == "a.surface.whole"
        pictures.append(drawn(assets, film_at).astype(int))
    assert abs(pictures[0] - pictures[1]).max() <= 1


def test_values_and_labels_of_vertices_beside_those_of_triangles_are_drawn_as_without_them(folder):
    of_vertices = "{scalars: {array: heat}, color: {map: viridis, range: [-2, 2]}}"
    hidden = "{scalars: {array: stress}, color: {range: [90, 91, 99]}}"
    alone, film = film_of(folder, f"[{of_vertices}]")
    beside, other = film_of(folder, f"[{hidden}, {of_vertices}]")
    assert isinstance(beside.data["a.paint.1.whole"], UnsharedValues)
    np.testing.assert_array_equal(
        beside.data["a.paint.1.whole"].row(0), OF_POINTS[beside.data["a.surface.whole"].shared.faces.ravel()]
    )
    both = [drawn(*one).astype(int) for one in ((alone, film.frame_at(0.0)), (beside, other.frame_at(0.0)))]
    assert abs(both[0] - both[1]).max() <= 1
    assert beside.facts.assets["a.paint.1.whole"].quantiles == alone.facts.assets["a.paint.0.whole"].quantiles


def test_sparse_values_spread_over_the_surface_before_its_triangles_come_apart():
    mesh = surface(POINTS, FACES)
    course = Course(np.array([[1.0, 5.0]], "f4"), np.array([3, 40], np.int32))
    values = UnsharedValues(course, mesh, 1)
    np.testing.assert_array_equal(values.row(0), spread_series(course, mesh, 1)(course.row(0))[CORNERS])
    assert np.isnan(values.row(0)).any()


def test_labels_of_some_vertices_are_at_all_their_corners():
    mesh = surface(POINTS, FACES)
    whole = UnsharedLabels(Labels(np.arange(len(POINTS), dtype=np.int32)), mesh)
    np.testing.assert_array_equal(whole.labels, CORNERS)
    some = UnsharedLabels(Labels(np.array([7, 9], np.int32), np.array([0, 2], np.int32)), mesh)
    np.testing.assert_array_equal(some.vertices, np.flatnonzero(np.isin(CORNERS, (0, 2))))
    np.testing.assert_array_equal(some.labels, np.where(CORNERS[some.vertices] == 0, 7, 9))


def test_values_of_triangles_run_with_a_surface_whose_triangles_change(folder):
    for k, divisions in enumerate((2, 3, 4)):
        points, faces = geodesic_sphere(divisions)
        of_faces = np.full(len(faces), k, "f4")
        write(folder / f"step_{k}.ply", {"up": points[:, 2].astype("f4")}, {"k": of_faces}, points.astype("f4"), faces)
    top = "clocks: {c: {0s: 0 items, 3s: 2 items}}\n"
    surface, clocked = "{file: step_*.ply, clock: c}", "clock: c"
    upper = f"{{scalars: {{array: k, {clocked}}}, color: {{map: gray, range: [0, 2]}}}}"
    paint = f"[{{scalars: {{array: up, {clocked}}}}}, {upper}]"
    assets, film = film_of(folder, paint, surface, top)
    assert isinstance(assets.data["a.surface.whole"], UnsharedMeshSeries)
    assert isinstance(assets.data["a.paint.0.whole"], UnsharedArray)
    for t, k in ((0.0, 0), (1.6, 1), (3.5, 2)):
        picture = drawn(assets, film.frame_at(t))
        middle = picture[32, 48]
        np.testing.assert_allclose(middle, 255 * k / 2, atol=1)


def test_values_of_triangles_over_time_on_a_surface_that_stands(folder):
    for k in range(3):
        write(folder / f"step_{k}.ply", {}, {"k": np.full(len(FACES), k, "f4")})
    write_file_series(folder / "a.ply.series", **{f"step_{k}": k for k in range(3)})
    (folder / "a.ply.series").write_text((folder / "a.ply.series").read_text().replace(".vtp", ".ply"))
    top = "clocks: {c: {0s: 0s, 2s: 2s}}\n"
    paint = "{scalars: {array: k, clock: c, interpolate: linear}, color: {map: gray, range: [0, 2]}}"
    assets, film = film_of(folder, paint, "a.ply.series", top)
    for t in (0.5, 1.0):
        np.testing.assert_allclose(drawn(assets, film.frame_at(t))[32, 48], 255 * t / 2, atol=1)


def test_values_of_triangles_of_another_surface_are_refused(folder):
    points, faces = geodesic_sphere(4)
    write(folder / "b.ply", {}, {"k": np.ones(len(faces), "f4")}, points.astype("f4"), faces)
    with pytest.raises(FormatError, match=r"b\.ply: k: has values of 320 triangles, but a\.ply has 180"):
        film_of(folder, "{scalars: {file: b.ply, array: k}}")


def test_values_of_vertices_are_not_taken_for_those_of_triangles(folder):
    np.save(folder / "v.npy", OF_POINTS[None])
    with pytest.raises(FormatError, match=r"v\.npy holds values of vertices, none of triangles; leave on: out"):
        film_of(folder, "{scalars: {file: v.npy, times: none, on: triangles}}")


def test_values_of_triangles_are_not_carried_by_spheres(folder):
    with pytest.raises(FormatError, match="are of triangles, spheres carry values of vertices"):
        film_of(folder, "{scalars: {file: a.ply, array: stress, registered: [a.ply, a.ply]}}")


def test_a_plot_has_no_vertex_of_values_of_triangles(folder):
    for k in range(2):
        write(folder / f"step_{k}.ply", {"v": OF_POINTS}, {"k": np.full(len(FACES), k, "f4")})
    plot = "{area: [0, 0, 100%, 50%], plot: {of: a, vertices: [3]}}"
    top = f"clocks: {{c: {{0s: 0 items, 3s: 1 items}}}}\nviews: {{p: {plot}}}\n"
    assets, film = film_of(folder, "{scalars: {array: k, clock: c}}", "step_*.ply", top)
    with pytest.raises((FormatError, SceneError), match="are values of triangles"):
        drawn(assets, film.frame_at(0.0))
