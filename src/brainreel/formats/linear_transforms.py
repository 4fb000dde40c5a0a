"""Affine transforms as text: FreeSurfer's .lta, MNI's .xfm, bare matrices of 4x4, and FSL's between two volumes."""

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Volume
from brainreel.errors import FormatError
from brainreel.formats.transform_text import joined_affines, numbers_of, require_affine
from brainreel.space import PointMap, axis_lengths

Matrix = NDArray[np.float64]

_VOXELS, _RAS, _SCALED, _REGISTER, _TKREG = 0, 1, 2, 14, 21
"""Types of .lta: between voxels, scanner RAS, voxels times their size, as register.dat, and surface RAS (tkRAS)."""
_MRTRIX = re.compile(r"^\s*#.*(command_history|mrtrix)", re.MULTILINE | re.IGNORECASE)
_COMMENT = re.compile(r"[#%].*")


def maps_of_matrix(path: Path, text: str) -> tuple[PointMap, ...]:
    """The matrix of 3x4 or 4x4 in `text`, world (RAS, mm) to world; MRtrix's, known by its comments, goes back.

    mrregister and mrtransform write the map from the template to the moving image.
    """
    matrix, is_mrtrix = read_matrix(path, text)
    return (np.linalg.inv(matrix) if is_mrtrix else matrix,)


def read_matrix(path: Path, text: str) -> tuple[Matrix, bool]:
    """(4, 4), and whether MRtrix wrote it."""
    values = numbers_of(path, "the text", _COMMENT.sub("", text).replace(",", " "))
    if values.size not in (12, 16):
        raise FormatError(f"{path}: holds {values.size} numbers; a transform as text has 4 rows of 4, or 3 of 4")
    matrix = np.vstack([values.reshape(-1, 4), np.eye(4)[values.size // 4 :]])
    return require_affine(path, matrix), bool(_MRTRIX.search(text))


def flirt_map(path: Path, matrix: Matrix, moving: Volume, fixed: Volume) -> Matrix:
    """World to world from FSL's `matrix`, whose millimetres are voxels times their size, x turned where a volume's
    axes are right-handed."""
    return require_affine(path, _world_from_flirt(fixed) @ matrix @ np.linalg.inv(_world_from_flirt(moving)))


def _world_from_flirt(volume: Volume) -> Matrix:
    affine = np.asarray(volume.world_from_voxel, float)
    flirt_from_voxel = np.diag([*axis_lengths(affine), 1.0])
    if np.linalg.det(affine[:3, :3]) > 0:
        flirt_from_voxel[0] = -flirt_from_voxel[0]
        flirt_from_voxel[0, 3] = (volume.shape[2] - 1) * axis_lengths(affine)[0]
    return affine @ np.linalg.inv(flirt_from_voxel)


def maps_of_xfm(path: Path, text: str) -> tuple[PointMap, ...]:
    """MNI's linear transforms, which take native to template space, first to last."""
    maps: list[PointMap] = []
    for block in re.split(r"Transform_Type\s*=", re.sub(r"%.*", "", text))[1:]:
        kind = block.split(";")[0].strip()
        found = re.search(r"Linear_Transform\s*=([^;]*);", block)
        if kind != "Linear" or not found:
            raise FormatError(
                f"{path}: a transform of type {kind[:40]!r} is not read; only linear ones are, grids as ITK writes them"
            )
        values = numbers_of(path, "Linear_Transform", found[1])
        if values.size != 12:
            raise FormatError(f"{path}: Linear_Transform has {values.size} numbers, not 12; the file is damaged")
        matrix = require_affine(path, np.vstack([values.reshape(3, 4), np.eye(4)[3]]))
        is_inverse = re.search(r"Invert_Flag\s*=\s*True", block, re.IGNORECASE)
        maps.append(np.linalg.inv(matrix) if is_inverse else matrix)
    if not maps:
        raise FormatError(f"{path}: names no Transform_Type; the file is cut off or damaged")
    return joined_affines(tuple(maps))


def maps_of_lta(path: Path, text: str) -> tuple[PointMap, ...]:
    """FreeSurfer's linear transform, which takes its source to its destination, in scanner RAS."""
    text = re.sub(r"#.*", "", text)
    kind, count = (int(_field(path, text, key)[0]) for key in ("type", "nxforms"))
    if count != 1:
        raise FormatError(f"{path}: holds {count} transforms; one is read: take it out with lta_convert")
    found = re.search(r"^\s*1\s+4\s+4\s*$((?:\s*\S+){16})", text, re.MULTILINE)
    if not found:
        raise FormatError(f"{path}: has no matrix of 4x4 (1 4 4); the file is cut off or damaged")
    matrix = numbers_of(path, "the matrix", found[1]).reshape(4, 4)
    if kind == _RAS:
        return (require_affine(path, matrix),)
    source, target = (_geometry(path, text, name) for name in ("src", "dst"))
    if kind == _REGISTER:  # tkRAS of the destination to that of the source
        kind, matrix = _TKREG, np.linalg.inv(require_affine(path, matrix))
    if kind not in source:
        raise FormatError(f"{path}: type {kind} is not read; convert it with lta_convert --outlta --ltavox2vox")
    return (require_affine(path, target[kind] @ matrix @ np.linalg.inv(source[kind])),)


def _geometry(path: Path, text: str, name: str) -> dict[int, Matrix]:
    """Scanner RAS of a volume from what each type of .lta counts in."""
    parts = re.split(rf"^\s*{name} volume info\s*$", text, maxsplit=1, flags=re.MULTILINE)
    part = re.split(r"^\s*\w+ volume info\s*$", parts[-1], maxsplit=1, flags=re.MULTILINE)[0]
    if len(parts) < 2 or int(_field(path, part, "valid")[0]) != 1:
        raise FormatError(
            f"{path}: does not say where the {name} volume lies, which its type needs; write it again with "
            "lta_convert --src SOURCE.mgz --trg TARGET.mgz"
        )
    sizes = np.array(_field(path, part, "volume", 3))
    spacing = np.array(_field(path, part, "voxelsize", 3))
    columns = np.array([_field(path, part, key, 3) for key in ("xras", "yras", "zras", "cras")]).T
    ras = _centred(columns[:, :3] * spacing, columns[:, 3], sizes)
    tk = _centred(np.array([[-1.0, 0, 0], [0, 0, 1], [0, -1, 0]]) * spacing, np.zeros(3), sizes)
    require_affine(path, ras)
    require_affine(path, tk)
    return {_VOXELS: ras, _SCALED: ras @ np.diag([*1 / spacing, 1]), _TKREG: ras @ np.linalg.inv(tk)}


def _centred(linear: Matrix, center: Matrix, sizes: Matrix) -> Matrix:
    """The affine that takes voxel `sizes` / 2 to `center`."""
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = linear, center - linear @ (sizes / 2)
    return affine


def _field(path: Path, text: str, key: str, count: int = 1) -> list[float]:
    """The numbers behind `key =`."""
    found = re.search(rf"^\s*{key}\s*=(.*)$", text, re.MULTILINE)
    values = [] if not found else numbers_of(path, key, found[1]).tolist()
    if len(values) != count:
        raise FormatError(f"{path}: {key} = is missing or has not {count} numbers; the file is cut off or damaged")
    return values
