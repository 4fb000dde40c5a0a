"""Values and labels carried to another subject by MNE's morph maps and source morphs."""

import struct
from pathlib import Path

import h5py
import nibabel as nib
import numpy as np
import pytest
from scipy import sparse

from brainreel.assets import Subject, propose
from brainreel.assets.opening import open_assets
from brainreel.errors import FormatError, InputError, SceneError
from brainreel.scene import ScalarSource, Scene, dump, loads
from brainreel.space import rotation
from brainreel.space.geodesic import geodesic_sphere
from contracts.fif import block, fif, morph_map

OWN, OTHER = 362, 812
"""Vertices of sub-01 and of fsaverage."""
VERTICES = np.arange(0, OWN, 7)
VALUES = np.random.default_rng(4).normal(size=(3, 2 * len(VERTICES))).astype(np.float32)
HALVES = {"left": slice(0, len(VERTICES)), "right": slice(len(VERTICES), None)}


def weights(to, begin, seed):
    """Three weights a row that sum to 1, as in a triangle."""
    random = np.random.default_rng(seed)
    places = np.array([random.choice(begin, 3, replace=False) for _ in range(to)])
    rows = np.repeat(np.arange(to), 3)
    return sparse.csr_array((random.dirichlet([1, 1, 1], to).ravel(), (rows, places.ravel())), shape=(to, begin))


THERE = {"left": weights(OTHER, OWN, 0), "right": weights(OTHER, OWN, 1)}


def write_map(path, begin="sub-01", end="fsaverage", back=True):
    path.parent.mkdir(exist_ok=True)
    maps = [morph_map(begin, end, number, THERE[side]) for side, number in (("left", 101), ("right", 102))]
    maps += [morph_map(end, begin, number, weights(OWN, OTHER, number)) for number in (101, 102) if back]
    path.write_bytes(fif(*maps))
    return path


def write_source_morph(path, matrix, sources, targets):
    """As h5io writes a SourceMorph."""
    with h5py.File(path, "w") as file:
        group = file.create_group("h5io")
        for key, part in (("data", matrix.data), ("indices", matrix.indices), ("indptr", matrix.indptr)):
            group[f"key_morph_mat/{key}"] = part
        for k in (0, 1):
            group[f"key_src_data/key_vertices_from/idx_{k}"] = np.asarray(sources[k], np.int64)
            group[f"key_vertices_to/idx_{k}"] = np.asarray(targets[k], np.int64)
        group["key_subject_from"] = np.frombuffer(b"sub-01", np.uint8)
        group["key_subject_to"] = np.frombuffer(b"fsaverage", np.uint8)
    return path


@pytest.fixture
def subjects(tmp_path):
    """sub-01, whose spheres are turned, and fsaverage, with an inflated surface."""
    folder = tmp_path / "subjects"
    for name, divisions in (("sub-01", 6), ("fsaverage", 9)):
        surf = folder / name / "surf"
        surf.mkdir(parents=True)
        points, faces = geodesic_sphere(divisions)
        for side, turn in (("lh", 0.3), ("rh", -0.5)):
            turned = points @ rotation(np.array([0.2, 1, 0.4]) * turn * (name == "sub-01")).T
            for shape in ("sphere", "sphere.reg"):
                nib.freesurfer.write_geometry(str(surf / f"{side}.{shape}"), turned * 100, faces)
            nib.freesurfer.write_geometry(str(surf / f"{side}.inflated"), points * [30, 50, 40], faces)
    return folder


@pytest.fixture
def estimate(tmp_path):
    for side, half in (("lh", HALVES["left"]), ("rh", HALVES["right"])):
        head = struct.pack(">ffI", 0, 10, len(VERTICES)) + VERTICES.astype(">u4").tobytes()
        body = struct.pack(">I", 3) + VALUES[:, half].astype(">f4").tobytes()
        (tmp_path / f"meg-{side}.stc").write_bytes(head + body)
    return tmp_path / "meg-lh.stc"


@pytest.fixture
def dense(tmp_path):
    """A value on every vertex of sub-01, of both hemispheres."""
    for side in ("lh", "rh"):
        np.save(tmp_path / f"all-{side}.npy", np.random.default_rng(len(side)).normal(size=(1, OWN)).astype(np.float32))
    return tmp_path / "all-lh.npy"


def painted(subjects, source, kind="scalars"):
    """The scene of fsaverage's inflated surface with `source` on it."""
    return Scene(
        brainreel=1,
        movie={"length": "1s"},
        clocks={"meg": {"0s": "0ms", "1s": "20ms"}},
        layers={"cortex": {"surface": str(subjects / "fsaverage/surf/lh.inflated"), "paint": {kind: source}}},
        camera=[{"still": {"view": "left"}}],
    )


def rows(scene, side, count=3):
    series = open_assets(scene).data[f"cortex.paint.0.{side}"]
    return np.stack([series.row(k) for k in range(count)])


def of_meg(estimate, *registered, **more):
    return {"file": str(estimate), "clock": "meg", "registered": [str(one) for one in registered], **more}


@pytest.mark.parametrize("smooth", [None, 2, 5])
def test_an_estimate_is_morphed_by_a_map_as_mne_morphs_it(subjects, estimate, smooth):
    mne = pytest.importorskip("mne")
    stc = mne.read_source_estimate(str(estimate)[: -len("-lh.stc")], subject="sub-01")
    theirs = mne.compute_source_morph(
        stc,
        "sub-01",
        "fsaverage",
        subjects_dir=subjects,
        smooth=smooth,
        spacing=[np.arange(OTHER)] * 2,
        warn=False,
        verbose="error",
    ).apply(stc)
    (path,) = (subjects / "morph-maps").iterdir()  # which MNE has made
    source = of_meg(estimate, subjects / "sub-01/surf/lh.sphere.reg", path)
    scene = painted(subjects, source if smooth is None else {**source, "smooth": smooth})
    for side, wanted in (("left", theirs.lh_data), ("right", theirs.rh_data)):
        ours = rows(scene, side)
        seen = np.isfinite(ours)
        np.testing.assert_allclose(ours[seen], wanted.T[seen], rtol=2e-6, atol=1e-6)
        assert seen.all() or (smooth == 2 and seen.mean() > 0.6)


def test_values_on_every_vertex_are_the_product_with_the_map(subjects, dense):
    path = write_map(subjects / "morph-maps" / "fsaverage-sub-01-morph.fif")
    scene = painted(subjects, {"file": str(dense), "registered": str(path), "times": "none"})
    for side, name in (("left", "all-lh.npy"), ("right", "all-rh.npy")):
        wanted = THERE[side] @ np.load(dense.with_name(name))[0].astype(float)
        np.testing.assert_allclose(rows(scene, side, 1)[0], wanted, rtol=1e-5, atol=1e-6)
    assert loads(dump(scene)) == scene


def test_maps_are_those_that_mne_reads(tmp_path):
    mne = pytest.importorskip("mne")
    from brainreel.formats.morph_maps import read_morph_maps

    write_map(tmp_path / "morph-maps" / "fsaverage-sub-01-morph.fif")
    theirs = mne.read_morph_map("sub-01", "fsaverage", subjects_dir=tmp_path)
    maps = [one for one in read_morph_maps(next((tmp_path / "morph-maps").iterdir())) if one.begin == "sub-01"]
    assert [one.hemi for one in maps] == ["left", "right"]
    for own, wanted in zip(maps, theirs, strict=True):
        assert own.weights.dtype == np.float32
        assert own.sizes == wanted.shape
        assert (own.weights != wanted).nnz == 0


def test_labels_are_those_of_the_heaviest_vertex(subjects, tmp_path):
    path = write_map(subjects / "a-morph.fif")
    colors = np.array([[200, 20, 30, 0, 0], [20, 30, 200, 0, 0]])
    labels = np.arange(OWN) % 2
    nib.freesurfer.write_annot(str(tmp_path / "lh.two.annot"), labels, colors, ["a", "b"], fill_ctab=True)
    source = {"file": str(tmp_path / "lh.two.annot"), "registered": str(path)}
    found = open_assets(painted(subjects, source, "labels")).data["cortex.paint.0.labels.left"]
    heaviest = np.asarray(THERE["left"].astype(np.float32).todense()).argmax(axis=1)
    first, second = (entry.label for entry in found.table.entries if entry.name in "ab")
    np.testing.assert_array_equal(found.labels, np.where(labels[heaviest], second, first))


@pytest.mark.parametrize("name", ["sub-01-fsaverage-morph.fif", "fsaverage-sub-01-morph.fif"])
def test_a_map_of_both_subjects_is_found_whatever_its_order_and_the_log_says_so(subjects, estimate, name, caplog):
    path = write_map(subjects / "morph-maps" / name)
    with caplog.at_level("INFO", "brainreel"):
        scene = propose([str(estimate)], {}, subject=Subject("fsaverage", subjects, from_subject="sub-01"))
    assert f"{path}: carries values of sub-01 over to fsaverage" in caplog.text
    sphere = str(subjects / "sub-01/surf/lh.sphere.reg")
    assert scene.layers["cortex"].paint[0].scalars.registered == (sphere, str(path))
    assert np.isfinite(rows(scene, "right")).all()
    with caplog.at_level("INFO", "brainreel"):
        path.unlink()
        scene = propose([str(estimate)], {}, subject=Subject("fsaverage", subjects, from_subject="sub-01"))
    assert "registered spheres carry values of sub-01" in caplog.text
    assert scene.layers["cortex"].paint[0].scalars.morph_map is None


def test_a_subject_without_registered_spheres_needs_them_only_without_a_map(subjects, estimate):
    for file in (subjects / "sub-01/surf").glob("*.sphere.reg"):
        file.unlink()
    subject = Subject("fsaverage", subjects, from_subject="sub-01")
    with pytest.raises(InputError, match=r"lh\.sphere\.reg: there is no such sphere"):
        propose([str(estimate)], {}, subject=subject)
    write_map(subjects / "morph-maps" / "sub-01-fsaverage-morph.fif")
    registered = propose([str(estimate)], {}, subject=subject).layers["cortex"].paint[0].scalars.registered
    assert registered[0] == str(subjects / "sub-01/surf/lh.inflated")


def source_morph(path):
    """To every third vertex; what it makes of the estimate, (moment, vertex) of both hemispheres."""
    targets = [np.arange(0, OTHER, 3), np.arange(1, OTHER, 3)]
    halves = [weights(len(targets[k]), len(VERTICES), 7 + k) for k in (0, 1)]
    matrix = sparse.csr_array(sparse.block_diag(halves, format="csr"))
    write_source_morph(path, matrix, [VERTICES, VERTICES], targets)
    return targets, (matrix @ VALUES.T.astype(float)).T


def test_a_source_morph_is_the_matrix_in_its_file(subjects, estimate, tmp_path):
    targets, wanted = source_morph(tmp_path / "m-morph.h5")
    data = open_assets(painted(subjects, of_meg(estimate, tmp_path / "m-morph.h5"))).data
    first = len(targets[0])
    for side, own, part in (("left", targets[0], wanted[:, :first]), ("right", targets[1], wanted[:, first:])):
        series = data[f"cortex.paint.0.{side}"]
        np.testing.assert_array_equal(series.vertices, own)
        assert series.width == len(own)
        ours = np.stack([series.row(k) for k in range(3)])
        np.testing.assert_allclose(ours, part, rtol=1e-6, atol=1e-6)


def test_a_source_morph_that_mne_saved_gives_what_mne_makes_of_it(subjects, estimate, tmp_path):
    mne = pytest.importorskip("mne")
    pytest.importorskip("h5io")
    stc = mne.read_source_estimate(str(estimate)[: -len("-lh.stc")], subject="sub-01")
    about = {"subjects_dir": subjects, "smooth": 5, "warn": False, "verbose": "error"}
    morph = mne.compute_source_morph(stc, "sub-01", "fsaverage", spacing=[np.arange(0, OTHER, 3)] * 2, **about)
    morph.save(tmp_path / "m-morph.h5", verbose="error")
    theirs = morph.apply(stc)
    data = open_assets(painted(subjects, of_meg(estimate, tmp_path / "m-morph.h5"))).data
    for side, wanted in (("left", theirs.lh_data), ("right", theirs.rh_data)):
        series = data[f"cortex.paint.0.{side}"]
        ours = np.stack([series.row(k) for k in range(3)], axis=1)
        np.testing.assert_allclose(ours, wanted, rtol=1e-6, atol=1e-6)


def test_source_morphs_of_other_estimates_and_other_files_are_refused(subjects, estimate, tmp_path):
    matrix = sparse.csr_array(np.eye(4))
    path = write_source_morph(tmp_path / "o-morph.h5", matrix, [[1, 2], [3, 4]], [[1, 2], [3, 4]])
    with pytest.raises(FormatError, match=r"has maps from sub-01 \(2 vertices\) to fsaverage \(2\); none begins at"):
        open_assets(painted(subjects, of_meg(estimate, path)))
    across = sparse.csr_array(np.eye(4)[::-1])
    path = write_source_morph(tmp_path / "x-morph.h5", across, [[1, 2], [3, 4]], [[1, 2], [3, 4]])
    with pytest.raises(FormatError, match="from one hemisphere to the other"):
        open_assets(painted(subjects, of_meg(estimate, path)))
    matrix.indices[1] = 9
    path = write_source_morph(tmp_path / "d-morph.h5", matrix, [[1, 2], [3, 4]], [[1, 2], [3, 4]])
    with pytest.raises(FormatError, match="has weights outside"):
        open_assets(painted(subjects, of_meg(estimate, path)))
    with h5py.File(tmp_path / "n-morph.h5", "w") as file:
        file["h5io/key_kind"] = np.frombuffer(b"volume", np.uint8)
    with pytest.raises(FormatError, match="is no source morph between surfaces"):
        open_assets(painted(subjects, of_meg(estimate, tmp_path / "n-morph.h5")))


def test_values_on_some_vertices_need_the_surface_that_they_spread_over(subjects, estimate):
    path = write_map(subjects / "a-morph.fif", back=False)
    with pytest.raises(FormatError, match=r"values on some vertices, .* registered: \[sub-01/surf/lh\.sphere\.reg, a-"):
        open_assets(painted(subjects, of_meg(estimate, path)))


def test_a_map_that_does_not_begin_at_the_values_says_which_there_are(subjects, estimate, dense):
    path = write_map(subjects / "a-morph.fif")
    sphere = subjects / "fsaverage/surf/lh.sphere.reg"
    message = r"has maps from sub-01 \(362 vertices\) to fsaverage \(812\) and from fsaverage \(812 vertices\)"
    np.save(dense.with_name("few-lh.npy"), np.zeros((1, 100), np.float32))
    source = {"file": str(dense.with_name("few-lh.npy")), "registered": str(path), "times": "none"}
    with pytest.raises(FormatError, match=message + r" to sub-01 \(362\); none begins at these values"):
        open_assets(painted(subjects, source))
    with pytest.raises(FormatError, match=r"carried to sub-01: has 362 values a moment, but .* leads to sub-01, which"):
        open_assets(painted(subjects, of_meg(estimate, sphere, path)))


def test_subjects_of_as_many_vertices_are_told_apart_by_their_folders(subjects, dense):
    there, back = weights(OWN, OWN, 5), weights(OWN, OWN, 6)
    maps = [morph_map(*names, 101, one) for names, one in ((("a", "sub-01"), back), (("sub-01", "a"), there))]
    (subjects / "a-morph.fif").write_bytes(fif(*maps))
    source = {"file": str(dense), "hemi": "left", "times": "none"}
    scene = painted(subjects, {**source, "registered": str(subjects / "a-morph.fif")})
    with pytest.raises(FormatError, match="more than one could begin at these values, so name a surface"):
        open_assets(scene)
    named = [str(subjects / "sub-01/surf/lh.sphere.reg"), str(subjects / "a-morph.fif")]
    text = dump(painted(subjects, {**source, "registered": named})).replace("fsaverage", "sub-01")
    wanted = there @ np.load(dense)[0].astype(float)
    np.testing.assert_allclose(rows(loads(text), "left", 1)[0], wanted, rtol=1e-5, atol=1e-6)


def test_files_without_a_map_are_refused(subjects, dense):
    (subjects / "a-morph.fif").write_bytes(fif(block(350)))
    source = {"file": str(dense), "registered": str(subjects / "a-morph.fif"), "times": "none"}
    with pytest.raises(FormatError, match="holds no morph map"):
        open_assets(painted(subjects, source))
    (subjects / "a-morph.fif").write_bytes(fif(morph_map("sub-01", "fsaverage", 102, THERE["right"])))
    with pytest.raises(FormatError, match=r"is of the left hemisphere, .* has maps of the right one"):
        open_assets(painted(subjects, source))


@pytest.mark.parametrize("stated", ["a-morph.fif", ["a-morph.fif"], ["lh.sphere.reg", "a-morph.fif"], "m.h5"])
def test_a_map_is_named_in_place_of_a_sphere(tmp_path, stated):
    source = ScalarSource(file="a-lh.stc", registered=stated).located(Path(tmp_path), "here")
    assert Path(source.morph_map).parent == tmp_path
    assert len(source.spheres) == len(source.registered) - 1


@pytest.mark.parametrize("stated", [["a-morph.fif", "lh.sphere.reg", "b.fif"], [], 3, ["lh.sphere.reg"]])
def test_what_is_neither_spheres_nor_a_map_is_refused(stated):
    with pytest.raises(SceneError, match=r"two spheres: .* or in place of the second a morph map"):
        ScalarSource(file="a-lh.stc", registered=stated)
