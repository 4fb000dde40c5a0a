"""Values of one subject on another's surface, from the command line."""

import struct

import nibabel as nib
import numpy as np
import pytest

from brainreel.cli.app import run
from brainreel.scene import loads
from brainreel.space.geodesic import geodesic_sphere


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An estimate of sub-01 beside subjects of 92 and 162 vertices."""
    for name, divisions in (("sub-01", 3), ("fsaverage", 4)):
        surf = tmp_path / "subjects" / name / "surf"
        surf.mkdir(parents=True)
        points, faces = geodesic_sphere(divisions)
        for shape in ("sphere.reg", "inflated"):
            nib.freesurfer.write_geometry(str(surf / f"lh.{shape}"), points * 100, faces)
    vertices = np.arange(0, 92, 5)
    values = np.linspace(1, 9, 2 * len(vertices), dtype=">f4")
    head = struct.pack(">ffI", 0, 10, len(vertices)) + vertices.astype(">u4").tobytes()
    (tmp_path / "meg-lh.stc").write_bytes(head + struct.pack(">I", 2) + values.tobytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


OPTIONS = ["--subject", "fsaverage", "--from-subject", "sub-01", "--subjects-dir", "subjects"]


def test_a_scene_names_the_spheres(folder, capsys):
    assert run(["scene", "new", "meg-lh.stc", *OPTIONS]) == 0
    scene = loads(capsys.readouterr().out)
    assert scene.layers["cortex"].paint[0].scalars.registered == (
        "subjects/sub-01/surf/lh.sphere.reg",
        "subjects/fsaverage/surf/lh.sphere.reg",
    )


@pytest.mark.parametrize(("command", "output"), [("still", "a.png"), ("movie", "a.gif")])
def test_pictures_and_movies_are_made_of_it(folder, command, output):
    size = ["--size", "64x48", *(["--length", "2f"] if command == "movie" else [])]
    assert run([command, "meg-lh.stc", "-o", output, *OPTIONS, *size]) == 0
    assert (folder / output).stat().st_size > 0


def test_whose_values_they_are_needs_a_subject_to_show_them_on(folder, capsys):
    assert run(["still", "meg-lh.stc", "-o", "a.png", "--from-subject", "sub-01"]) == 2
    assert "--subject fsaverage" in capsys.readouterr().err
