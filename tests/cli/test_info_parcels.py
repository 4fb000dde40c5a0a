"""`info` says of labels and maps on surfaces what they are called, and of values which are missing."""

import json

import nibabel
import numpy as np
import pytest
from nibabel.gifti import GiftiDataArray, GiftiImage, GiftiLabel, GiftiLabelTable, GiftiMetaData

from brainreel.cli.app import run
from brainreel.cli.job import read_scene


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))


def write_maps(path):
    rows = {"thickness": [1, 2, np.nan, 4], "curv": [-1, 0, 0.5, 0]}
    arrays = [
        GiftiDataArray(np.array(row, np.float32), "NIFTI_INTENT_SHAPE", meta=GiftiMetaData(Name=name))
        for name, row in rows.items()
    ]
    GiftiImage(darrays=arrays).to_filename(path)


def test_maps_are_listed_by_name_with_their_ranges(tmp_path, capsys):
    write_maps(tmp_path / "lh.a.shape.gii")
    assert run(["info", str(tmp_path / "lh.a.shape.gii")]) == 0
    told = capsys.readouterr().out
    assert "2 items, 4 values per vertex" in told
    assert "thickness  1 to 4, 1 missing" in told
    assert "curv       -1 to 0.5" in told
    assert "1 are no number" in told
    assert run(["info", str(tmp_path / "lh.a.shape.gii"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["missing"] == 1
    assert [one["name"] for one in record["maps"]] == ["thickness", "curv"]


def test_labels_are_listed_with_names_and_colours_for_each_hemisphere(tmp_path, capsys):
    colors = np.array([[25, 5, 25, 0, 0], [220, 20, 100, 0, 0]])
    for side in ("lh", "rh"):
        path = tmp_path / f"{side}.aparc.annot"
        nibabel.freesurfer.write_annot(str(path), np.array([0, 1, 1, -1]), colors, ["unknown", "cuneus"], True)
    assert run(["info", str(tmp_path / "rh.aparc.annot")]) == 0
    told = capsys.readouterr().out
    assert "lh.aparc.annot (left)" in told
    assert "rh.aparc.annot (right)" in told
    assert told.count("2 of 2 labels in its table, on 4 vertices") == 2
    assert "1 cuneus, #dc1464" in told
    assert "1 of the vertices" in told


def test_the_parcellations_of_a_file_are_listed(tmp_path, capsys):
    table = GiftiLabelTable()
    label = GiftiLabel(3, 1, 0, 0, 1)
    label.label = "V1"
    table.labels.append(label)
    arrays = [
        GiftiDataArray(np.full(4, 3, np.int32), "NIFTI_INTENT_LABEL", meta=GiftiMetaData(Name=name))
        for name in ("areas", "networks")
    ]
    GiftiImage(labeltable=table, darrays=arrays).to_filename(tmp_path / "lh.label.gii")
    assert run(["info", str(tmp_path / "lh.label.gii")]) == 0
    assert "areas, networks" in capsys.readouterr().out


def test_parcels_of_a_phantom_are_told_and_painted_as_those_of_files(capsys):
    assert run(["info", "phantom:parcels?vertices=500&count=9"]) == 0
    assert capsys.readouterr().out.count("9 of 9 labels in its table") == 2
    painted = read_scene(["phantom:cortex?vertices=500", "phantom:parcels?vertices=500"], {}, {}, [])
    assert list(painted.sources().values())[-1].origin.endswith("layers.cortex.paint[0].labels")
