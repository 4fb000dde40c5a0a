"""Damaged transforms are refused, never crash, hang or take all memory."""

import os

import h5py
import numpy as np
import pytest

from brainreel.formats.transforms import open_transform
from brainreel.space import map_points
from contracts.fuzz import MUTATIONS, mutations, survive

IDENTITY = "1 0 0 0 1 0 0 0 1"
GRID = f"6 6 6 -10 -10 -10 5 5 5 {IDENTITY}"
SPLINE = " ".join(str(k % 7 / 7) for k in range(648))
VOLUME = """valid = 1
filename = x
volume = 9 8 7
voxelsize = 1 2 3
xras = -1 0 0
yras = 0 0 -1
zras = 0 1 0
cras = 1 2 3
"""
LANDMARKS = "0 0 0 9 0 0 0 9 0 0 0 9 5 5 5", "1 0 0 9 1 0 0 9 1 1 0 9 5 6 5"
ROWS = "1 0 0 4\n0 1 0 5\n0 0 1 6\n0 0 0 1\n"


def itk(kind: str, parameters: str, fixed: str) -> str:
    head = "#Insight Transform File V1.0\n#Transform 0\n"
    return f"{head}Transform: {kind}_double_3_3\nParameters: {parameters}\nFixedParameters: {fixed}\n"


def matlab() -> bytes:
    content = b""
    parameters = [*map(float, IDENTITY.split()), 1, 2, 3]
    for name, values in ((b"AffineTransform_double_3_3\0", parameters), (b"fixed\0", [0] * 3)):
        content += np.array([0, len(values), 1, 0, len(name)], "<i4").tobytes() + name
        content += np.array(values, "<f8").tobytes()
    return content


FILES = {
    "affine.tfm": itk("AffineTransform", f"{IDENTITY} 1 2 3", "1 2 3"),
    "euler.tfm": itk("Euler3DTransform", ".1 .2 .3 1 2 3", "1 2 3 0"),
    "spline.tfm": itk("BSplineTransform", SPLINE, GRID),
    "field.tfm": itk("DisplacementFieldTransform", SPLINE, GRID),
    "plates.tfm": itk(
        "ThinPlateSplineKernelTransform", "0 0 0 9 0 0 0 9 0 0 0 9 5 5 5", "1 0 0 9 1 0 0 9 1 1 0 9 5 6 5"
    ),
    "t.lta": (
        f"type = 0\nnxforms = 1\nmean = 1 2 3\nsigma = 1\n1 4 4\n{ROWS}"
        f"src volume info\n{VOLUME}dst volume info\n{VOLUME}"
    ),
    "t.xfm": f"MNI Transform File\n\nTransform_Type = Linear;\nLinear_Transform =\n{ROWS[:-9]};\n",
    "t.txt": ROWS,
    "0GenericAffine.mat": matlab(),
}
PROBED = MUTATIONS if "BRAINREEL_FUZZ" in os.environ else 15  # each of these starts several processes


def read(path) -> None:
    assert map_points(open_transform(path).point_maps, [[1.0, 2.0, 3.0]]).shape == (1, 3)


@pytest.mark.parametrize("name", FILES)
def test_whatever_is_done_to_a_transform_it_moves_points_or_is_refused(tmp_path, name):
    content = FILES[name]
    content = content if isinstance(content, bytes) else content.encode()
    path = tmp_path / name
    path.write_bytes(content)
    read(path)
    with np.errstate(all="ignore"):
        outcomes = survive(path, mutations(content, len(content), MUTATIONS), read)
    assert outcomes["refused"] > 0


def test_a_damaged_composite_in_hdf5_moves_points_or_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))
    path = tmp_path / "t.h5"
    with h5py.File(path, "w") as file:
        group = file.create_group("TransformGroup")
        group.create_dataset("0/TransformType", data=["CompositeTransform_double_3_3"])
        group.create_dataset("1/TransformType", data=["BSplineTransform_double_3_3"])
        group.create_dataset("1/TransformParameters", data=np.array(SPLINE.split(), float), compression="gzip")
        group.create_dataset("1/TransformFixedParameters", data=np.array(GRID.split(), float))
    read(path)
    content = path.read_bytes()
    outcomes = survive(path, mutations(content, len(content), PROBED), read)
    assert sum(outcomes.values()) == PROBED
