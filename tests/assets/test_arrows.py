"""Vectors as arrows, from the scene to the picture."""

import logging

import h5py
import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.cli.app import run
from brainreel.errors import FormatError, SceneError
from brainreel.render import Renderer
from contracts.points import drawn, film_of_points
from contracts.steps import write_file_series, write_vtp

PLACES = np.array([(-40.0, 0.0, 30.0), (0.0, 0.0, 30.0), (40.0, 0.0, 30.0), (0, 0, 70)], np.float32)
FACES = np.array([[0, 1, 3], [1, 2, 3]], np.int32)
FLOW = np.array([(0, 0, 20.0), (10.0, 0, 0), (0, 0, -5.0), (0, 0, 0)], np.float32)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    """Points in a row from left to right with vectors: up, to the right, down; the same over time, and as a table."""
    write_vtp(tmp_path / "flow.vtp", PLACES, FACES, flow=FLOW, height=PLACES[:, 2], pair=FLOW[:, :2])
    for k in range(3):
        write_vtp(tmp_path / f"turning_{k}.vtp", PLACES, FACES, flow=(1 - k) * FLOW)
        write_vtp(tmp_path / f"moving_{k}.vtp", PLACES + np.array([0, 0, 10 * k]), FACES, flow=FLOW)
    rows = [f"{x},{y},{z},{u},{v},{w}" for (x, y, z), (u, v, w) in zip(PLACES, FLOW, strict=True)]
    (tmp_path / "points.csv").write_text("\n".join(["x,y,z,flow_x,flow_y,flow_z", "n/a,n/a,n/a,9,9,9", *rows]))
    return tmp_path


def film_of(folder, arrows="{vectors: {array: flow}, scale: 1mm}", points="flow.vtp", top="", **more):
    return film_of_points(folder, "a", {"points": points, "arrows": arrows, **more}, top)


def boxes(picture):
    """The rows and columns that are lit around each of the three points: (top, bottom, left, right)."""
    lit = picture.max(-1) > 20
    found = []
    for middle in (48, 128, 208):
        rows, columns = np.nonzero(lit[:, middle - 40 : middle + 40])
        found.append((rows.min(), rows.max() + 1, columns.min() + middle - 40, columns.max() + 1 + middle - 40))
    return np.array(found)


def test_arrows_begin_at_the_points_and_are_as_long_as_their_vectors(folder):
    assets, film = film_of(folder)
    picture = drawn(assets, film.frame(0))
    expected = [(24, 64, 44, 52), (62, 66, 128, 148), (64, 74, 207, 209)]
    np.testing.assert_allclose(boxes(picture), expected, atol=1.6)
    assert set(assets.data) == {"a.surface.whole", "a.paint.0.whole"}


def test_they_have_the_colour_of_their_length_or_one_that_is_stated_or_that_of_another_array(folder):
    assets, film = film_of(folder, shading="none")
    (look,) = film.frame(0).panels[0].layers
    assert look.paints[0].colors.map.endswith("viridis")
    assert look.paints[0].colors.range == pytest.approx((0, 20), rel=0.01)
    values = assets.data["a.paint.0.whole"].row(0)
    np.testing.assert_array_equal(np.unique(values), [0, 5, 10, 20])
    picture = drawn(assets, film.frame(0))
    assert picture[40, 48, :2].min() > 200  # the longest is yellow
    assert picture[66, 208, 2] > picture[66, 208, 0]  # the short one blue
    assets, film = film_of(folder, shading="none", color="red")
    assert film.frame(0).panels[0].layers[0].paints == ()
    assert drawn(assets, film.frame(0))[40, 48].tolist() == [255, 0, 0]
    assets, film = film_of(
        folder, shading="none", paint="{scalars: {array: height}, color: {map: gray, range: [0, 30]}}"
    )
    assert drawn(assets, film.frame(0))[40, 48].tolist() == [255, 255, 255]


def test_the_longest_has_the_length_that_is_stated_or_a_tenth_of_the_extent(folder):
    for arrows, longest in (("{vectors: {array: flow}, length: 24mm}", 24), ("{vectors: {array: flow}}", 8)):
        assets, _ = film_of(folder, arrows)
        mesh = assets.data["a.surface.whole"].mesh(0)
        assert np.ptp(mesh.points.reshape(4, -1, 3)[0, :, 2]) == pytest.approx(longest, rel=1e-5)


def test_some_points_have_an_arrow_and_short_vectors_have_none(folder):
    assets, _ = film_of(folder, "{vectors: {array: flow}, every: 2}")
    assert assets.data["a.surface.whole"].rows.tolist() == [0, 2]
    for least, count in (("5", 3), ("5.1", 2), ("p90", 1)):
        assets, _ = film_of(folder, f"{{vectors: {{array: flow}}, least: {least}}}")
        points = assets.data["a.surface.whole"].mesh(0).points.reshape(4, -1, 3)
        assert np.ptp(points, axis=1).any(axis=1).sum() == count


def test_too_many_arrows_are_refused_with_what_to_write(folder, monkeypatch):
    monkeypatch.setattr("brainreel.assets.arrows.MOST_ARROWS", 3)
    with pytest.raises(FormatError, match=r"are 4 arrows, at most 3 are drawn; write every: 2"):
        film_of(folder)
    assert len(film_of(folder, "{vectors: {array: flow}, every: 2}")[0].data["a.surface.whole"].rows) == 2


def test_arrows_turn_with_what_moves_their_layer(folder):
    assets, film = film_of(folder, transform="[{matrix: [[0, 0, 1, 0], [0, 1, 0, 0], [-1, 0, 0, 0]]}]")
    columns = np.flatnonzero(drawn(assets, film.frame(0))[44].max(-1) > 20)
    np.testing.assert_allclose([columns.min(), columns.max() + 1], [188, 228], atol=1.6)


def test_limits_do_not_depend_on_how_many_arrows_there_are(folder):
    all_of_them, some = (film_of(folder, f"{{vectors: {{array: flow}}, every: {every}}}")[0] for every in (1, 3))
    key = "a.paint.0.whole"
    assert all_of_them.facts.assets[key].quantiles == some.facts.assets[key].quantiles


def test_three_columns_of_a_table_that_are_named_alike_are_vectors(folder):
    ours = film_of(folder, points="points.csv")[0].data["a.surface.whole"].mesh(0)
    theirs = film_of(folder)[0].data["a.surface.whole"].mesh(0)
    np.testing.assert_array_equal(ours.points, theirs.points)


CLOCK = "clocks: {t: {0s: 0 items, 2s: 2 items}}\n"


def test_vectors_over_time_turn_while_their_points_stand(folder):
    assets, film = film_of(
        folder, "{vectors: {array: flow, clock: t, interpolate: linear}, scale: 1mm}", '"turning_*.vtp"', CLOCK
    )
    tops = [boxes(drawn(assets, film.frame_at(t)))[0, :2].tolist() for t in (0, 0.5, 1.5)]
    np.testing.assert_allclose(tops, [(24, 64), (44, 64), (64, 84)], atol=1.6)
    assert drawn(assets, film.frame_at(1)).max() == 0


def test_points_that_move_take_their_vectors_along(folder):
    moving = '{file: "moving_*.vtp", clock: t, interpolate: linear}'
    assets, film = film_of(folder, points=moving, top=CLOCK)
    still = boxes(drawn(assets, film.frame_at(0)))
    later = boxes(drawn(assets, film.frame_at(0.5)))
    np.testing.assert_allclose(still[:, :2] - later[:, :2], 10, atol=1.1)
    (look,) = film.frame_at(0.5).panels[0].layers
    assert look.parts[0].rows == look.paints[0].data[0].rows == (0, 1)


@pytest.mark.parametrize("points", ["flow.vtp", '{file: "moving_*.vtp", clock: t, interpolate: linear}'])
def test_points_without_triangles_have_arrows_and_are_no_surface(folder, points):
    surface = drawn(*first_frame(folder, points))
    for path in folder.glob("*.vtp"):
        moved = np.array([0, 0, 10 * int(path.stem[-1])]) if path.stem.startswith("moving") else 0
        write_vtp(path, PLACES + moved, np.empty((0, 3)), flow=FLOW)
    np.testing.assert_array_equal(drawn(*first_frame(folder, points)), surface)
    with pytest.raises(FormatError, match=r"4 points and no polygons; .* drawn by points: FILE and arrows:"):
        open_assets(scene.loads(f"brainreel: 1\nlayers: {{a: {{surface: {folder / 'flow.vtp'}}}}}\n"))


def first_frame(folder, points):
    assets, film = film_of(folder, points=points, top=CLOCK)
    return assets, film.frame_at(0.5)


def test_a_file_series_is_a_surface_whose_vectors_change(folder):
    write_file_series(folder / "a.vtp.series", **{f"turning_{k}": 0.1 * k for k in range(3)})
    clock = "clocks: {t: {0s: 0ms, 2s: 200ms}}\n"
    _, film = film_of(folder, "{vectors: {array: flow, clock: t}}", "a.vtp.series", clock)
    assert film.frame_at(1.0).panels[0].layers[0].parts[0].rows == (1,)


def write_estimate(path, vectors, vertices):
    with h5py.File(path, "w") as file:
        group = file.create_group("mnepython")
        group["key_data"], group["key_tmin"], group["key_tstep"] = vectors, [0.0], [0.1]
        group["key_src_type"] = np.frombuffer(b"surface", np.uint8)
        for number, part in enumerate(vertices):
            group[f"key_vertices/idx_{number}"] = np.array(part, np.int64)


@pytest.fixture
def estimate(folder):
    """Vectors at three vertices of two hemispheres, at two moments."""
    for side, x in (("lh", -50), ("rh", 50)):
        write_vtp(folder / f"{side}.pial.vtp", PLACES + np.array([x, 0, 0]), FACES)
    vectors = np.arange(18, dtype=float).reshape(3, 3, 2)
    write_estimate(folder / "meg-stc.h5", vectors, ([0, 2], [3]))
    return vectors


VECTORS = "{vectors: {file: meg-stc.h5, clock: meg}, scale: 1mm}"
MEG = "clocks: {meg: {0s: 0ms, 2s: 100ms}}\n"


def test_a_vector_source_estimate_stands_at_its_vertices_of_both_hemispheres(folder, estimate):
    assets, film = film_of(folder, VECTORS, "lh.pial.vtp", MEG)
    left, right = (assets.data[f"a.surface.{side}"] for side in ("left", "right"))
    assert left.rows.tolist() == [0, 2]
    assert right.rows.tolist() == [3]
    tips = right.mesh(1).points[-1] - PLACES[3] - (50, 0, 0)
    np.testing.assert_allclose(tips, estimate[2, :, 1], atol=1e-4)
    (look,) = film.frame_at(2).panels[0].layers
    assert [part.asset for part in look.parts] == ["a.surface.left", "a.surface.right"]
    assert [part.rows for part in look.parts] == [(1,), (1,)]
    highest = look.paints[0].colors.range[-1]
    assert highest == pytest.approx(np.linalg.norm(estimate, axis=1).max(), rel=0.01)


def test_vectors_paint_a_surface_by_their_lengths(folder, estimate):
    text = (
        f"brainreel: 1\nmovie: {{length: 2s}}\n{MEG}layers:\n  a:\n    surface: lh.pial.vtp\n"
        "    paint: {scalars: {file: meg-stc.h5, clock: meg}}\n"
    )
    (folder / "b.scene.yaml").write_text(text)
    series = open_assets(scene.load(folder / "b.scene.yaml")).data["a.paint.0.left"]
    np.testing.assert_allclose(series.row(0), np.linalg.norm(estimate[:2, :, 0], axis=1), rtol=1e-6)


def test_one_hemisphere_has_arrows_where_the_estimate_has_one(folder):
    for side in ("lh", "rh"):
        write_vtp(folder / f"{side}.pial.vtp", PLACES, FACES)
    write_estimate(folder / "meg-stc.h5", np.ones((2, 3, 2)), ([0, 2], []))
    assets, _ = film_of(folder, VECTORS, "lh.pial.vtp", MEG)
    assert set(assets.data) == {"a.arrows.left", "a.surface.left", "a.paint.0.left"}


def test_vectors_of_other_hemispheres_than_the_points_say_under_what_hemi_is_missing(folder):
    for side in ("lh", "rh"):
        write_vtp(folder / f"{side}.pial.vtp", PLACES, FACES)
    write_estimate(folder / "meg-stc.h5", np.ones((4, 3, 2)), ([0, 2], [1, 3]))
    with pytest.raises(FormatError, match=r"belongs to left, the points are whole; write hemi: left under points:"):
        film_of(folder, VECTORS, "flow.vtp", MEG)
    with pytest.raises(FormatError, match=r"belongs to right, the points are left; write hemi: left under vectors:"):
        film_of(folder, VECTORS, "{file: lh.pial.vtp, hemi: left}", MEG)
    alone = VECTORS.replace("{file:", "{hemi: left, file:", 1)
    assets, _ = film_of(folder, alone, "{file: lh.pial.vtp, hemi: left}", MEG)
    assert set(assets.data) == {"a.arrows.left", "a.surface.left", "a.paint.0.left"}


def test_vectors_without_numbers_are_left_out_and_counted(folder, caplog):
    write_vtp(folder / "gaps.vtp", PLACES, FACES, flow=np.where(np.arange(4)[:, None] == 1, np.nan, FLOW))
    with caplog.at_level(logging.WARNING):
        assets, film = film_of(folder, points="gaps.vtp")
    assert "flow: vectors that are no numbers, and are not drawn: 1" in caplog.text
    picture = drawn(assets, film.frame(0))
    assert picture[:, 100:160].max() == 0
    assert picture[:, 40:60].max() > 0


def test_a_layer_keeps_what_was_written_when_the_scene_is(folder):
    film_of(folder)
    loaded = scene.load(folder / "a.scene.yaml")
    assert len(loaded.layers["a"].paint) == 1
    assert "paint" not in scene.dump(loaded.with_values({"layers.a.alpha": 0.5}))
    assert scene.loads(scene.dump(loaded)) == loaded


def test_points_that_become_fewer_are_drawn_at_each_moment_in_the_colours_of_their_vectors(folder):
    for k, count in enumerate((4, 2, 3)):
        flow = np.tile(np.float32([0, 0, 20]), (count, 1))
        write_vtp(folder / f"fewer_{k}.vtp", PLACES[:count], [[0, 1, 1]], flow=flow)
    assets, film = film_of(folder, points='{file: "fewer_*.vtp", clock: t}', top=CLOCK)
    with Renderer(assets.data, assets.fingerprints, threads=1) as renderer:
        pictures = [renderer.draw(film.frame_at(t_s)).astype(int) for t_s in (0.0, 1.0, 2.0)]
    lit = [[(picture[:, x - 10 : x + 10].max() > 20) for x in (48, 128, 208)] for picture in pictures]
    assert lit == [[True, True, True], [True, True, False], [True, True, True]]


REFUSED = [
    ({"arrows": "{vectors: {array: flo}}"}, r"has no array flo; did you mean flow\?"),
    (
        {"arrows": "{vectors: {array: height}}"},
        r"a\.scene\.yaml:5: layers\.a\.points.*holds 1 number a point, a vector has 3",
    ),
    ({"arrows": "{vectors: {array: pair}}"}, "holds 2 numbers a point"),
    ({"points": "points.csv", "arrows": "{vectors: {array: flow_x}}"}, "holds 1 number a point"),
    ({"arrows": "{vectors: {file: points.npy}}"}, "no such file"),
    ({"points": "gone.vtp"}, "no such file"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED)
def test_what_is_no_vector_is_refused_by_name(folder, changes, message):
    with pytest.raises(FormatError, match=message):
        film_of(folder, **changes)


@pytest.mark.parametrize("vector", [(0, 0, 5), (0, 0, 0)])
def test_points_in_one_place_say_no_length(folder, vector):
    write_vtp(folder / "one.vtp", PLACES[:1], [[0, 0, 0]], flow=np.float32([vector]))
    with pytest.raises(FormatError, match=r"one\.vtp: has its points in one place.*write length: 8mm"):
        film_of(folder, "{vectors: {array: flow}}", "one.vtp")
    assets, _ = film_of(folder, "{vectors: {array: flow}, length: 8mm}", "one.vtp")
    longest = np.ptp(assets.data["a.surface.whole"].mesh(0).points[:, 2])
    assert longest == pytest.approx(8 if any(vector) else 0, abs=1e-5)


MISSPOKEN = [
    ({"arrows": "{vectors: {array: flow}, length: 2mm, scale: 1mm}"}, "keep one"),
    ({"arrows": "{vectors: {array: flow}, every: 0}"}, "is a whole number, at least 1"),
    ({"arrows": "{vectors: {array: flow}, least: -1}"}, "0 or more"),
    ({"arrows": "{vectors: {array: flow}, lenght: 2mm}"}, "length"),
    ({"arrows": "{vectors: {array: flow, smooth: 3}}"}, "leave it out"),
    ({"arrows": "{vectors: {array: flow, clock: u}}"}, "there is no such clock"),
    ({"size": "4mm"}, "leave size: out"),
    ({"points": "{files: [flow.vtp, flow.vtp], morph: 0.5}"}, "arrows stand on one surface"),
    ({"points": "{file: flow.vtp, clock: t}", "arrows": "{vectors: {array: flow, clock: u}}", "top": CLOCK}, "clock"),
    ({"points": '"turning_*.vtp"'}, "has 3 moments and no clock says which to show"),
]


@pytest.mark.parametrize(("changes", "message"), MISSPOKEN)
def test_what_cannot_be_meant_is_an_error_with_its_remedy(folder, changes, message):
    with pytest.raises(SceneError, match=message):
        film_of(folder, **changes)


def test_words_of_surfaces_are_no_words_of_balls(folder):
    text = "brainreel: 1\nlayers: {a: {points: {file: points.csv, hemi: left}}}\n"
    with pytest.raises(SceneError, match="is for the vertices of a surface"):
        scene.loads(text)


def test_info_says_how_long_vectors_are(folder, estimate, capsys):
    assert run(["info", str(folder / "flow.vtp"), str(folder / "meg-stc.h5")]) == 0
    told = capsys.readouterr().out
    assert "flow    -5 to 20, 3 components, lengths 0 to 20, float32" in told
    longest = np.linalg.norm(estimate[:2], axis=1).max()
    assert f" to {longest:.6g}, median" in told.split("meg-stc.h5")[1].split("lengths")[1]
