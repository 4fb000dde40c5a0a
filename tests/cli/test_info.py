"""`info` says of volumes over time when their moments are, and of images of several channels what each holds."""

import json

import nibabel
import numpy as np
import pytest

from brainreel.cli.app import run

NRRD = (
    b"NRRD0004\ntype: uchar\ndimension: 4\nsizes: 2 8 8 8\nkinds: list domain domain domain\nspacings: nan 1 2 3\n"
    b"encoding: raw\n%s\n"
)
SEGMENTS = b"Segment0_Name:=lung\nSegment0_Layer:=0\nSegment1_Name:=rib cage\nSegment1_Layer:=1\n"


@pytest.fixture
def blobs() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 3, (8, 8, 8, 2)).astype(np.uint8)


def write_moments(path, unit):
    image = nibabel.Nifti1Image(np.random.default_rng(0).normal(size=(8, 8, 8, 3)).astype(np.float32), np.eye(4))
    image.header.set_xyzt_units("mm", unit)
    image.header["pixdim"][4] = 250
    image.to_filename(path)


def test_uneven_moments_are_said_to_be_uneven(tmp_path, capsys):
    head = NRRD.replace(b"sizes: 2", b"sizes: 3") % (
        b'space: RAS\nspace directions: none (1,0,0) (0,1,0) (0,0,1)\nunits: "s" "mm" "mm" "mm"\n'
        b"axis 0 index values:=0 1 4\n"
    )
    path = tmp_path / "a.seq.nrrd"
    path.write_bytes(head.replace(b"spacings: nan 1 2 3\n", b"") + bytes(3 * 512))
    assert run(["info", str(path)]) == 0
    assert "3 moments, 0 s to 4 s unevenly, 2 s on average" in capsys.readouterr().out


def test_moments_are_listed_with_their_times(tmp_path, capsys):
    path = tmp_path / "a.nii.gz"
    write_moments(path, "msec")
    assert run(["info", str(path)]) == 0
    assert "3 moments, 0 s to 0.5 s by 0.25 s" in capsys.readouterr().out
    assert run(["info", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["times"] == {
        "first_s": 0.0, "step_s": 0.25, "count": 3, "unit": "s", "uneven": [],
    }  # fmt: skip
    assert run(["info", str(path), "--times", "first=1s,step=2s"]) == 0
    assert "1 s to 5 s by 2 s" in capsys.readouterr().out
    write_moments(path, "unknown")
    assert run(["info", str(path)]) == 0
    assert "3 items" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("keys", "names"), [(b"", ["channel 0", "channel 1"]), (SEGMENTS, ["channel lung", "channel rib cage"])]
)
def test_every_channel_is_listed(tmp_path, capsys, blobs, keys, names):
    (tmp_path / "a.nrrd").write_bytes(NRRD % keys + blobs.tobytes())
    assert run(["info", str(tmp_path / "a.nrrd"), "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [record["part"] for record in records] == names
    assert all(record["shape"] == [8, 8, 8] for record in records)


def test_of_complex_numbers_a_component_is_asked_for_and_taken(tmp_path, capsys):
    voxels = np.full((8, 8, 8), 3 + 4j, np.complex64)
    nibabel.Nifti1Image(voxels, np.eye(4)).to_filename(tmp_path / "a.nii")
    assert run(["info", str(tmp_path / "a.nii")]) == 2
    assert "component: magnitude, phase, real or imaginary" in capsys.readouterr().err
    assert run(["info", str(tmp_path / "a.nii"), "--component", "magnitude"]) == 0
    assert "5 to 5" in capsys.readouterr().out


def test_lengths_of_microscopic_data_are_in_micrometres(tmp_path, capsys):
    small = np.diag([0.0005, 0.0005, 0.001, 1])
    nibabel.Nifti1Image(np.zeros((8, 8, 8), np.uint8) + 3, small).to_filename(tmp_path / "a.nii")
    assert run(["info", str(tmp_path / "a.nii")]) == 0
    shown = capsys.readouterr().out
    assert "z=1, y=0.5, x=0.5 um" in shown
    assert "4 x 4 x 8 um" in shown
