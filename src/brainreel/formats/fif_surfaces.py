"""Surfaces in FIFF: the hemispheres of source spaces, with the vertices in use, and those of conductor models.

`sub-src.fif:/used` has of a source space the triangles between the vertices in use alone; `sub-bem.fif:/head` one of
several surfaces. Sources of a volume are a volume of which voxels are in use.
"""

import logging
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Parts, Region
from brainreel.errors import FormatError
from brainreel.formats.fif import HEAD, MRI, RAS, Block, Fif, Tag, open_fif_file
from brainreel.formats.fingerprints import fingerprint
from brainreel.formats.freesurfer import scanner_from_surface
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.registry import split_inner
from brainreel.formats.source_spaces import (
    ID,
    PARENT_MRI,
    SPACE,
    SURFACE,
    VOLUME,
    GridSpace,
    kind_of_space,
    read_grid,
    used_of,
)
from brainreel.formats.surfaces import MorphArrays, SurfaceMesh, surface_mesh
from brainreel.formats.voxels import region_shape

log = logging.getLogger("brainreel")
_MODEL, _MORPH_MAP = 311, 362
_FRAMES, _POINTS, _NORMALS, _TRIANGLES = (3506, 3112), (3510, 3105), (3511, 3107), (3106, 3591)
_USED_TRIANGLES = 3593
_HEMISPHERES = {101: "left", 102: "right"}
_MODELS = {1: "inner_skull", 3: "outer_skull", 4: "head"}
_USED = "used"
_MM = 1000.0
_FARTHEST_MM = 1e6


@dataclass(frozen=True)
class FifMesh(SurfaceMesh):
    """One of the surfaces of a file: `part` says which, `scanner` by which affine it came there."""

    part: str = ""
    scanner: tuple[float, ...] = ()

    def fingerprint(self) -> str:
        """A hex digest of the file and of which surface of it this is."""
        return fingerprint([self.path], part=self.part, faces=len(self.faces), scanner=self.scanner)


@dataclass(frozen=True, eq=False)
class SpaceVolume:
    """The voxels of a volume source space: 0 where there is no source, else the number of the region, from 1."""

    space: GridSpace

    @property
    def name(self) -> str:
        """That of the file."""
        return self.space.path.name

    @property
    def path(self) -> Path:
        """The file that messages name."""
        return self.space.path

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels (z, y, x)."""
        return self.space.shape

    @property
    def dtype(self) -> np.dtype:
        """uint16."""
        return np.dtype(np.uint16)

    @property
    def unit(self) -> str:
        """ "mm"."""
        return "mm"

    @property
    def world_from_voxel(self) -> NDArray[np.float64]:
        """(4, 4), RAS."""
        return self.space.world_from_voxel

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`."""
        region_shape(region, self.shape)
        whole = np.zeros(self.shape, self.dtype)
        for number, used in enumerate(self.space.used, 1):
            whole.reshape(-1)[used] = number
        return np.ascontiguousarray(whole[region])

    def fingerprint(self) -> str:
        """A hex digest of the file."""
        return fingerprint([self.path], part="volume")


def open_fif(path: Path, options: ReadOptions = NO_OPTIONS) -> Parts | SurfaceMesh:
    """The hemispheres `left` and `right` and the `volume` of a source space, or the surface of a conductor model.

    Raises FormatError where the file is damaged, holds neither, or several of which none is named.
    """
    path, inner = split_inner(path)
    file = open_fif_file(path)
    if _kind(file) == "model":
        return _model(file, inner.strip("/"))
    if inner.strip("/") not in ("", _USED):
        raise FormatError(f"{path}:{inner}: a source space has all of its surface, or that between sources, :/{_USED}")
    kinds = [(space, kind_of_space(file, space)) for space in file.blocks(SPACE)]
    parts = {}
    for space in (space for space, kind in kinds if kind == SURFACE):
        mesh = _hemisphere(file, space, bool(inner))
        if mesh.part in parts:
            raise FormatError(f"{path}: has two surfaces that are {mesh.part}; save the source space again with MNE")
        parts[mesh.part] = mesh
    if not parts or any(kind == VOLUME for _, kind in kinds):
        parts["volume"] = SpaceVolume(read_grid(path))
    return Parts(path.name, parts)


def sniff_fif(path: Path) -> str:
    """ "mesh" or "volume": a source space that has both is taken for its surfaces."""
    file = open_fif_file(split_inner(path)[0])
    if _kind(file) == "model":
        return "mesh"
    return "mesh" if any(kind_of_space(file, space) == SURFACE for space in file.blocks(SPACE)) else "volume"


def _kind(file: Fif) -> str:
    """space or model; FormatError for another."""
    if next(file.blocks(SPACE), None):
        return "space"
    if next(file.blocks(_MODEL), None):
        return "model"
    if next(file.blocks(_MORPH_MAP), None):
        raise FormatError(
            f"{file.path}: a morph map, which carries values to another subject; name it beside them in a scene, "
            f"scalars: {{file: meg-lh.stc, registered: [sub-01/surf/lh.sphere.reg, {file.path.name}]}}"
        )
    raise FormatError(
        f"{file.path}: holds no source space and no surface, which are what is drawn of FIFF files; save what was "
        "measured as a source estimate"
    )


def _hemisphere(file: Fif, space: Block, used_alone: bool) -> FifMesh:
    path, used = file.path, used_of(file, space)
    tag = file.tag(space, ID)
    hemi = _HEMISPHERES.get(file.number(tag, "hemisphere")) if tag else None
    faces = file.tag(space, _USED_TRIANGLES) if used_alone else file.tag(space, *_TRIANGLES)
    if used_alone and faces is None:
        raise FormatError(f"{path}: has no triangles between sources, only ico and oct spacings do; leave :/used out")
    return _mesh(file, space, faces, hemi or "whole", hemi, {"in_use": used.astype(np.uint8)})


def _model(file: Fif, wanted: str) -> SurfaceMesh:
    """The surface of a conductor model that is `wanted`, or the only one."""
    named = {_model_name(file, block): block for block in file.blocks(_MODEL)}
    if wanted not in named and (wanted or len(named) > 1):
        which = f"has no surface {wanted}" if wanted else f"holds {len(named)} surfaces"
        raise FormatError(f"{file.path}: {which}; name one of {', '.join(f':/{name}' for name in named)} behind it")
    name, block = (wanted, named[wanted]) if wanted else next(iter(named.items()))
    return _mesh(file, block, file.tag(block, *_TRIANGLES), name, None, {})


def _model_name(file: Fif, block: Block) -> str:
    number = file.number(file.tag(block, 3101), "number of the surface")
    return _MODELS.get(number, f"surface_{number}")


def _mesh(
    file: Fif, block: Block, faces: Tag | None, part: str, hemi: str | None, arrays: dict[str, NDArray]
) -> FifMesh:
    """The surface of `block` in the scanner's millimetres, with its normals among the `arrays`."""
    points = file.numbers(file.needed(file.tag(block, *_POINTS), "points of a surface")).astype(np.float64)
    corners = file.numbers(file.needed(faces, "triangles of a surface")).astype(np.int64) - 1
    if points.ndim != 2 or points.shape[1] != 3 or any(len(values) != len(points) for values in arrays.values()):
        raise FormatError(f"{file.path}: {points.shape} points for its {part} surface; it is damaged, copy it again")
    to_scanner = _scanner_from_file(file, block)
    placed = (points @ to_scanner[:3, :3].T + to_scanner[:3, 3]) * _MM
    if not np.abs(placed).max(initial=0) < _FARTHEST_MM:
        raise FormatError(f"{file.path}: points of its {part} surface lie in no room; the file is damaged")
    if (tag := file.tag(block, *_NORMALS)) is not None and (normals := file.numbers(tag)).shape == points.shape:
        arrays = arrays | {"normals": (normals @ to_scanner[:3, :3].T).astype(np.float32)}
    own = MorphArrays({}, len(points), _no_file, arrays)
    mesh = surface_mesh(file.path, placed, corners, hemi, own)
    return FifMesh(
        **{one.name: getattr(mesh, one.name) for one in fields(mesh)}, part=part, scanner=tuple(to_scanner.ravel())
    )


def _no_file(path: Path) -> NDArray[np.float32]:
    raise FormatError(f"{path}: lies beside a FIFF file and is no part of it")


def _scanner_from_file(file: Fif, block: Block) -> NDArray[np.float64]:
    """(4, 4) in metres, from the frame of `block` to the scanner's (RAS).

    Where the file does not say where the scanner is, the subject's own surfaces do, `../surf/lh.white`; without those
    the surface stays where FreeSurfer has it.
    """
    tag = file.tag(block, *_FRAMES)
    frame = file.number(tag, "frame of coordinates")
    around = [file.root, *(found for kind in (350, 352, 355, 357, PARENT_MRI) for found in file.blocks(kind))]
    placed = np.eye(4)
    if frame == HEAD:
        found = next((way for one in around if (way := file.transform(one, HEAD, MRI)) is not None), None)
        if found is None:
            raise FormatError(f"{file.path}: lies in the head's coordinates and does not say where the MRI is in them")
        placed = found
    elif frame != MRI:
        raise FormatError(
            f"{file.path}: lies in coordinates of a device (frame {frame}), not in those of the subject; transform "
            "it in Python, mne.transform_surface_to"
        )
    scanner = next((way for one in around if (way := file.transform(one, MRI, RAS)) is not None), None)
    return (_beside(file.path) if scanner is None else scanner) @ placed


def _beside(path: Path) -> NDArray[np.float64]:
    """(4, 4) in metres, from tkRAS to the scanner by the subject's surfaces, for files in its folder `bem`."""
    shift = np.eye(4)
    white = path.absolute().parent.parent / "surf" / "lh.white"
    if white.is_file():
        shift[:3, 3] = scanner_from_surface(white) / _MM
        log.info("%s: placed as %s is", path, white)
    else:
        log.info("%s: does not say where the scanner is, stays in FreeSurfer's surface coordinates", path)
    return shift
