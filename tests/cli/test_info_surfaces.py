"""`info` lists every array of a surface with its range, unit, components and type, those of triangles too."""

import json

import numpy as np
import pytest

from brainreel.cli.app import run
from contracts.mesh_files import write_ply

POINTS = np.array([[10, 10, 10], [10, -10, -10], [-10, 10, -10], [-10, -10, 10]], np.float32)
FACES = [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]


def test_arrays_of_vertices_and_triangles_are_listed(tmp_path, capsys):
    arrays = {"thick": np.array([1, 2.5, np.nan, 0], np.float32), "n": np.array([3, -7, 5, 0], np.int16)}
    path = write_ply(tmp_path / "a.ply", POINTS, FACES, "ascii", arrays, {"uv": [[1.0, 8.0]] * 4})
    assert run(["info", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  arrays       thick  0 to 2.5, float32, 1 missing" in lines
    assert "               n      -7 to 5, int16" in lines
    assert "  on triangles uv  1 to 8, 2 components, float32" in lines
    assert lines[-1].startswith("  fingerprint")
    assert run(["info", str(path), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert [array["name"] for array in record["arrays"]] == ["thick", "n"]
    assert record["face_arrays"][0]["high"] == 8


def test_a_surface_without_arrays_says_none(tmp_path, capsys):
    assert run(["info", str(write_ply(tmp_path / "a.ply", POINTS, FACES))]) == 0
    assert "  arrays       none\n" in capsys.readouterr().out


@pytest.mark.parametrize("how", [("vtk", True, 42), ("vtk", False, 51), ("vtk", False, 42), ("vtp", True, 0)])
def test_units_that_vtks_files_state_are_told(tmp_path, capsys, how):
    from contracts.polydata import named, some_polydata, vtk, write_legacy, write_vtp

    ending, text, version = how
    data = some_polydata(mixed=False)
    values = named(np.arange(12, dtype=np.float32), "thick")
    values.GetInformation().Set(vtk.vtkDataArray.UNITS_LABEL(), "mm / s")
    data.GetPointData().AddArray(values)
    path = tmp_path / f"a.{ending}"
    if ending == "vtk":
        write_legacy(path, data, text=text, version=version)
    else:
        write_vtp(path, data)
    assert run(["info", str(path)]) == 0
    assert "0 to 11 mm / s, float32" in capsys.readouterr().out
