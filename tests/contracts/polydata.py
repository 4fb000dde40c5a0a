"""PolyData that VTK makes, writes and reads: what surfaces of its formats are compared with. Needs VTK."""

from pathlib import Path

import numpy as np
import pytest

vtk = pytest.importorskip("vtk")
numpy_support = pytest.importorskip("vtk.util.numpy_support")

DTYPES = ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f4", "f8")


def some_polydata(*, mixed: bool = True, closed: bool = False):
    """A surface with arrays of every type of number, whose `mixed` cells are of all four kinds."""
    if closed:
        source = vtk.vtkSphereSource()
        source.SetRadius(30)
        source.Update()
        data = source.GetOutput()
        data.GetPointData().Initialize()
    else:
        data = vtk.vtkPolyData()
        points = vtk.vtkPoints()
        rng = np.random.default_rng(0)
        for k in range(12):
            points.InsertNextPoint(k % 4 + 0.1 * rng.random(), k // 4 + 0.1 * rng.random(), rng.random())
        data.SetPoints(points)
        data.SetPolys(cells([[0, 1, 4], [1, 2, 6, 5], [2, 3, 7], [1, 5, 4], [4, 5, 9, 8]]))
        if mixed:
            data.SetVerts(cells([[0], [1, 2]]))
            data.SetLines(cells([[0, 1, 2], [3, 4]]))
            data.SetStrips(cells([[5, 9, 6, 10, 7, 11], [8, 9, 4]]))
    for holder, count in (
        (data.GetPointData(), data.GetNumberOfPoints()),
        (data.GetCellData(), data.GetNumberOfCells()),
    ):
        add_arrays(holder, count)
    return data


def cells(lists):
    """A vtkCellArray of lists of vertex numbers."""
    array = vtk.vtkCellArray()
    for one in lists:
        array.InsertNextCell(len(one), one)
    return array


def add_arrays(holder, count: int) -> None:
    """Arrays of every type of number, with one component or three, bits, and the attributes that VTK has words for."""
    rng = np.random.default_rng(count)
    for dtype in DTYPES:
        for components in (1, 3):
            shape = count if components == 1 else (count, components)
            info = np.iinfo(dtype) if dtype[0] in "iu" else None
            values = rng.integers(info.min, info.max, shape, dtype, True) if info else rng.normal(size=shape)
            holder.AddArray(named(values.astype(dtype), f"{dtype} of {components}, 100 %"))
    bits = vtk.vtkBitArray()
    bits.SetName("bits")
    for k in range(count):
        bits.InsertNextValue(k % 3 == 0)
    holder.AddArray(bits)
    words = vtk.vtkStringArray()
    words.SetName("words")
    for k in range(count):
        words.InsertNextValue("a word " * (k * 7))
    holder.AddArray(words)
    for name, components in (("Scalars", 1), ("Vectors", 3), ("Normals", 3), ("TCoords", 2), ("Tensors", 9)):
        values = rng.normal(size=count if components == 1 else (count, components)).astype(np.float32)
        getattr(holder, f"Set{name}")(named(values, f"active {name}"))


def named(values: np.ndarray, name: str):
    """A VTK array of its own memory."""
    array = numpy_support.numpy_to_vtk(values, deep=True)
    array.SetName(name)
    return array


def add_space(data, space: str) -> None:
    """The field by which 3D Slicer states the space of a .vtp."""
    array = vtk.vtkStringArray()
    array.SetName("SPACE")
    array.InsertNextValue(space)
    data.GetFieldData().AddArray(array)


def write_legacy(path: Path, data, *, text=False, version=42, header=None) -> Path:
    """`data` as VTK's legacy writer writes it."""
    writer = vtk.vtkPolyDataWriter()
    writer.SetFileVersion(version)
    writer.SetFileType(vtk.VTK_ASCII if text else vtk.VTK_BINARY)
    if header:
        writer.SetHeader(header)
    return _written(writer, path, data)


def write_vtp(path: Path, data, *, mode="Appended", raw=False, compressor="ZLib", order="Little", wide=False) -> Path:
    """`data` as VTK's XML writer writes it."""
    writer = vtk.vtkXMLPolyDataWriter()
    getattr(writer, f"SetDataModeTo{mode}")()
    writer.SetEncodeAppendedData(not raw)
    writer.SetCompressorType({"": 0, "ZLib": 1, "LZ4": 2, "LZMA": 3}[compressor])
    getattr(writer, f"SetByteOrderTo{order}Endian")()
    getattr(writer, f"SetHeaderTypeToUInt{64 if wide else 32}")()
    writer.SetBlockSize(256)
    return _written(writer, path, data)


def _written(writer, path: Path, data) -> Path:
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    assert writer.Write() == 1
    return path


def as_vtk_reads(reader, path: Path):
    """(points, arrays, triangles, arrays of triangles) of what a VTK reader gives, polygons cut into fans."""
    reader.SetFileName(str(path))
    reader.Update()
    return taken_apart(reader.GetOutput())


def legacy_reader():
    """A reader that reads everything, not only what is active."""
    reader = vtk.vtkPolyDataReader()
    for what in ("Scalars", "Vectors", "Normals", "Tensors", "TCoords", "Fields", "ColorScalars"):
        getattr(reader, f"ReadAll{what}On")()
    return reader


def taken_apart(data):
    """(points, arrays, triangles, arrays of triangles) of a vtkPolyData."""
    faces, of_cell = [], []
    for number in range(data.GetNumberOfCells()):
        corners = [data.GetCell(number).GetPointId(k) for k in range(data.GetCell(number).GetNumberOfPoints())]
        kind = data.GetCellType(number)
        if kind in (vtk.VTK_TRIANGLE, vtk.VTK_QUAD, vtk.VTK_POLYGON):
            found = [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
        elif kind == vtk.VTK_TRIANGLE_STRIP:
            found = [[corners[k + k % 2], corners[k + 1 - k % 2], corners[k + 2]] for k in range(len(corners) - 2)]
        else:
            continue
        faces += found
        of_cell += [number] * len(found)
    face_arrays = {name: values[of_cell] for name, values in _arrays(data.GetCellData()).items()}
    points = numpy_support.vtk_to_numpy(data.GetPoints().GetData())
    return points, _arrays(data.GetPointData()), np.array(faces), face_arrays


def _arrays(holder) -> dict[str, np.ndarray]:
    found = {}
    for k in range(holder.GetNumberOfArrays()):
        array = holder.GetArray(k)
        if isinstance(array, vtk.vtkBitArray):
            found[array.GetName()] = np.array([array.GetValue(i) for i in range(array.GetNumberOfValues())], np.uint8)
        elif array is not None:
            found[array.GetName()] = numpy_support.vtk_to_numpy(array)
    return found


def assert_same(mesh, reference, *, turned=False) -> None:
    """`mesh` has the points, triangles and arrays of `reference` (see `taken_apart`), bit for bit."""
    points, arrays, faces, face_arrays = reference
    np.testing.assert_array_equal(mesh.points, points.astype(np.float32))
    np.testing.assert_array_equal(mesh.faces[:, ::-1] if turned else mesh.faces, faces)
    for own, theirs in ((mesh.arrays, arrays), (mesh.face_arrays, face_arrays)):
        assert set(own) == set(theirs)
        for name, values in theirs.items():
            assert own[name].shape == values.shape, name
            assert own[name].dtype.kind == values.dtype.kind, name
            np.testing.assert_array_equal(own[name], values, err_msg=name)
