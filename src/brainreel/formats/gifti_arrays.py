"""The arrays of a GIFTI file: nibabel's parser, but what it decodes is bounded by what the file states and holds.

nibabel unpacks whatever a packed array grows to, follows external files anywhere, and expands declared entities.
"""

import base64
import zlib
from pathlib import Path
from typing import Any, NoReturn
from xml.parsers.expat import ExpatError, XMLParserType

import numpy as np
from nibabel.gifti.gifti import GiftiDataArray, GiftiImage
from nibabel.gifti.parse_gifti_fast import GiftiImageParser
from nibabel.gifti.util import array_index_order_codes, gifti_encoding_codes, gifti_endian_codes
from nibabel.nifti1 import data_type_codes, intent_codes
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.streams import unpacked

_FOREIGN = (ExpatError, ValueError, LookupError, TypeError, AttributeError, AssertionError, zlib.error, OverflowError)
"""What nibabel's parser raises on damaged files: it trusts their structure."""
_MOST_DIMENSIONS = 6
_TEXT_BYTES = 1 << 20
_LARGEST_RATIO = 1032  # the most that deflate can shrink


def parse_gifti(path: Path) -> GiftiImage:
    """All of the file. Raises FormatError where it is damaged, or an array lacks its data."""
    parser = _Parser(path)
    with foreign_errors(path, *_FOREIGN, problem="this is no readable GIFTI"):
        parser.parse(string=unpacked(path))
    image: GiftiImage | None = parser.img
    if image is None or not image.darrays or any(array.data is None for array in image.darrays):
        raise FormatError(f"{path}: this is no readable GIFTI: it lacks data arrays")
    return image


def arrays_of(image: GiftiImage, intent: str) -> list[GiftiDataArray]:
    """The arrays that the file calls `intent`."""
    return [array for array in image.darrays if array.intent == intent_codes.code[intent]]


class _Parser(GiftiImageParser):
    def __init__(self, path: Path) -> None:
        super().__init__(buffer_size=_TEXT_BYTES)
        self._path = path

    def _create_parser(self) -> XMLParserType:
        parser = super()._create_parser()
        parser.EntityDeclHandler = self._refuse
        return parser

    def _refuse(self, *_: object) -> NoReturn:
        raise FormatError(
            f"{self._path}: its XML declares an entity, which no GIFTI needs and which can be an attack; remove it if "
            "you trust the file"
        )

    def StartElementHandler(self, name: str, attrs: dict[str, str]) -> None:  # noqa: N802  (expat's name)
        """As nibabel, which counts up to whatever number of dimensions is stated."""
        if name == "DataArray" and not 0 <= int(attrs.get("Dimensionality", 0)) <= _MOST_DIMENSIONS:
            raise FormatError(f"{self._path}: an array of {attrs['Dimensionality']} dimensions; GIFTI has at most 6")
        super().StartElementHandler(name, attrs)

    def flush_chardata(self) -> None:
        """What nibabel calls at the end of every text: the data of an array are decoded here."""
        if self.write_to != "Data":
            super().flush_chardata()
            return
        if self.da is None:
            raise FormatError(f"{self._path}: this is no readable GIFTI: it has data outside of an array")
        blocks, self._char_blocks = self._char_blocks, None
        self.da.data = _decoded(self._path, self.da, "".join(blocks or ()))


def _decoded(path: Path, array: GiftiDataArray, text: str) -> NDArray:
    """The values of `array` in the shape that it states."""
    shape = tuple(array.dims)
    if not shape or min(shape) < 1:
        raise FormatError(f"{path}: an array of shape {shape} holds nothing; it is damaged")
    dtype = np.dtype(_code(data_type_codes.dtype, array.datatype))
    if dtype.fields or dtype.kind not in "iuf":
        raise FormatError(f"{path}: an array of {data_type_codes.niistring[array.datatype]}; real numbers are read")
    dtype = dtype.newbyteorder(_code(gifti_endian_codes.byteorder, array.endian))
    order = _code(array_index_order_codes.npcode, array.ind_ord)
    count = _product(shape)
    encoding = gifti_encoding_codes.label[array.encoding]
    if encoding == "ASCII":
        values = np.array(text.split(), dtype)
    elif encoding == "External":
        values = _external(path, array, dtype, count)
    else:
        values = np.frombuffer(_bytes(path, text, encoding == "B64GZ", count * dtype.itemsize), dtype)
    if len(values) != count:
        raise FormatError(f"{path}: an array of shape {shape} holds {len(values):,} values; it is cut off or damaged")
    return values.reshape(shape, order=order)


def _code(codes: Any, number: object) -> Any:
    """What nibabel knows of a code, whose types it does not tell."""
    return codes[number]


def _bytes(path: Path, text: str, packed: bool, wanted: int) -> bytes:
    content = base64.b64decode(text.encode("ascii"))
    if not packed:
        return content
    if wanted > _LARGEST_RATIO * len(content) + 64:
        raise FormatError(f"{path}: an array of {wanted:,} bytes is packed in {len(content):,}; it is damaged")
    return zlib.decompressobj().decompress(content, wanted + 1)


def _external(path: Path, array: GiftiDataArray, dtype: np.dtype, count: int) -> NDArray:
    """Values in a file beside `path`, which states its name and where in it they begin."""
    name = array.ext_fname
    if not name or Path(name).name != name:
        raise FormatError(f"{path}: its data lie in {name!r}; files beside it are read, name it without a folder")
    beside = path.with_name(name)
    require_file(beside)
    offset, size = int(array.ext_offset), beside.stat().st_size
    if offset < 0 or offset + count * dtype.itemsize > size:
        raise FormatError(
            f"{beside}: {count:,} values of {dtype.itemsize} bytes from byte {offset:,} on need "
            f"{offset + count * dtype.itemsize:,} bytes, but the file holds {size:,}; copy it again"
        )
    with foreign_errors(beside):
        return np.fromfile(beside, dtype, count, offset=offset)


def _product(shape: tuple[int, ...]) -> int:
    """As whole numbers of any size, which a damaged file may state."""
    count = 1
    for size in shape:
        count *= int(size)
    return count
