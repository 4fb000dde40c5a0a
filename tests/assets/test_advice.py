"""What is said of volumes that memory does not hold."""

import shlex

import numpy as np
import pytest

from brainreel.assets.advice import convert_command, reduced_advice
from brainreel.data import TimeAxis
from brainreel.scene import VolumeSource
from brainreel.store.reduced import coarser
from contracts.volumes import MemoryVolume


@pytest.mark.parametrize(
    ("said", "unit", "labels", "words"),
    [
        ({"file": "scans/T1 b.nii.gz"}, "mm", False, ["scans/T1 b.nii.gz", "-o", "T1 b.ome.zarr"]),
        (
            {"file": "raw", "dtype": "uint16", "byte_order": "big", "shape": {"z": 3, "y": 4, "x": 5}},
            "mm",
            False,
            ["raw", "-o", "raw.ome.zarr", "--dtype", "uint16", "--shape", "z=3,y=4,x=5", "--byte-order", "big"],
        ),
        (
            {"file": "raw", "spacing": {"z": "70um", "y": 2, "x": 1.5}},
            "um",
            False,
            ["raw", "-o", "raw.ome.zarr", "--spacing", "z=0.07mm,y=0.002mm,x=0.0015mm"],
        ),
        ({"file": "atlas.nii"}, "mm", True, ["atlas.nii", "-o", "atlas.ome.zarr", "--reduce", "mode"]),
        (
            {"file": "phantom:pli?size=64", "times": {"first": "-100ms", "step": "2s"}, "component": 1},
            "mm",
            False,
            ["phantom:pli?size=64", "-o", "pli.ome.zarr", "--component", "1", "--times", "first=-0.1s,step=2s"],
        ),
    ],
)
def test_the_command_says_what_the_scene_says(said, unit, labels, words):
    command = convert_command(VolumeSource.model_validate(said), unit, labels)
    assert shlex.split(command) == ["brainreel", "convert", *words]


def advised(array, steps, command, labels=False, item=None):
    full = MemoryVolume(array, np.diag([0.02, 0.02, 0.04, 1.0]), name="a")
    return reduced_advice(item or full, full, coarser(full, steps, labels), 500_000_000, command, 2)


def test_it_names_file_bytes_voxels_and_the_way_to_have_all_of_them():
    text = advised(np.zeros((100, 140, 150), np.uint8), 1, "brainreel convert a.nii -o a.ome.zarr")
    assert text.startswith("a.nii (2.1 MB, 150 x 140 x 100 voxels) does not fit into --budget 500MB: drawn with voxels")
    assert "of 40 x 40 x 40 um, means of 2 x 2 x 1, so finer detail is lost" in text
    assert text.endswith("memory: brainreel convert a.nii -o a.ome.zarr (about 1 s, once), then draw the store")


def test_labels_that_stores_do_not_draw_are_not_to_be_converted():
    command = "brainreel convert a.nii -o a.ome.zarr --reduce mode"
    small, large = (np.zeros((100, 140, 150), dtype) for dtype in (np.uint16, np.int32))
    assert "what most have of 2 x 2 x 1" in advised(small, 1, command, labels=True)
    assert "then draw the store" in advised(small, 1, command, labels=True)
    assert advised(large, 1, command, labels=True).endswith("lost; a larger --budget shows more")


def test_of_a_series_every_moment_counts():
    class Series:
        name, times = "bold", TimeAxis(0.0, 1.0, 100_000)

        def moment(self, index):
            raise AssertionError("no moment has to be read")

        def fingerprint(self):
            return "bold"

    text = advised(np.zeros((100, 140, 150), np.uint8), 1, "brainreel convert a.nii -o a.ome.zarr", item=Series())
    assert "voxels, each moment) does" in text
    assert "(about 1 s, once)" not in text
