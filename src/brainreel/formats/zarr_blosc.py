"""Zarr's Blosc, which looks at every frame before its C library decodes it (see blosc_frames)."""

from functools import cached_property
from typing import Any

import numcodecs
import zarr
from numcodecs.blosc import Blosc
from zarr.codecs import BloscCodec
from zarr.registry import register_codec

from brainreel.formats.blosc_frames import unpacked_bytes


class CheckedBlosc(Blosc):
    """numcodecs' Blosc, which refuses frames whose stated lengths cannot be theirs."""

    def decode(self, buf: Any, out: Any = None) -> Any:
        """The unpacked bytes of one frame. Raises ValueError where it is cut off or its header is damaged."""
        unpacked_bytes(memoryview(buf).cast("B"))
        return super().decode(buf, out)


class CheckedBloscCodec(BloscCodec):
    """The same for version 3 of Zarr."""

    @cached_property
    def _blosc_codec(self) -> Blosc:
        settings = super()._blosc_codec.get_config()
        del settings["id"]
        return CheckedBlosc(**settings)


def check_blosc_frames() -> None:
    """Let zarr and numcodecs decode Blosc with these classes from now on, whoever opens an array."""
    numcodecs.register_codec(CheckedBlosc)
    register_codec("blosc", CheckedBloscCodec)
    zarr.config.set({"codecs.blosc": f"{__name__}.{CheckedBloscCodec.__name__}"})
