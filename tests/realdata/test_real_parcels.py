"""Annotations, labels, overlays and CIFTI that others wrote, bit for bit what nibabel reads."""

import gzip

import nibabel
import numpy as np
import pytest

from brainreel.cli.app import run
from brainreel.data import TimeAxis
from brainreel.formats import ReadOptions, open_data, sniff


@pytest.fixture
def surfaces(shared_data):
    return shared_data / "surfaces"


def test_the_annotations_are_what_nibabel_reads(surfaces, tmp_path):
    unpacked = tmp_path / "lh.aparc.annot"
    unpacked.write_bytes(gzip.decompress((surfaces / "freesurfer" / "lh.aparc.annot.gz").read_bytes()))
    for path in (unpacked, surfaces / "fsaverage5" / "test.annot"):
        labels, colors, names = nibabel.freesurfer.read_annot(str(path))
        parcels = open_data(path)
        np.testing.assert_array_equal(parcels.labels, labels)
        assert [entry.name for entry in parcels.table.entries] == [name.decode() for name in names]
        assert [entry.color for entry in parcels.table.entries] == [tuple(color) for color in colors[:, :3] / 255]
    packed = open_data(surfaces / "freesurfer" / "lh.aparc.annot.gz")
    np.testing.assert_array_equal(packed.labels, open_data(unpacked).labels)


def test_the_label_is_what_nibabel_reads(surfaces):
    path = surfaces / "freesurfer" / "lh.entorhinal_exvivo.label"
    vertices, values = nibabel.freesurfer.read_label(str(path), read_scalars=True)
    order = np.argsort(vertices)
    np.testing.assert_array_equal(open_data(path).vertices, vertices[order])
    series = open_data(path, ReadOptions(per_vertex=True))
    np.testing.assert_array_equal(series.row(0), values[order].astype(np.float32))


@pytest.mark.parametrize("name", ["cifti/lh.Yeo2011.gii", "freesurfer/tiny_label.gii"])
def test_label_tables_of_gifti_are_what_nibabel_reads(surfaces, name):
    image = nibabel.load(surfaces / name)
    parcels = open_data(surfaces / name)
    assert sniff(surfaces / name) == "labels"
    np.testing.assert_array_equal(parcels.labels, image.darrays[0].data)
    entries = {entry.label: entry for entry in parcels.table.entries}
    assert {key: entry.name for key, entry in entries.items()} == image.labeltable.get_labels_as_dict()
    for label in image.labeltable.labels:
        if label.red is not None:
            assert (*entries[label.key].color, entries[label.key].opacity) == label.rgba


OVERLAYS = ["lh.curv.fsaverage.mgz", "rh.curv.fsaverage.mgz", "lh.curv.fwhm10.fsaverage.mgz", "lh.sig.nii.gz"]


@pytest.mark.parametrize("name", OVERLAYS)
def test_overlays_are_what_nibabel_reads(surfaces, name):
    path = surfaces / "freesurfer" / name
    series = open_data(path)
    assert series.width == 163_842
    assert series.times == TimeAxis(0.0, 1.0, 1, "items")
    expected = np.asanyarray(nibabel.load(path).dataobj).reshape(-1, order="F")
    np.testing.assert_array_equal(series.row(0), expected)


def test_the_cifti_curvature_is_what_nibabel_reads(surfaces):
    path = surfaces / "cifti" / "fs_LR.32k.LR.curvature.dscalar.nii"
    image = nibabel.load(path)
    values = np.asarray(image.dataobj)
    models = image.header.get_axis(1)
    parts = open_data(path).parts
    assert list(parts) == ["left", "right"]
    for name, where, model in models.iter_structures():
        side = {"CIFTI_STRUCTURE_CORTEX_LEFT": "left", "CIFTI_STRUCTURE_CORTEX_RIGHT": "right"}[name]
        expected = np.full(32_492, np.nan, np.float32)
        expected[model.vertex] = values[0, where]
        np.testing.assert_array_equal(parts[side].row(0), expected)
        assert parts[side].maps == tuple(image.header.get_axis(0).name)


def test_values_and_ascii_surfaces_are_what_nibabel_and_the_binary_hold(surfaces):
    folder = surfaces / "freesurfer"
    for name in ("lh.thickness", "tiny_morph.curv"):
        expected = nibabel.freesurfer.read_morph_data(str(folder / name))
        np.testing.assert_array_equal(open_data(folder / name).row(0), expected)
    tiny, same = (open_data(folder / name).row(0) for name in ("tiny_morph.gii", "tiny_morph.curv"))
    np.testing.assert_array_equal(tiny, same)
    area = gzip.decompress((folder / "lh.area.gz").read_bytes())
    np.testing.assert_array_equal(open_data(folder / "lh.area.gz").row(0), np.frombuffer(area, ">f4", offset=15))
    written = np.loadtxt(folder / "lh.tinysurface.asc", skiprows=2, max_rows=5)[:, :3]
    np.testing.assert_array_equal(open_data(folder / "lh.tinysurface.asc").points, written.astype(np.float32))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("freesurfer/lh.aparc.annot.gz", ["34 of 36 labels", "149,244 vertices", "left", "5 cuneus, #dc1464"]),
        ("cifti/lh.Yeo2011.gii", ["8 of 8 labels", "left", "1 7Networks_1, #781286"]),
        ("cifti/fs_LR.32k.LR.curvature.dscalar.nii", ["32,492 values per vertex", "2,796 are no number", "R440_curv"]),
        ("freesurfer/lh.sig.nii.gz", ["163,842 values per vertex", "-25.2548 to 25.2447"]),
        ("freesurfer/lh.entorhinal_exvivo.label", ["1 of 1 labels", "entorhinal_exvivo"]),
    ],
)  # fmt: skip
def test_info_says_what_they_are(surfaces, name, words, capsys):
    assert run(["info", str(surfaces / name)]) == 0
    told = capsys.readouterr().out
    for word in words:
        assert word in told
