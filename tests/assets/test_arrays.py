"""What is told of a surface's arrays: all of them, in their own types, whatever they hold."""

import numpy as np
import pytest

from brainreel.assets import arrays_of
from brainreel.assets.reading import read_data
from brainreel.data import ArrayFacts
from brainreel.formats import NO_OPTIONS
from contracts.mesh_files import write_ply

POINTS = np.array([[10, 10, 10], [10, -10, -10], [-10, 10, -10], [-10, -10, 10]], np.float32)
FACES = [[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]


@pytest.fixture
def surface(tmp_path):
    """A function that writes arrays with a surface and opens it."""

    def write(arrays, face_arrays=None, name="a.ply"):
        path = write_ply(tmp_path / name, POINTS, FACES, "binary_little_endian", arrays, face_arrays)
        return read_data(path, NO_OPTIONS)

    return write


def test_every_array_has_its_range_type_and_number_of_components(surface):
    mesh = surface(
        {"a": np.array([3, -7, 5, 0], np.int16), "b": np.array([0.5, np.nan, 2, np.inf], np.float32)},
        {"t": [[1.0, 8.0]] * 4},
    )
    assert arrays_of(mesh) == {
        "arrays": (
            ArrayFacts("a", -7, 5, 1, "int16"),
            ArrayFacts("b", 0.5, 2, 1, "float32", missing=2),
        ),
        "face_arrays": (ArrayFacts("t", 1, 8, 2, "float32"),),
    }


def test_an_array_without_a_number_says_so(surface):
    (array,) = arrays_of(surface({"a": np.full(4, np.nan)}))["arrays"]
    assert (array.low, array.high, array.missing) == (0, 0, 4)
    assert "no number in it is finite" in array.problem


def test_values_beside_have_freesurfers_units_and_their_problems(tmp_path):
    io = pytest.importorskip("nibabel").freesurfer
    io.write_geometry(str(tmp_path / "lh.pial"), POINTS, np.array(FACES))
    io.write_morph_data(str(tmp_path / "lh.thickness"), np.arange(4, dtype=np.float32))
    io.write_morph_data(str(tmp_path / "lh.sulc"), np.arange(5, dtype=np.float32))
    found = {array.name: array for array in arrays_of(read_data(tmp_path / "lh.pial", NO_OPTIONS))["arrays"]}
    assert (found["thickness"].unit, found["thickness"].high) == ("mm", 3)
    assert "5 values, but the surface beside it has 4" in found["sulc"].problem


def test_what_is_no_surface_has_no_arrays(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(8, dtype=np.float32))
    assert arrays_of(read_data(tmp_path / "a.npy", NO_OPTIONS)) == {}
