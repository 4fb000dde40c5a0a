"""What carries values from one subject's cortex to another's: MNE's morph maps, `-morph.fif`, and source morphs, `.h5`.

A morph map has for each vertex of one subject's hemisphere the weights of vertices of another's, mostly both ways in
one file, whatever its name says. A source morph is one matrix from the sources of an estimate to those of another,
smoothing included, the left hemisphere's before the right one's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from brainreel.errors import FormatError
from brainreel.formats.boxes import StoredArray
from brainreel.formats.fif import Block, Fif, csr, open_fif_file
from brainreel.formats.gate import require_file
from brainreel.formats.hdf5_array import array_of
from brainreel.formats.hdf5_layout import look_into
from brainreel.formats.rows import ascending

_MAP, _WEIGHTS, _FROM, _TO, _HEMI = 362, 3570, 3571, 3572, 3562
_HEMISPHERES = {101: "left", 102: "right"}
_ROOT = "/h5io/key_"
_LARGEST_RATIO = 1032  # the most that deflate can shrink


@dataclass(frozen=True, eq=False)
class MorphMap:
    """Weights of one hemisphere, `sizes` (to, from), from subject `begin` to `end`.

    `sources` and `targets` are the ascending vertex numbers that columns and rows belong to; None: all, in order.
    """

    path: Path
    begin: str
    end: str
    hemi: str
    weights: sparse.csr_array = field(repr=False)
    sizes: tuple[int, int]
    sources: NDArray[np.int32] | None = field(default=None, repr=False)
    targets: NDArray[np.int32] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        to, begin = self.sizes
        return f"from {self.begin} ({begin:,} vertices) to {self.end} ({to:,})"


def read_morph_maps(path: Path) -> list[MorphMap]:
    """Every map in `path`, of both hemispheres. Raises FormatError where it holds none or is damaged."""
    if path.name.lower().endswith(".h5"):
        return _source_morph(path)
    file = open_fif_file(path)
    maps = [_one_map(file, block) for block in file.blocks(_MAP)]
    if not maps:
        raise FormatError(f"{path}: holds no morph map; mne.read_morph_map makes one from the subjects' spheres")
    return maps


def _one_map(file: Fif, block: Block) -> MorphMap:
    begin, end = (file.text(file.needed(file.tag(block, kind), "name of a subject")) for kind in (_FROM, _TO))
    number = file.number(file.tag(block, _HEMI), "hemisphere of a morph map")
    if number not in _HEMISPHERES:
        raise FormatError(f"{file.path}: a morph map of hemisphere {number}, there are 101 and 102; copy it again")
    weights, sizes = file.sparse_rows(file.needed(file.tag(block, _WEIGHTS), "weights of a morph map"))
    return MorphMap(file.path, begin, end, _HEMISPHERES[number], weights, sizes)


def _source_morph(path: Path) -> list[MorphMap]:
    require_file(path)
    listed = look_into(path).listed
    subjects = [f"{_ROOT}subject_from", f"{_ROOT}subject_to"]
    matrix = [f"{_ROOT}morph_mat/{part}" for part in ("data", "indices", "indptr")]
    sides = [f"{_ROOT}{key}/idx_{k}" for key in ("src_data/key_vertices_from", "vertices_to") for k in (0, 1)]
    if not set(matrix + sides) <= set(listed):
        raise FormatError(
            f"{path}: is no source morph between surfaces that MNE-Python wrote, morph.save('sub-01-morph.h5'); apply "
            "one of volumes in Python, morph.apply(stc)"
        )
    said = [name for name in subjects if listed.get(name, ((), ""))[1] == "uint8"]
    layouts = look_into(path, tuple(matrix + sides + said)).layouts
    most = path.stat().st_size * _LARGEST_RATIO
    arrays = {name: _all_of(path, array_of(path, name, layout), most) for name, layout in layouts.items()}
    weights, places, ends = (arrays[name] for name in matrix)
    vertices = [ascending(path, arrays[name].astype(np.int64)) for name in sides]
    if any(order is not None for _, order in vertices):
        raise FormatError(f"{path}: its vertices do not ascend; make the morph again with mne.compute_source_morph")
    left_from, right_from, left_to, right_to = (own for own, _ in vertices)
    sizes = len(left_to) + len(right_to), len(left_from) + len(right_from)
    whole = csr(path, weights.astype(np.float64), places.astype(np.int64), ends.astype(np.int64), sizes)
    begin, end = (arrays[name].tobytes().decode("utf-8", "replace") if name in said else "?" for name in subjects)
    rows, columns = len(left_to), len(left_from)
    if whole[:rows, columns:].nnz or whole[rows:, :columns].nnz:
        raise FormatError(f"{path}: morphs from one hemisphere to the other; apply it in Python, morph.apply(stc)")
    left, right = (sparse.csr_array(part) for part in (whole[:rows, :columns], whole[rows:, columns:]))
    maps = [
        MorphMap(path, begin, end, "left", left, (len(left_to), len(left_from)), left_from, left_to),
        MorphMap(path, begin, end, "right", right, (len(right_to), len(right_from)), right_from, right_to),
    ]
    return [one for one in maps if min(one.sizes)]


def _all_of(path: Path, array: StoredArray, most_bytes: int) -> NDArray:
    """(n,) all of `array`. Raises FormatError where that is more than its file can hold."""
    count = int(np.prod(array.shape, dtype=object)) if len(array.shape) == 1 else -1
    if not 0 <= count <= most_bytes // array.dtype.itemsize:
        raise FormatError(f"{path}: claims an array of {array.shape}, more than it can hold; copy it again")
    return array.read((slice(0, count),)) if count else np.empty(0, array.dtype)


def spelled(maps: Sequence[MorphMap]) -> str:
    """What there is, for messages."""
    return " and ".join(dict.fromkeys(str(one) for one in maps)) or "none"
