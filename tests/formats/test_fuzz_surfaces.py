"""Damaged files of surfaces neither crash, hang nor allocate; each is read or refused as a FormatError."""

import numpy as np
import pytest

from brainreel.cli.app import run
from brainreel.formats import open_data
from contracts.fuzz import MUTATIONS, mutations, survive
from contracts.mesh_files import write_mz3, write_obj, write_off, write_ply, write_stl

POINTS = np.array([[10, 10, 10], [10, -10, -10], [-10, 10, -10], [-10, -10, 10]], np.float32)
POLYGONS = [[0, 1, 2], [0, 2, 3, 1], [0, 2, 3]]
FACES = [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]
ARRAYS = {"quality": np.arange(4, dtype=np.float32)}
LISTS = {"texcoord": [[1.0], [2.0, 3.0], [4.0]]}


EACH = -(-MUTATIONS // 4)
"""Mutations of each file: a format has up to five ways to be written."""


def write_polydata(**how):
    def write(path):
        from contracts import polydata

        data = polydata.some_polydata(closed=False)
        for holder in (data.GetPointData(), data.GetCellData()):
            for name in [holder.GetAbstractArray(k).GetName() for k in range(holder.GetNumberOfArrays())][4:-6]:
                holder.RemoveArray(name)
        if path.suffix == ".vtk":
            return polydata.write_legacy(path, data, **how)
        polydata.add_space(data, "LPS")
        return polydata.write_vtp(path, data, **how)

    return write


FILES = {
    "a.ply": lambda path: write_ply(path, POINTS, POLYGONS, "ascii", ARRAYS, LISTS),
    "little.ply": lambda path: write_ply(path, POINTS, POLYGONS, "binary_little_endian", ARRAYS, LISTS),
    "big.ply": lambda path: write_ply(path, POINTS, FACES, "binary_big_endian", ARRAYS),
    "a.stl": lambda path: write_stl(path, POINTS, FACES),
    "text.stl": lambda path: write_stl(path, POINTS, FACES, text=True),
    "a.obj": lambda path: write_obj(path, POINTS, POLYGONS),
    "a.off": lambda path: write_off(path, POINTS, FACES, "COFF", np.ones((4, 3)), [[1, 2, 3]] * 4),
    "a.mz3": lambda path: write_mz3(path, POINTS, FACES, np.zeros((4, 4)), np.ones(4, np.float32), packed=False),
    "packed.mz3": lambda path: write_mz3(path, POINTS, FACES),
    "a.vtk": write_polydata(text=True),
    "5.vtk": write_polydata(text=True, version=51),
    "binary.vtk": write_polydata(),
    "binary5.vtk": write_polydata(version=51),
    "a.vtp": write_polydata(mode="Ascii"),
    "base64.vtp": write_polydata(mode="Binary", compressor="LZMA"),
    "raw.vtp": write_polydata(raw=True, compressor=""),
    "lz4.vtp": write_polydata(raw=True, compressor="LZ4", order="Big"),
    "appended.vtp": write_polydata(wide=True),
}


def read(path):
    """All of the surface, or of the values."""
    opened = open_data(path)
    if hasattr(opened, "faces"):
        for arrays in (opened.arrays, opened.face_arrays):
            for name in arrays:
                assert len(arrays[name])


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_read_or_refused(tmp_path, name):
    path = FILES[name](tmp_path / name)
    content = path.read_bytes()
    outcomes = survive(path, mutations(content, len(content), EACH), read)
    assert sum(outcomes.values()) == EACH
    assert outcomes["refused"] > 0


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_off_anywhere_is_read_or_refused(tmp_path, name):
    path = FILES[name](tmp_path / name)
    content = path.read_bytes()
    cuts = np.linspace(1, len(content) - 1, 60).astype(int)
    outcomes = survive(path, (content[:cut] for cut in cuts), read)
    assert outcomes["refused"] > 40


def test_a_damaged_file_ends_the_command_with_exit_code_2(tmp_path, capsys):
    path = FILES["big.ply"](tmp_path / "a.ply")
    path.write_bytes(path.read_bytes()[:-5])
    assert run(["info", str(path)]) == 2
    assert "goes beyond the end of the file; it is cut off" in capsys.readouterr().err
