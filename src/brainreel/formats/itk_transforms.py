"""ITK's transforms: text (.tfm, .txt), MATLAB 4 (ANTs' .mat), HDF5 (.h5), and displacement fields as images.

ITK maps points of the fixed image to the moving one, in LPS; here that becomes the way back, in RAS.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Channels
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors
from brainreel.formats.grids import GridVolume
from brainreel.formats.hdf5_array import array_of
from brainreel.formats.hdf5_layout import Layout, look_into
from brainreel.formats.itk_parameters import AFFINES, affine_ras
from brainreel.formats.options import ReadOptions
from brainreel.formats.transform_text import joined_affines, numbers_of, require_affine, require_usual
from brainreel.space import GridField, PointMap, SplineField, ThinPlateField, Warp, inverse_of

Array = NDArray[np.float64]
RAS_FROM_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_FLIP = np.array([-1.0, -1.0, 1.0])
_MOST_TRANSFORMS = 1000
_MOST_LANDMARKS = 4096
_KERNELS = {"ThinPlateSplineKernelTransform": 1, "VolumeSplineKernelTransform": 3}
_TYPE = re.compile(r"(\w+?)_(double|float)_(\d)_(\d)(?:_(\d))?$")


@dataclass(frozen=True, eq=False)
class _Stated:
    """One transform as ITK writes it: its class, and its two rows of numbers."""

    path: Path
    kind: str
    parameters: NDArray
    fixed: Array

    def require(self, parameters: int, fixed: int) -> None:
        """Raise FormatError where there are not as many numbers."""
        if (len(self.parameters), len(self.fixed)) != (parameters, fixed):
            raise FormatError(
                f"{self.path}: {self.kind} has {len(self.parameters):,} parameters and {len(self.fixed)} fixed ones, "
                f"{parameters:,} and {fixed} are right; the file is cut off or damaged"
            )


def maps_of_text(path: Path, text: str) -> tuple[PointMap, ...]:
    """Of an "Insight Transform File"; several transforms in it act as ITK's composite, the last one first."""
    stated = []
    for block in re.split(r"^\s*Transform:", text, flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        rows = {key: _row(path, key, rest) for key in ("Parameters", "FixedParameters")}
        stated.append(_stated(path, name.strip(), rows["Parameters"], rows["FixedParameters"]))
    return _moving(path, stated)


def _row(path: Path, key: str, text: str) -> Array:
    found = re.search(rf"^\s*{key}:(.*)$", text, re.MULTILINE)
    return numbers_of(path, key, found[1]) if found else np.zeros(0)


def maps_of_matlab(path: Path) -> tuple[PointMap, ...]:
    """Of ANTs' 0GenericAffine.mat: variables of MATLAB 4, the parameters and then `fixed`."""
    with foreign_errors(path):
        content = path.read_bytes()
    rows: list[tuple[str, Array]] = []
    at = 0
    while at + 20 <= len(content) and len(rows) < 2 * _MOST_TRANSFORMS:
        kind, height, width, imaginary, letters = np.frombuffer(content, "<i4", 5, at).tolist()
        dtype = {0: np.dtype("<f8"), 10: np.dtype("<f4")}.get(kind)
        if dtype is None or imaginary or min(height, width, letters) < 0:
            raise FormatError(f"{path}: is no transform of ITK, whose MATLAB files hold plain columns of numbers")
        begin = at + 20 + letters
        at = begin + height * width * dtype.itemsize
        if at > len(content):
            raise FormatError(f"{path}: ends within its numbers; it is cut off, copy it again")
        name = content[begin - letters : begin].rstrip(b"\0").decode("ascii", "replace")
        rows.append((name, np.frombuffer(content, dtype, height * width, begin).astype(float)))
    pairs = zip(rows[::2], rows[1::2], strict=False)
    return _moving(path, [_stated(path, name, values, fixed) for (name, values), (_, fixed) in pairs])


def is_hdf5_transform(path: Path) -> bool:
    """Whether the HDF5 file holds transforms of ITK. Raises FormatError where it is malformed."""
    return any(name.startswith("/TransformGroup/") for name in look_into(path).listed)


def maps_of_hdf5(path: Path) -> tuple[PointMap, ...]:
    """Of ITK's HDF5: a group a transform, a composite before its parts."""
    listed = look_into(path).listed
    names: dict[int, dict[str, str]] = {}
    for name in listed:
        if match := re.match(r"/TransformGroup/(\d+)/(?:Tranform|Transform)(\w+)$", name):
            names.setdefault(int(match[1]), {})[match[2]] = name
    if not names or len(names) > _MOST_TRANSFORMS:
        raise FormatError(f"{path}: holds no transform of ITK (/TransformGroup); is it an image?")
    layouts = look_into(path, tuple(name for group in names.values() for name in group.values())).layouts
    stated = [_of_group(path, names[group], layouts) for group in sorted(names)]
    return _moving(path, [one for one in stated if one is not None])


def _of_group(path: Path, names: dict[str, str], layouts: dict[str, Layout]) -> _Stated | None:
    """The transform of a group; none of a composite, which has no numbers."""
    if "Type" not in names:
        raise FormatError(f"{path}: a group states no TransformType; it is damaged")
    values = {key: _values(path, name, layouts[name]) for key, name in names.items()}
    kind = values["Type"].astype(np.uint8).tobytes().rstrip(b"\0 ").decode("ascii", "replace")
    if kind.startswith("CompositeTransform_"):
        return None
    none = np.zeros(0)
    return _stated(path, kind, values.get("Parameters", none), values.get("FixedParameters", none))


def _values(path: Path, name: str, layout: Layout) -> NDArray:
    """All of a dataset of one axis."""
    array = array_of(path, name, layout)
    if len(array.shape) != 1 or array.shape[0] * array.dtype.itemsize > 1100 * path.stat().st_size + (1 << 20):
        raise FormatError(f"{path}: {name} is no row of numbers that this file could hold; it is damaged")
    return array.read((slice(0, array.shape[0]),))


def _stated(path: Path, name: str, parameters: NDArray, fixed: NDArray) -> _Stated:
    match = _TYPE.match(name)
    if name.startswith("CompositeTransform_"):
        return _Stated(path, "CompositeTransform", parameters, fixed)
    if not match:
        raise FormatError(f"{path}: {name[:60]!r} is no transform of ITK; the file is damaged")
    kind, _, dimension, other, order = match.groups()
    if (dimension, other) != ("3", "3"):
        raise FormatError(f"{path}: {name} is of {dimension} dimensions; transforms of space have 3")
    if order not in (None, "3"):
        raise FormatError(f"{path}: {name} has splines of order {order}; cubic ones are read")
    require_usual(path, kind, parameters)
    require_usual(path, kind, fixed)
    return _Stated(path, kind, parameters, fixed.astype(float))


def _moving(path: Path, stated: list[_Stated]) -> tuple[PointMap, ...]:
    """From moving to fixed space: the way back through all of them, of which ITK applies the last one first."""
    found = [one for one in stated if one.kind != "CompositeTransform"]
    if not found:
        raise FormatError(f"{path}: holds no transform; the file is cut off or damaged")
    to_moving: list[PointMap] = []
    if len(found) == 2 and found[0].kind == "BSplineDeformableTransform":  # with its bulk transform, as Slicer 3 wrote
        to_moving = _with_bulk(*found)
    else:
        for one in reversed(found):
            to_moving += _maps_ras(one)
    return joined_affines(inverse_of(to_moving))


def _maps_ras(stated: _Stated) -> list[PointMap]:
    """Fixed to moving, in RAS."""
    if stated.kind in AFFINES:
        return [_affine(stated)]
    if stated.kind in ("BSplineTransform", "BSplineDeformableTransform"):
        return [Warp(_spline(stated), stated.path.name)]
    if stated.kind == "DisplacementFieldTransform":
        return [Warp(_grid(stated), stated.path.name)]
    if stated.kind in _KERNELS:
        return [Warp(_plates(stated), stated.path.name)]
    known = ", ".join([*AFFINES, "BSplineTransform", "DisplacementFieldTransform", *_KERNELS])
    raise FormatError(f"{stated.path}: {stated.kind} is not read; ITK's {known} are")


def _affine(stated: _Stated) -> Array:
    return require_affine(stated.path, affine_ras(stated.path, stated.kind, stated.parameters, stated.fixed))


def _with_bulk(spline: _Stated, bulk: _Stated) -> list[PointMap]:
    """A x + d(x): first x + A^-1 d(x), then A."""
    if bulk.kind not in AFFINES:
        raise FormatError(f"{spline.path}: {spline.kind} goes with an affine transform, not with {bulk.kind}")
    affine, field = _affine(bulk), _spline(spline)
    coefficients = field.coefficients @ np.linalg.inv(affine[:3, :3]).T
    return [Warp(SplineField(coefficients, field.world_from_knot), spline.path.name), affine]


def _spline(stated: _Stated) -> SplineField:
    counts, world = _placed(stated)
    stated.require(3 * int(np.prod(counts)), 18)
    if min(counts) < 4:
        raise FormatError(f"{stated.path}: a cubic spline has four knots an axis or more, not {counts}")
    x, y, z = counts
    values = stated.parameters.reshape(3, z, y, x).transpose(1, 2, 3, 0)
    return SplineField(values * _FLIP, world)


def _grid(stated: _Stated) -> GridField:
    counts, world = _placed(stated)
    stated.require(3 * int(np.prod(counts)), 18)
    x, y, z = counts
    return GridField(stated.parameters.reshape(z, y, x, 3) * _FLIP.astype(stated.parameters.dtype), world)


def _placed(stated: _Stated) -> tuple[tuple[int, int, int], Array]:
    """How many knots or voxels (x, y, z), and the world of their numbers, in RAS."""
    fixed = stated.fixed
    if len(fixed) != 18 or not ((fixed[:3] >= 1) & (fixed[:3] < 1 << 20) & (fixed[:3] % 1 == 0)).all():
        raise FormatError(f"{stated.path}: {stated.kind} states no grid (18 fixed parameters); the file is damaged")
    world = np.eye(4)
    world[:3, :3] = fixed[9:].reshape(3, 3) * fixed[6:9]
    world[:3, 3] = fixed[3:6]
    x, y, z = (int(count) for count in fixed[:3])
    return (x, y, z), require_affine(stated.path, RAS_FROM_LPS @ world)


def _plates(stated: _Stated) -> ThinPlateField:
    """ITK's parameters are the source landmarks, the fixed ones their targets."""
    count = len(stated.parameters) // 3
    stated.require(3 * count, 3 * count)
    if not 4 <= count <= _MOST_LANDMARKS:
        raise FormatError(f"{stated.path}: {count} landmarks; thin plates have 4 to {_MOST_LANDMARKS:,}")
    places = [np.asarray(row, float).reshape(-1, 3) * _FLIP for row in (stated.parameters, stated.fixed)]
    return ThinPlateField(places[0], places[1], _KERNELS[stated.kind])


def maps_of_field(path: Path) -> tuple[PointMap, ...]:
    """Of an image of vectors in LPS, as ITK and ANTs write their warps."""
    from brainreel.formats.registry import open_data

    parts, world = [], np.eye(4)
    for component in "012":
        opened = open_data(path, ReadOptions(component=component))
        if isinstance(opened, Channels) or not isinstance(opened, GridVolume) or _components(opened) != 3:
            raise FormatError(
                f"{path}: is no displacement field, which holds one vector of 3 numbers a voxel (as NIfTI of 5 axes); "
                "write FSL's and others' warps as ITK's with their tools"
            )
        if opened.dtype.kind == "u":
            raise FormatError(f"{path}: holds colours, or other numbers without a sign; name a displacement field")
        z, y, x = (slice(0, count) for count in opened.shape)
        parts.append(opened.read((z, y, x)))
        world = np.asarray(opened.world_from_voxel, float)
    vectors = np.stack(parts, -1)
    if not np.isfinite(vectors).all():
        raise FormatError(f"{path}: a vector is not finite; the displacement field is damaged")
    return inverse_of([Warp(GridField(vectors * _FLIP.astype(vectors.dtype), world), path.name)])


def _components(volume: GridVolume) -> int:
    return max((axis.size for axis in volume.grid.axes if axis.role == "component"), default=1)
