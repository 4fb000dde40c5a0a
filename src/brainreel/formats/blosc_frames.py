"""The header of a Blosc frame, looked at before Blosc's C library decodes it.

The library believes the length that a frame states: of a damaged one it reads on behind the end, and the process may
die of it.
"""

import struct

_HEADER = struct.Struct("<4B3I")  # version, format of the packing, flags, size of a type; bytes, bytes a block, packed


def unpacked_bytes(frame: bytes | memoryview) -> int:
    """How many bytes a Blosc frame unpacks to. Raises ValueError where it is cut off or its header is damaged."""
    if len(frame) < _HEADER.size:
        raise ValueError(f"a packed chunk of {len(frame)} bytes is too short for Blosc")
    *_, unpacked, block, packed = _HEADER.unpack_from(frame)
    if packed != len(frame) or block > max(unpacked, 1):
        raise ValueError(f"a packed chunk has {len(frame)} bytes and says that it has {packed}")
    return unpacked
