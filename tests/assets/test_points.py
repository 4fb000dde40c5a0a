"""Electrodes and foci, from the scene to the picture."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets, open_parts, propose
from brainreel.errors import FormatError, SceneError
from brainreel.timeline import resolve
from brainreel.timeline.looks import DataReference
from contracts.points import drawn, film_of_points

PLACES = [(-40.0, 0.0, 30.0), (0.0, 0.0, 30.0), (40.0, 0.0, 30.0)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Three electrodes in a row from left to right, the fourth lost, and values over time."""
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))
    rows = [f"E{k}\t{x}\t{y}\t{z}\t{10 * k}" for k, (x, y, z) in enumerate(PLACES)]
    table = ["name\tx\ty\tz\timpedance", rows[0], "gone\tn/a\tn/a\tn/a\tn/a", *rows[1:]]
    (tmp_path / "electrodes.tsv").write_text("\n".join(table))
    (tmp_path / "ieeg.csv").write_text("time_ms,E0,gone,E1,E2\n0,1,9,0,0\n100,0,9,1,0\n200,0,9,0,1\n")
    return tmp_path


def film_of(folder, top="", points="electrodes.tsv", **more):
    return film_of_points(folder, "grid", {"points": points, **more}, top)


def columns(picture):
    """The first and the last column of each thing on the black picture."""
    lit = np.flatnonzero(np.diff((picture.max(-1) > 40).any(0).astype(int), prepend=0, append=0))
    return lit.reshape(-1, 2)


def test_balls_are_as_large_as_stated_and_where_the_file_says(folder):
    assets, film = film_of(folder, size="20mm")
    picture = drawn(assets, film.frame(0))
    found = columns(picture)
    np.testing.assert_allclose(found.mean(axis=1), [48, 128, 208], atol=1)
    np.testing.assert_allclose(found[:, 1] - found[:, 0], 40, atol=2)


def test_a_point_without_a_place_has_no_ball_and_its_values_are_left_out(folder):
    assets, film = film_of(
        folder,
        "clocks: {t: {0s: 0ms, 2s: 200ms}}\n",
        size="20mm",
        color="[0, 0, 0.5]",
        shading="none",
        paint="{scalars: {file: ieeg.csv, clock: t, interpolate: linear}, color: {map: gray, range: [0, 1]}}",
    )
    for time_s, lit in ((0, 48), (1, 128), (1.95, 208)):
        row = drawn(assets, film.frame_at(time_s))[64]
        assert [row[x].min() > 200 for x in (48, 128, 208)] == [x == lit for x in (48, 128, 208)]
    values = assets.data["grid.paint.0.whole"]
    assert set(values.row(0).tolist()) == {0, 1}
    assert assets.facts.assets["grid.surface.whole"].point_names == ("E0", "E1", "E2")


def test_a_column_of_the_table_is_painted_by_its_name(folder):
    paint = "{scalars: {array: impedance}, color: {map: gray, range: [0, 20]}}"
    assets, film = film_of(folder, size="20mm", shading="none", paint=paint)
    row = drawn(assets, film.frame(0))[64]
    np.testing.assert_allclose([row[x].mean() for x in (128, 208)], [128, 255], atol=3)


def test_a_size_over_time_grows_from_nothing(folder):
    assets, film = film_of(folder, size="{0s: 0mm, 1s: 20mm}")
    reference = film.frame_at(0.5).panels[0].layers[0].parts
    assert reference == (DataReference("grid.surface.whole", (0, 1), (0.5, 0.5)),)
    widths = [np.diff(columns(drawn(assets, film.frame_at(t)))).ravel() for t in (0, 0.5, 1.5)]
    assert len(widths[0]) == 0
    np.testing.assert_allclose(widths[1], 20, atol=2)
    np.testing.assert_allclose(widths[2], 40, atol=2)


def test_layers_of_one_file_have_sizes_of_their_own(folder):
    text = "layers: {a: {points: electrodes.tsv, size: 2mm}, b: {points: electrodes.tsv, size: 9mm}}"
    (folder / "b.scene.yaml").write_text(f"brainreel: 1\n{text}\n")
    data = open_assets(scene.load(folder / "b.scene.yaml")).data
    assert [data[f"{name}.surface.whole"].size_mm for name in "ab"] == [2, 9]


def test_a_transform_moves_points_as_it_moves_surfaces(folder):
    assets, film = film_of(folder, size="20mm", transform="{translate: {0s: [0, 0, 0], 1s: [10, 0, 0]}}")
    still, moved = (columns(drawn(assets, film.frame_at(t))).mean(axis=1) for t in (0, 1.5))
    assert len(still) == 3
    np.testing.assert_allclose(moved - still, 20, atol=2)


def test_the_unit_of_the_numbers_may_be_stated(folder):
    assets, _ = film_of(folder, points="{file: electrodes.tsv, unit: cm}")
    assert assets.facts.assets["grid.surface.whole"].bounds.extent[0] == pytest.approx(804, abs=0.1)


def test_values_of_another_count_are_refused_with_the_line(folder):
    (folder / "ieeg.csv").write_text("1,2,3\n")
    with pytest.raises(FormatError, match=r"has 3 values a moment, but electrodes\.tsv has 4 points"):
        film_of(folder, paint="{scalars: ieeg.csv}")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"size": "4"}, "layers.grid.size = 4"),
        ({"size": "-4mm"}, "layers.grid.size = -4mm: expects 0 or more"),
        ({"opacity": "0.5"}, "points have one opacity; write alpha:"),
        ({"points": "{file: electrodes.tsv, unit: inch}"}, "is no unit of points here"),
    ],
)
def test_what_points_do_not_have_is_refused(folder, more, message):
    with pytest.raises(SceneError, match=message):
        film_of(folder, **more)


def test_several_files_of_points_are_several_layers(folder):
    with pytest.raises(FormatError, match="points are in one file; write a layer for each of 2"):
        film_of(folder, points="{files: [electrodes.tsv, electrodes.tsv]}")


def test_a_bare_table_is_understood(folder):
    (balls,) = open_parts(str(folder / "electrodes.tsv"), {}).values()
    assert balls.names == ("E0", "E1", "E2")


SIZES = "{scalars: {file: ieeg.csv, clock: t, interpolate: linear}, range: [0, 1], sizes: [4mm, 20mm]}"


def test_values_over_time_drive_the_sizes(folder):
    assets, film = film_of(folder, "clocks: {t: {0s: 0ms, 2s: 200ms}}\n", size=SIZES)
    for time_s, wanted in ((0, [40, 8, 8]), (0.5, [24, 24, 8]), (1, [8, 40, 8])):
        widths = np.diff(columns(drawn(assets, film.frame_at(time_s)))).ravel()
        np.testing.assert_allclose(widths, wanted, atol=2)


def test_sizes_by_values_may_be_painted_too_and_count_absolute_values_from_zero_on(folder):
    (folder / "ieeg.csv").write_text("-1,0,0.5,nan\n")
    paint = "{scalars: ieeg.csv, color: {map: gray, range: [-2, 1]}}"
    size = SIZES.replace(", clock: t", "")
    assets, film = film_of(folder, size=size, paint=paint, shading="none")
    picture = drawn(assets, film.frame(0))
    found = columns(picture)
    np.testing.assert_allclose(np.diff(found).ravel(), [40, 24], atol=2)
    np.testing.assert_allclose([picture[64, 48].mean(), picture[64, 128].mean()], [85, 212], atol=3)


@pytest.mark.parametrize(
    ("size", "message"),
    [
        (SIZES.replace("[0, 1]", "[1, 1]"), "range = .*: the values of a range increase"),
        (SIZES.replace("[0, 1]", "[p5, p99]"), "layers.grid.size.range"),
        (SIZES.replace("[4mm, 20mm]", "[4mm]"), "expects two lengths, such as"),
        (SIZES.replace("clock: t", "clock: u"), "layers.grid.size.scalars.clock = u: there is no such clock"),
        (SIZES.replace("clock: t, ", ""), "layers.grid.size.scalars: has 3 moments and no clock says which to show"),
    ],
)
def test_sizes_by_values_that_mean_nothing_are_refused(folder, size, message):
    with pytest.raises(SceneError, match=message):
        film_of(folder, "clocks: {t: {0s: 0ms, 2s: 200ms}}\n", size=size)


def test_sizes_of_another_count_are_refused(folder):
    (folder / "ieeg.csv").write_text("1,2,3\n")
    with pytest.raises(FormatError, match=r"has 3 values a moment, but electrodes\.tsv has 4 points"):
        film_of(folder, size=SIZES.replace(", clock: t", ""))


def test_a_column_of_the_table_drives_the_sizes(folder):
    size = "{scalars: {array: impedance}, range: [0, 20], sizes: [4mm, 20mm]}"
    assets, film = film_of(folder, size=size)
    np.testing.assert_allclose(np.diff(columns(drawn(assets, film.frame(0)))).ravel(), [8, 24, 40], atol=2)
    with pytest.raises(FormatError, match=r"layers\.grid\.points: .*has no array volume; it has impedance"):
        film_of(folder, size=size.replace("impedance", "volume"))


def test_sizes_go_by_one_file(folder):
    for side in ("lh", "rh"):
        (folder / f"ieeg-{side}.csv").write_text("1,2,3,4\n")
    size = "{scalars: ieeg-lh.csv, range: [0, 4], sizes: [4mm, 20mm]}"
    with pytest.raises(FormatError, match=r"one file, not by ieeg-lh\.csv and ieeg-rh\.csv; write hemi: left"):
        film_of(folder, size=size)


def test_a_table_without_a_scene_is_points_in_a_surface_that_one_sees_through(folder):
    table, values = (str(folder / name) for name in ("electrodes.tsv", "ieeg.csv"))
    proposed = propose([table, "phantom:cortex?vertices=500", values], {})
    cortex, points = proposed.layers.values()
    assert cortex.surface.file == "phantom:cortex?vertices=500"
    assert cortex.alpha < 1
    assert not cortex.paint
    assert points.points.file == table
    assert points.paint[0].scalars.file == values
    assets = open_assets(proposed)
    assert len(resolve(proposed, assets.facts).frame(0).panels[0].layers) == 2
    assert list(propose([table], {}).layers) == ["electrodes"]
