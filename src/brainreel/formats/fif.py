"""FIFF, the files of MNE and of MEG devices: tags of numbers, matrices and transforms, in blocks within blocks.

Big-endian. A tag is int32 kind, int32 type, int32 size, int32 next (0: behind this one, -1: the last), then `size`
bytes; tags of the kinds 104 and 105 begin and end a block. Read here and not through MNE, which is large, takes what a
damaged file claims, and is needed for nothing else.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from brainreel.errors import FormatError
from brainreel.formats.gate import GZIP_MAGIC, require_file
from brainreel.formats.streams import unpacked
from brainreel.formats.voxels import map_array

HEAD, MRI, VOXEL, RAS = 4, 5, 2001, 2002
"""Frames of coordinates: of the head, FreeSurfer's surfaces (tkRAS), voxels of an MRI, and the scanner (RAS)."""

_FILE_ID, _BEGIN, _END, _TRANSFORM = 100, 104, 105, 222
_MATRIX, _SPARSE_ROWS, _CODING = 0x4000, 0x4020, 16
_NUMBERS = {2: ">i2", 3: ">i4", 4: ">f4", 5: ">f8", 7: ">u2", 8: ">u4"}
_MOST_TAGS = 1 << 18
_MOST_BLOCKS = 1 << 14
_HEAD_OF_TAG = struct.Struct(">4i")


@dataclass(frozen=True, slots=True)
class Tag:
    """A value: `size` bytes from byte `start` of the file on."""

    kind: int
    form: int
    start: int
    size: int


@dataclass(frozen=True)
class Block:
    """Tags and blocks between the beginning and the end of a block."""

    kind: int
    tags: list[Tag] = field(default_factory=list, repr=False)
    blocks: list["Block"] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Fif:
    """A FIFF file whose tags are known; values are read when they are asked for."""

    path: Path
    content: NDArray[np.uint8] = field(repr=False)
    root: Block = field(repr=False)

    def blocks(self, kind: int) -> Iterator[Block]:
        """Those of `kind`, wherever they are, in the file's order."""
        left = [self.root]
        while left:
            block = left.pop()
            if block.kind == kind:
                yield block
            left += reversed(block.blocks)

    def tag(self, block: Block, *kinds: int) -> Tag | None:
        """The first tag of the first of `kinds` that `block` has itself."""
        return next((tag for kind in kinds for tag in block.tags if tag.kind == kind), None)

    def bytes_of(self, tag: Tag) -> bytes:
        """What the tag holds."""
        return self.content[tag.start : tag.start + tag.size].tobytes()

    def text(self, tag: Tag) -> str:
        """The letters that the tag holds."""
        return self.bytes_of(tag).decode("latin1")

    def numbers(self, tag: Tag) -> NDArray:
        """(n,) numbers, or (rows, columns) of a matrix, in the file's byte order. Raises FormatError for others."""
        if (coding := tag.form >> _CODING) not in (0, _MATRIX):
            raise self.damaged(tag, f"is of the type {tag.form:#x}, no plain numbers")
        dtype = np.dtype(_NUMBERS.get(tag.form & 0xFFFF, "V1"))
        if dtype.kind == "V":
            raise self.damaged(tag, f"is of the type {tag.form & 0xFFFF}, no plain numbers")
        content = self.bytes_of(tag)
        if coding == 0:
            return np.frombuffer(content, dtype, len(content) // dtype.itemsize)
        rows, columns = self._two_sizes(tag, content, 3)
        if rows * columns * dtype.itemsize + 12 != len(content):
            raise self.damaged(tag, f"claims {rows:,} x {columns:,} numbers in {len(content):,} bytes")
        return np.frombuffer(content, dtype, rows * columns).reshape(rows, columns)

    def number(self, tag: Tag | None, what: str) -> int:
        """The only number of a tag that there must be."""
        values = self.numbers(self.needed(tag, what))
        if values.size != 1:
            raise FormatError(f"{self.path}: {what} is {values.size} numbers; the file is damaged")
        return int(values.ravel()[0])

    def needed(self, tag: Tag | None, what: str) -> Tag:
        """`tag`, or FormatError where there is none."""
        if tag is None:
            raise FormatError(f"{self.path}: holds no {what}; it is cut off or damaged, save it again with MNE")
        return tag

    def sparse_rows(self, tag: Tag) -> tuple[sparse.csr_array, tuple[int, int]]:
        """The float32 matrix that is stored row by row, and its rows and columns. Raises FormatError for another."""
        if tag.form != (_SPARSE_ROWS << _CODING) + 4:
            raise self.damaged(tag, f"is of the type {tag.form:#x}, no sparse matrix stored by rows")
        content = self.bytes_of(tag)
        rows, columns = self._two_sizes(tag, content, 4)
        count = int(np.frombuffer(content, ">i4", 1, len(content) - 16)[0])
        if count < 0 or 8 * count + 4 * (rows + 1) + 16 != len(content):
            raise self.damaged(tag, f"claims {count:,} weights in {rows:,} rows and {len(content):,} bytes")
        weights = np.frombuffer(content, ">f4", count).astype(np.float32)
        places = np.frombuffer(content, ">i4", count, 4 * count).astype(np.int32)
        ends = np.frombuffer(content, ">i4", rows + 1, 8 * count).astype(np.int32)
        return csr(self.path, weights, places, ends, (rows, columns)), (rows, columns)

    def transform(self, block: Block, source: int, target: int) -> NDArray[np.float64] | None:
        """(4, 4) from one frame to another, in metres, among the tags of `block`, forwards or inverted."""
        for tag in (tag for tag in block.tags if tag.kind == _TRANSFORM and tag.size >= 56):
            start, end = np.frombuffer(self.bytes_of(tag), ">i4", 2).tolist()
            if (start, end) in ((source, target), (target, source)):
                values = np.frombuffer(self.bytes_of(tag), ">f4", 12, 8).astype(np.float64)
                matrix = np.vstack([np.column_stack([values[:9].reshape(3, 3), values[9:]]), [0, 0, 0, 1]])
                if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-30:
                    raise self.damaged(tag, "takes space to a plane or to nowhere")
                return matrix if (start, end) == (source, target) else np.linalg.inv(matrix)
        return None

    def damaged(self, tag: Tag, problem: str) -> FormatError:
        """What is raised for `tag`."""
        return FormatError(f"{self.path}: tag {tag.kind} at byte {tag.start:,} {problem}; copy the file again")

    def _two_sizes(self, tag: Tag, content: bytes, trailer: int) -> tuple[int, int]:
        """Rows and columns, which the last int32 of a matrix say; those of a dense one are in turned order."""
        if len(content) < 4 * trailer:
            raise self.damaged(tag, "is a matrix that is too short to say its size")
        *sizes, axes = np.frombuffer(content, ">i4", 3, len(content) - 12).tolist()
        if axes != 2 or min(sizes) < 0:
            raise self.damaged(tag, f"is a matrix of {axes} axes and the sizes {sizes}")
        rows, columns = sizes if trailer == 4 else sizes[::-1]
        return rows, columns


def open_fif_file(path: Path) -> Fif:
    """The tags of `path`, which may be packed by gzip. Raises FormatError where they do not lead to its end."""
    head = require_file(path)
    packed = head.startswith(GZIP_MAGIC)
    size = path.stat().st_size
    content = np.frombuffer(unpacked(path), np.uint8) if packed else map_array(path, np.dtype("u1"), (size,))
    return Fif(path, content, _tree(path, content))


def csr(path: Path, weights: NDArray, places: NDArray, ends: NDArray, shape: tuple[int, int]) -> sparse.csr_array:
    """The matrix of rows that end at `ends` (rows + 1,). Raises FormatError where it is none."""
    rows, columns = shape
    whole = len(ends) == rows + 1 and len(ends) > 0 and ends[0] == 0 and ends[-1] == len(places) == len(weights)
    if not whole or (np.diff(ends) < 0).any() or (len(places) and not 0 <= places.min() <= places.max() < columns):
        raise FormatError(f"{path}: a sparse matrix of {rows:,} x {columns:,} has weights outside; copy it again")
    return sparse.csr_array((weights, places, ends), shape=shape)


def _tree(path: Path, content: NDArray[np.uint8]) -> Block:
    root = Block(0)
    open_blocks, count = [root], 0
    for tag in _tags(path, content):
        if tag.kind in (_BEGIN, _END) and tag.size != 4:
            raise FormatError(f"{path}: the block at byte {tag.start:,} has no kind; copy the file again")
        if tag.kind == _BEGIN:
            count += 1
            if count > _MOST_BLOCKS:
                raise FormatError(f"{path}: has over {_MOST_BLOCKS:,} blocks, which no file of MNE has; copy it again")
            block = Block(int(content[tag.start : tag.start + 4].view(">i4")[0]))
            open_blocks[-1].blocks.append(block)
            open_blocks.append(block)
        elif tag.kind == _END:
            if len(open_blocks) > 1:
                open_blocks.pop()
        else:
            open_blocks[-1].tags.append(tag)
    if len(open_blocks) > 1:
        raise FormatError(f"{path}: ends inside a block, so it is cut off; copy it again")
    return root


def _tags(path: Path, content: NDArray[np.uint8]) -> Iterator[Tag]:
    """Every tag, in the order in which they are linked."""
    at, size, view = 0, len(content), content.data
    for number in range(_MOST_TAGS):
        if at == size and number:
            return
        if at > size - _HEAD_OF_TAG.size:
            raise FormatError(f"{path}: is cut off at byte {size:,}, in the head of a tag; copy it again")
        kind, form, length, following = _HEAD_OF_TAG.unpack_from(view, at)
        if number == 0 and (kind != _FILE_ID or length != 20):
            raise FormatError(f"{path}: does not begin as FIFF files do; save it again with MNE")
        start = at + _HEAD_OF_TAG.size
        if length < 0 or length > size - start:
            raise FormatError(
                f"{path}: tag {kind} claims {length:,} bytes from byte {start:,} on, but there are {size:,}; it is cut "
                "off or damaged, copy it again"
            )
        yield Tag(kind, form, start, length)
        if following < 0:
            return
        if 0 < following < start:
            raise FormatError(f"{path}: tag {kind} at byte {at:,} leads back to byte {following:,}; copy it again")
        at = following or start + length
    raise FormatError(f"{path}: has over {_MOST_TAGS:,} tags, so it is a recording; name a source space or a morph map")
