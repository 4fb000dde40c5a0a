"""Values of one subject on the surface of another, carried over by registered spheres."""

import struct

import nibabel as nib
import numpy as np
import pytest

from brainreel.assets import Subject, propose
from brainreel.assets.opening import open_assets
from brainreel.errors import FormatError, InputError, SceneError, UsageError
from brainreel.render.courses import read_lines
from brainreel.scene import LabelSource, ScalarSource, Scene, dump, loads
from brainreel.space import rotation
from brainreel.space.geodesic import geodesic_sphere
from brainreel.timeline.frame import Course, Plot, PlotCurve
from brainreel.timeline.looks import DataReference

OWN, OTHER = 6, 9
"""Divisions of the spheres of sub-01 and of fsaverage: 362 and 812 vertices."""
VERTICES = np.arange(0, 362, 7)
VALUES = np.random.default_rng(4).normal(size=(3, len(VERTICES))).astype(np.float32)


def write_stc(path, vertices=VERTICES, values=VALUES):
    head = struct.pack(">ffI", 0, 10, len(vertices)) + vertices.astype(">u4").tobytes()
    path.write_bytes(head + struct.pack(">I", len(values)) + values.astype(">f4").tobytes())


@pytest.fixture
def subjects(tmp_path):
    """sub-01, whose spheres are turned, and fsaverage, with an inflated surface."""
    folder = tmp_path / "subjects"
    for name, divisions in (("sub-01", OWN), ("fsaverage", OTHER)):
        surf = folder / name / "surf"
        surf.mkdir(parents=True)
        points, faces = geodesic_sphere(divisions)
        for side, turn in (("lh", 0.3), ("rh", -0.5)):
            turned = points @ rotation(np.array([0.2, 1, 0.4]) * turn * (name == "sub-01")).T
            nib.freesurfer.write_geometry(str(surf / f"{side}.sphere.reg"), turned * 100, faces)
            nib.freesurfer.write_geometry(str(surf / f"{side}.inflated"), points * [30, 50, 40], faces)
    return folder


@pytest.fixture
def estimate(tmp_path):
    for side in ("lh", "rh"):
        write_stc(tmp_path / f"meg-{side}.stc")
    return tmp_path / "meg-lh.stc"


def painted(subjects, what, begin="sub-01", sphere="lh.sphere.reg", **more):
    """The scene of fsaverage's inflated surface with `what` on it."""
    spheres = [str(subjects / begin / "surf" / sphere), str(subjects / "fsaverage" / "surf" / "lh.sphere.reg")]
    surface = str(subjects / "fsaverage" / "surf" / "lh.inflated")
    kind = "scalars" if isinstance(what, dict) else "labels"
    source = what if isinstance(what, dict) else {"file": str(what)}
    paint = {kind: {**source, "registered": spheres, **more}}
    return Scene(
        brainreel=1,
        movie={"length": "1s"},
        clocks={"meg": {"0s": "0ms", "1s": "20ms"}},
        layers={"cortex": {"surface": surface, "paint": paint}},
        camera=[{"still": {"view": "left"}}],
    )


def of_meg(estimate):
    return {"file": str(estimate), "clock": "meg"}


@pytest.mark.parametrize("smooth", [None, 2, 5])
def test_an_estimate_is_morphed_as_mne_morphs_it(subjects, estimate, smooth):
    mne = pytest.importorskip("mne")
    stc = mne.read_source_estimate(str(estimate)[: -len("-lh.stc")], subject="sub-01")
    every = [np.arange(812)] * 2
    theirs = mne.compute_source_morph(
        stc, "sub-01", "fsaverage", subjects_dir=subjects, smooth=smooth, spacing=every, warn=False, verbose="error"
    ).apply(stc)
    data = open_assets(painted(subjects, of_meg(estimate), **({} if smooth is None else {"smooth": smooth}))).data
    for side, wanted in (("left", theirs.lh_data), ("right", theirs.rh_data)):
        ours = np.stack([data[f"cortex.paint.0.{side}"].row(k) for k in range(3)], axis=1)
        seen = np.isfinite(ours[:, 0])
        # the few vertices that lie over a side of a triangle and over none differ by their place on the side
        assert np.mean(np.abs(ours - wanted)[seen] < 1e-5) > 0.97
        assert np.abs(ours - wanted)[seen].max() < 0.02
        assert seen.mean() > (0.6 if smooth == 2 else 0.999)


def test_what_spreading_does_not_reach_has_no_value(subjects, tmp_path):
    write_stc(tmp_path / "one-lh.stc", np.array([5]), VALUES[:, :1])
    data = open_assets(painted(subjects, of_meg(tmp_path / "one-lh.stc"), smooth=1)).data
    row = data["cortex.paint.0.left"].row(0)
    assert 3 < np.isfinite(row).sum() < 40
    assert row[np.isfinite(row)] == pytest.approx(VALUES[0, 0], rel=1e-5)


def test_values_on_every_vertex_are_carried_without_being_spread(subjects, tmp_path):
    height = geodesic_sphere(OWN)[0] @ rotation(np.array([0.2, 1, 0.4]) * 0.3).T[:, 2]
    np.save(tmp_path / "height-lh.npy", height[None].astype(np.float32))
    data = open_assets(painted(subjects, {"file": str(tmp_path / "height-lh.npy")}, times="none")).data
    assert np.abs(data["cortex.paint.0.left"].row(0) - geodesic_sphere(OTHER)[0][:, 2]).max() < 0.03


def test_labels_are_those_of_the_nearest_vertex(subjects, tmp_path):
    names, colors = ["frontal", "temporal"], np.array([[200, 20, 30, 0, 0], [20, 30, 200, 0, 0]])
    points = geodesic_sphere(OWN)[0] @ rotation(np.array([0.2, 1, 0.4]) * 0.3).T
    labels = (points[:, 2] > 0).astype(int)
    nib.freesurfer.write_annot(str(tmp_path / "lh.two.annot"), labels, colors, names, fill_ctab=True)
    carried = open_assets(painted(subjects, tmp_path / "lh.two.annot")).data["cortex.paint.0.labels.left"]
    distances = np.linalg.norm(points[None] - geodesic_sphere(OTHER)[0][:, None], axis=2)
    places = np.asarray(carried.vertices)
    np.testing.assert_array_equal(places, np.arange(812))
    frontal, temporal = (entry.label for entry in carried.table.entries if entry.name in names)
    wanted = np.where(labels[distances.argmin(axis=1)] == 0, frontal, temporal)
    np.testing.assert_array_equal(carried.labels, wanted)


def test_the_same_values_by_other_spheres_have_another_fingerprint(subjects, estimate):
    def prints(**more):
        facts = open_assets(painted(subjects, of_meg(estimate), **more)).fingerprints
        return facts["cortex.paint.0.left"], facts["cortex.paint.0.right"]

    before = prints()
    assert prints() == before
    assert prints(smooth=3)[0] != before[0]
    path = subjects / "sub-01" / "surf" / "lh.sphere.reg"
    points, faces = nib.freesurfer.read_geometry(path)
    nib.freesurfer.write_geometry(str(path), points[:, [1, 0, 2]], faces[:, ::-1])
    after = prints()
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_subject_named_beside_another_writes_the_spheres(subjects, estimate):
    scene = propose([str(estimate)], {}, subject=Subject("fsaverage", subjects, from_subject="sub-01"))
    spheres = scene.layers["cortex"].paint[0].scalars.registered
    assert spheres == tuple(str(subjects / name / "surf" / "lh.sphere.reg") for name in ("sub-01", "fsaverage"))
    assert loads(dump(scene)) == scene
    assert {key for key in open_assets(scene).data if ".paint." in key} == {
        "cortex.paint.0.left",
        "cortex.paint.0.right",
    }


def test_parcels_named_beside_are_those_of_the_surface(subjects, estimate, tmp_path):
    colors = np.array([[200, 20, 30, 0, 0], [20, 30, 200, 0, 0]])
    nib.freesurfer.write_annot(str(tmp_path / "lh.two.annot"), np.arange(812) % 2, colors, ["a", "b"], fill_ctab=True)
    given = [str(estimate), str(tmp_path / "lh.two.annot")]
    scene = propose(given, {}, subject=Subject("fsaverage", subjects, from_subject="sub-01"))
    values, parcels = scene.layers["cortex"].paint
    assert values.scalars.registered is not None
    assert parcels.labels.registered is None
    assert len(open_assets(scene).data["cortex.paint.1.labels.left"].labels) == 812


def test_labels_of_another_surface_name_the_way_over(subjects, estimate, tmp_path):
    colors = np.array([[200, 20, 30, 0, 0], [20, 30, 200, 0, 0]])
    nib.freesurfer.write_annot(str(tmp_path / "lh.two.annot"), np.arange(362) % 2, colors, ["a", "b"], fill_ctab=True)
    given = [str(estimate), str(tmp_path / "lh.two.annot")]
    with pytest.raises(FormatError, match=r"362 labels, but .* 812 vertices; .* carry it over by registered:"):
        open_assets(propose(given, {}, subject=Subject("fsaverage", subjects, from_subject="sub-01")))


def test_spheres_lie_beside_the_scene(tmp_path):
    source = ScalarSource(file="a-lh.stc", registered=["s/lh.sphere.reg", "../f/lh.sphere.reg"])
    found = source.located(tmp_path / "x", "here").registered
    assert found == (str(tmp_path / "x" / "s" / "lh.sphere.reg"), str(tmp_path / "f" / "lh.sphere.reg"))


@pytest.mark.parametrize("stated", ["lh.sphere.reg", ["lh.sphere.reg"], ["a", "b", "c"]])
def test_there_are_two_spheres(stated):
    with pytest.raises(SceneError, match="two spheres"):
        ScalarSource(file="a-lh.stc", registered=stated)


def test_an_array_of_the_surface_is_not_carried():
    with pytest.raises(SceneError, match="needs no carrying"):
        ScalarSource(array="sulc", registered=["a", "b"])
    with pytest.raises(SceneError, match="file"):
        LabelSource(array="sulc", registered=["a", "b"])


def test_an_estimate_of_another_surface_names_the_way_over(subjects, tmp_path):
    write_stc(tmp_path / "far-lh.stc", VERTICES + 600)
    with pytest.raises(FormatError, match=r"vertex 957, but .*--from-subject .* registered:"):
        open_assets(propose([str(tmp_path / "far-lh.stc")], {}, subject=Subject("fsaverage", subjects)))


def test_an_estimate_of_more_vertices_than_its_sphere_is_refused(subjects, tmp_path):
    write_stc(tmp_path / "far-lh.stc", VERTICES + 600)
    with pytest.raises(FormatError, match=r"vertex 957, but .*lh\.sphere\.reg has 362 vertices; the first under"):
        open_assets(painted(subjects, of_meg(tmp_path / "far-lh.stc")))
    np.save(tmp_path / "dense-lh.npy", np.zeros((1, 700), np.float32))
    with pytest.raises(FormatError, match=r"700 values, but .*lh\.sphere\.reg has 362 vertices"):
        open_assets(painted(subjects, {"file": str(tmp_path / "dense-lh.npy")}, times="none"))


def test_a_sphere_of_another_surface_is_refused_by_its_name(subjects, estimate):
    points, faces = geodesic_sphere(4)
    nib.freesurfer.write_geometry(str(subjects / "fsaverage" / "surf" / "lh.sphere.reg"), points * 100, faces)
    with pytest.raises(
        FormatError,
        match=r"carried to .*lh\.sphere\.reg.* 162 values .*lh\.inflated has 812 vertices; the second sphere",
    ):
        open_assets(painted(subjects, of_meg(estimate)))


def test_a_surface_that_is_no_sphere_is_refused(subjects, estimate):
    with pytest.raises(FormatError, match=r"lh\.inflated: is no sphere, its vertices lie"):
        open_assets(painted(subjects, of_meg(estimate), sphere="lh.inflated"))


def test_a_curve_at_a_vertex_is_that_of_the_carried_values(subjects, estimate):
    scene = painted(subjects, of_meg(estimate))
    data = open_assets(scene).data
    course = Course(DataReference("cortex.paint.0.left"), DataReference("cortex.surface.left"), (17,))
    curves = (PlotCurve("17", (1, 1, 1), (course,)),)
    lines = read_lines(Plot(curves, (0, 20), "ms", None, (), "", 0.02, (1, 1, 1)), data)
    series = data["cortex.paint.0.left"]
    np.testing.assert_allclose(lines.values[0], [series.row(k)[17] for k in range(3)], rtol=1e-6)


def test_a_sphere_of_the_other_hemisphere_alone_is_refused(subjects, estimate):
    (subjects / "sub-01" / "surf" / "lh.sphere.reg").unlink()
    with pytest.raises(FormatError, match=r"is left, the registered sphere is right"):
        open_assets(painted(subjects, of_meg(estimate), sphere="rh.sphere.reg"))


def test_spheres_that_are_not_there_are_told_by_their_names(subjects, estimate):
    with pytest.raises(InputError, match=r"lh\.sphere\.reg: there is no such sphere; .* has the subjects fsaverage"):
        propose([str(estimate)], {}, subject=Subject("fsaverage", subjects, from_subject="sub-02"))
    (subjects / "sub-01" / "surf" / "rh.sphere.reg").unlink()
    with pytest.raises(InputError, match=r"rh\.sphere\.reg: there is no such sphere; FreeSurfer's recon-all makes it"):
        propose([str(estimate)], {}, subject=Subject("fsaverage", subjects, from_subject="sub-01"))


def test_whose_values_they_are_needs_onto_whom():
    from brainreel.cli.options import parse_subject

    with pytest.raises(UsageError, match="--from-subject sub-01: onto whose surfaces"):
        parse_subject(None, None, None, "sub-01")
