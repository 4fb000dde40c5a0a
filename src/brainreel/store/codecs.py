"""How the chunks of a store are packed, and what Zarr calls it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import google_crc32c
import imagecodecs
import numpy as np
from numpy.typing import NDArray

from brainreel.errors import UsageError

CHECKSUM_BYTES = 4


@dataclass(frozen=True)
class Codec:
    """A way to pack chunks: `encode` gives bytes, `decode` writes into an array of the chunk's bytes.

    Neither holds Python's lock. `steps` are the codecs of Zarr that say the same, without its checksum.
    """

    name: str
    steps: tuple[dict[str, Any], ...]
    encode: Callable[[NDArray], bytes]
    decode: Callable[[bytes, NDArray], None]


def codec_of(name: str, dtype: np.dtype) -> Codec:
    """The codec that `--codec` names, for voxels of `dtype`. Raises UsageError where there is none of that name."""
    if name == "zstd":
        step = {"name": "zstd", "configuration": {"level": 1, "checksum": False}}
        return Codec(name, (step,), _zstd, _unzstd)
    if name == "lz4":
        shuffle = "noshuffle" if dtype.itemsize == 1 else "shuffle"
        settings = {"cname": "lz4", "clevel": 5, "shuffle": shuffle, "typesize": dtype.itemsize, "blocksize": 0}
        return Codec(name, ({"name": "blosc", "configuration": settings},), _blosc_of(dtype), _unblosc)
    if name == "none":
        return Codec(name, (), lambda chunk: chunk.tobytes(), _copy)
    raise UsageError(f"--codec {name}: chunks are packed with zstd, lz4 or none")


def checksum(data: bytes) -> int:
    """CRC32C, as Zarr's codec of that name."""
    return google_crc32c.value(data)


def known_by(found: int) -> int:
    """What descriptions of a store keep of a `checksum`: 1 in place of 0, for 0 says that there is no chunk."""
    return found or 1


def _zstd(chunk: NDArray) -> bytes:
    return bytes(imagecodecs.zstd_encode(chunk.data, 1))  # pyright: ignore[reportArgumentType]  (any buffer does)


def _unzstd(data: bytes, out: NDArray) -> None:
    imagecodecs.zstd_decode(data, out=out.view(np.uint8).data)


def _blosc_of(dtype: np.dtype) -> Callable[[NDArray], bytes]:
    shuffle = 0 if dtype.itemsize == 1 else 1

    def encode(chunk: NDArray) -> bytes:
        frame = imagecodecs.blosc_encode(
            chunk.data,  # pyright: ignore[reportArgumentType]  (any buffer does)
            level=5,
            compressor="lz4",
            shuffle=shuffle,
            typesize=dtype.itemsize,
            numthreads=1,
        )
        return bytes(frame)

    return encode


def _unblosc(data: bytes, out: NDArray) -> None:
    imagecodecs.blosc_decode(data, out=out.view(np.uint8).data, numthreads=1)


def _copy(data: bytes, out: NDArray) -> None:
    out.view(np.uint8)[:] = np.frombuffer(data, np.uint8)
