"""Labels and maps of files on a surface, from the scene to the looks of a frame."""

import nibabel
import numpy as np
import pytest
from nibabel import cifti2
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiMetaData

from brainreel import scene
from brainreel.assets import open_assets, propose
from brainreel.data import Facts, ParcellationFacts
from brainreel.errors import FormatError, SceneError
from brainreel.space.geodesic import geodesic_sphere
from brainreel.timeline import frames_json, resolve
from brainreel.timeline.looks import ParcelPaint

POINTS, FACES = geodesic_sphere(2)
COUNT = len(POINTS)
COLORS = np.array([[25, 5, 25, 0, 0], [255, 0, 0, 0, 0], [0, 255, 0, 0, 0], [0, 0, 255, 0, 0]])
NAMES = ["unknown", "V1", "V2", "MT"]


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))


def write_annotation(path, colors=COLORS, names=NAMES):
    labels = np.arange(COUNT) % 3
    nibabel.freesurfer.write_annot(str(path), labels, np.array(colors), names, fill_ctab=True)


@pytest.fixture
def folder(tmp_path):
    for side, x in (("lh", -40), ("rh", 40)):
        nibabel.freesurfer.write_geometry(str(tmp_path / f"{side}.pial"), POINTS * 30 + (x, 0, 0), FACES)
        write_annotation(tmp_path / f"{side}.aparc.annot")
    return tmp_path


def film_of(folder, paint):
    text = f"brainreel: 1\nlayers:\n  a:\n    surface: lh.pial\n    paint: {paint}\n"
    (folder / "a.scene.yaml").write_text(text)
    loaded = scene.load(folder / "a.scene.yaml")
    assets = open_assets(loaded)
    return resolve(loaded, assets.facts), assets


def paints_of(folder, paint):
    film, _ = film_of(folder, paint)
    return film.frame(0).panels[0].layers[0].paints


def numbers(paint):
    return {one.label: one.color for one in paint.colors}


def test_one_hemispheres_annotation_paints_the_pair_in_its_own_colours(folder):
    (paint,) = paints_of(folder, "{labels: lh.aparc.annot}")
    assert isinstance(paint, ParcelPaint)
    assert [one.asset for one in paint.data] == ["a.paint.0.labels.left", "a.paint.0.labels.right"]
    assert numbers(paint) == {1: (1, 0, 0), 2: (0, 1, 0)}, "unknown is hidden, MT is on no vertex"
    assert not paint.boundaries


def test_tables_that_differ_give_each_hemisphere_its_own_colours(folder):
    write_annotation(folder / "rh.aparc.annot", COLORS[::-1], NAMES[::-1])
    left, right = paints_of(folder, "{labels: lh.aparc.annot, boundaries: true}")
    assert [one and one.asset for one in left.data] == ["a.paint.0.labels.left", None]
    assert [one and one.asset for one in right.data] == [None, "a.paint.0.labels.right"]
    assert numbers(right) == {0: (0, 0, 1), 1: (0, 1, 0), 2: (1, 0, 0)}
    assert left.boundaries
    assert right.boundaries


def test_stated_colours_go_before_those_of_the_table_and_the_rest_may_be_hidden(folder):
    (paint,) = paints_of(folder, "{labels: lh.aparc.annot, color: {labels: {2: white, 0: black}, other: hide}}")
    assert numbers(paint) == {0: (0, 0, 0), 2: (1, 1, 1)}
    (paint,) = paints_of(folder, "{labels: lh.aparc.annot, color: {other: white}, hide: [2], alpha: 0.5}")
    assert numbers(paint) == {1: (1, 1, 1)}
    assert paint.alpha == 0.5


def test_a_label_that_is_nowhere_is_an_error_that_names_those_that_are(folder):
    with pytest.raises(SceneError, match=r"lh\.aparc\.annot has no label 9; it has 0, 1, 2"):
        paints_of(folder, "{labels: lh.aparc.annot, color: {labels: {9: red}}}")


def test_facts_of_labels_survive_json(folder):
    _, assets = film_of(folder, "{labels: lh.aparc.annot}")
    facts = assets.facts.assets["a.paint.0.labels.left"]
    assert isinstance(facts, ParcellationFacts)
    assert (facts.labels, facts.vertex_count, facts.unlabelled) == ((0, 1, 2), COUNT, 0)
    assert Facts.from_json(assets.facts.to_json()) == assets.facts


def test_frames_are_listed_with_their_labels(folder):
    film, _ = film_of(folder, "{labels: lh.aparc.annot}")
    (paint,) = next(iter(frames_json(film)))["layers"]["a"]["paint"]
    assert (paint["labels"], paint["boundaries"]) == ([1, 2], False)


def test_what_has_another_size_names_the_surfaces_that_would_fit(folder):
    points, faces = geodesic_sphere(3)
    nibabel.freesurfer.write_geometry(str(folder / "lh.inflated"), points * 30, faces)
    values = np.ones(len(points), np.float32)
    nibabel.freesurfer.write_morph_data(str(folder / "lh.thick"), values)
    with pytest.raises(FormatError, match=rf"has {len(points)} values .* has {COUNT} vertices; it fits lh\.inflated$"):
        paints_of(folder, "{scalars: {file: lh.thick, hemi: left}}")
    nibabel.freesurfer.write_annot(str(folder / "lh.big.annot"), np.zeros(len(points), int), COLORS, NAMES, True)
    with pytest.raises(FormatError, match=rf"has {len(points)} labels, .*it fits lh\.inflated$"):
        paints_of(folder, "{labels: lh.big.annot}")


def test_values_are_no_labels_and_labels_no_values(folder):
    nibabel.freesurfer.write_morph_data(str(folder / "lh.thick"), np.ones(COUNT, np.float32))
    with pytest.raises(FormatError, match=r"lh\.thick holds values of vertices, where labels of vertices belong"):
        paints_of(folder, "{labels: {file: lh.thick, hemi: left}}")
    with pytest.raises(FormatError, match=r"lh\.aparc\.annot holds labels of vertices, where values of vertices"):
        paints_of(folder, "{scalars: lh.aparc.annot}")


def named(folder, *names):
    for side in ("lh", "rh"):
        arrays = [
            GiftiDataArray(np.full(COUNT, k + 1, np.float32), "NIFTI_INTENT_SHAPE", meta=GiftiMetaData(Name=name))
            for k, name in enumerate(names)
        ]
        GiftiImage(darrays=arrays).to_filename(folder / f"{side}.maps.shape.gii")


def test_one_map_of_a_file_is_chosen_by_name_and_needs_no_clock(folder):
    named(folder, "thickness", "curv")
    film, assets = film_of(
        folder, "{scalars: {file: lh.maps.shape.gii, array: curv}, color: {map: hot, range: [0, 3]}}"
    )
    (paint,) = film.frame(0).panels[0].layers[0].paints
    assert paint.data[1].asset == "a.paint.0.right"
    np.testing.assert_array_equal(assets.data["a.paint.0.right"].row(0), np.full(COUNT, 2, np.float32))


def test_several_maps_without_a_choice_or_a_clock_name_what_there_is(folder):
    named(folder, "thickness", "curv")
    with pytest.raises(SceneError, match=r"has 2 moments .* or array: with one of thickness, curv"):
        paints_of(folder, "{scalars: lh.maps.shape.gii}")


def test_an_array_of_another_surfaces_file_is_painted(folder):
    points = GiftiDataArray(POINTS.astype(np.float32), "NIFTI_INTENT_POINTSET")
    faces = GiftiDataArray(FACES.astype(np.int32), "NIFTI_INTENT_TRIANGLE")
    values = GiftiDataArray(np.arange(COUNT, dtype=np.float32), "NIFTI_INTENT_SHAPE", meta=GiftiMetaData(Name="age"))
    GiftiImage(darrays=[points, faces, values]).to_filename(folder / "lh.other.surf.gii")
    _, assets = film_of(folder, "{scalars: {file: lh.other.surf.gii, array: age}}")
    np.testing.assert_array_equal(assets.data["a.paint.0.left"].row(0), np.arange(COUNT, dtype=np.float32))
    with pytest.raises(FormatError, match="is a surface; choose what to paint with array: age"):
        paints_of(folder, "{scalars: lh.other.surf.gii}")


@pytest.fixture
def cifti(folder):
    models = cifti2.BrainModelAxis.from_mask(np.arange(COUNT) > 4, "CORTEX_LEFT")
    models += cifti2.BrainModelAxis.from_mask(np.arange(COUNT) > 9, "CORTEX_RIGHT")
    tables = [{0: ("???", (1, 1, 1, 0)), 7: ("V1", (1, 0.5, 0, 1))}, {3: ("A", (0, 0, 1, 1))}]
    rows = np.array([np.full(len(models), 7), np.full(len(models), 3)], np.float32)
    image = cifti2.Cifti2Image(rows, header=(cifti2.LabelAxis(["areas", "networks"], tables), models))
    image.to_filename(folder / "a.dlabel.nii")
    image = cifti2.Cifti2Image(rows, header=(cifti2.ScalarAxis(["one", "two"]), models))
    image.to_filename(folder / "a.dscalar.nii")
    return folder


def test_both_hemispheres_of_a_cifti_file_paint_the_pair(cifti):
    film, assets = film_of(cifti, "{scalars: {file: a.dscalar.nii, array: two}}")
    assert [one.asset for one in film.frame(0).panels[0].layers[0].paints[0].data] == [
        "a.paint.0.left",
        "a.paint.0.right",
    ]
    row = assets.data["a.paint.0.right"].row(0)
    np.testing.assert_array_equal(np.isnan(row), np.arange(COUNT) <= 9)
    assert assets.facts.assets["a.paint.0.right"].missing == 10


def test_of_several_parcellations_one_is_chosen(cifti):
    (paint,) = paints_of(cifti, "{labels: {file: a.dlabel.nii, array: networks}}")
    assert numbers(paint) == {3: (0, 0, 1)}
    with pytest.raises(FormatError, match="has 2 parcellations; choose one with array: areas, networks"):
        paints_of(cifti, "{labels: a.dlabel.nii}")


def test_files_alone_are_painted_with_parcels_filled_or_as_borders_over_values(folder):
    proposed = propose([str(folder / "lh.pial"), str(folder / "lh.aparc.annot")], {})
    (paint,) = proposed.layers["cortex"].paint
    assert not paint.boundaries
    nibabel.freesurfer.write_morph_data(str(folder / "lh.thick"), np.ones(COUNT, np.float32))
    names = ("lh.pial", "lh.thick", "lh.aparc.annot")
    values, parcels = propose([str(folder / name) for name in names], {}).layers["cortex"].paint
    assert values.scalars.paths == (str(folder / "lh.thick"),)
    assert parcels.boundaries
