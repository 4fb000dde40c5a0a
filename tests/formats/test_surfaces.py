"""A surface in memory: checked, facing outwards, with its own arrays before those of files beside it."""

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.formats.surfaces import MorphArrays, surface_mesh


def test_an_own_array_goes_before_the_file_of_its_name_which_is_not_read(tmp_path):
    read = []
    files = {"curv": tmp_path / "lh.curv", "sulc": tmp_path / "lh.sulc"}

    def read_file(path):
        read.append(path.name)
        return np.zeros(4, np.float32)

    arrays = MorphArrays(files, 4, read_file, {"curv": np.arange(4), "uv": np.ones((4, 2))})
    assert list(arrays) == ["curv", "uv", "sulc"]
    assert len(arrays) == 3
    np.testing.assert_array_equal(arrays["curv"], np.arange(4))
    assert read == []
    assert arrays["sulc"] is arrays["sulc"]
    assert read == ["lh.sulc"]
    assert list(arrays.files) == ["sulc"]


def test_units_are_those_stated_before_those_of_freesurfers_files(tmp_path, tetrahedron):
    files = {name: tmp_path / f"lh.{name}" for name in ("thickness", "area", "sulc")}
    arrays = MorphArrays(files, 4, lambda _path: np.zeros(4, np.float32), {"dist": np.zeros(4)})
    mesh = surface_mesh(tmp_path / "lh.a", *tetrahedron, "left", arrays, units={"dist": "cm", "area": "mm2"})
    assert dict(mesh.units) == {"thickness": "mm", "area": "mm2", "dist": "cm"}


@pytest.mark.parametrize(
    ("points", "faces", "words"),
    [
        (np.zeros((4, 2)), [[0, 1, 2]], "are no surface of triangles"),
        (np.zeros((4, 3)), np.zeros((0, 3), int), "are no surface of triangles"),
        ([[0, 0, 0], [1, 0, np.inf], [0, 1, 0]], [[0, 1, 2]], "vertex 1 has no finite place"),
        (np.eye(3), [[0, 1, 2], [0, 1, 3]], "face 1 is"),
    ],
)
def test_what_is_no_surface_is_refused(tmp_path, points, faces, words):
    with pytest.raises(FormatError, match=words):
        surface_mesh(tmp_path / "a", points, faces, None, MorphArrays({}, len(points), np.load))
