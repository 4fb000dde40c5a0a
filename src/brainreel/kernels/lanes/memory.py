"""Loads, stores and gathers of lanes, as NumPy does them.

Arrays are C-contiguous and addressed flat, in elements, whatever their shape. A compiled kernel checks no bounds; run
interpreted it raises IndexError where a live lane would touch anything outside the array. Lanes that the mask leaves
out touch nothing and give 0.
"""

import numpy as np

from brainreel.kernels.lanes.value import FLOAT, INT, MASK, WIDTH, Lanes, element_of

Index = int | np.integer

BLOCK = 4 * WIDTH
"""Bytes in the widest vectors."""


def load_f32(array: np.ndarray, offset: Index, /) -> Lanes:
    """Sixteen float32 from `array[offset]` on."""
    return Lanes(_run(array, offset, WIDTH, np.float32).copy())


def load_i32(array: np.ndarray, offset: Index, /) -> Lanes:
    """Sixteen int32 from `array[offset]` on, of an int32 or uint32 array."""
    return Lanes(_run(array, offset, WIDTH, np.int32, np.uint32).view(np.int32).copy())


def store(array: np.ndarray, offset: Index, x: Lanes, /) -> None:
    """Write sixteen float32 or int32 from `array[offset]` on; the array's element is the lanes' (or uint32)."""
    values = element_of(x, FLOAT, INT)
    kinds = (np.float32,) if values.dtype == FLOAT else (np.int32, np.uint32)
    _run(array, offset, WIDTH, *kinds)[:] = values.view(array.dtype)


def load_block(array: np.ndarray, offset: Index, /) -> Lanes:
    """Sixteen int32 out of the 64 bytes from `array[offset]` on, of a uint8 array; anywhere, not at multiples of 4."""
    return Lanes(_run(array, offset, BLOCK, np.uint8).view(np.int32).copy())


def store_block(array: np.ndarray, offset: Index, x: Lanes, /) -> None:
    """Write sixteen int32 as 64 bytes from `array[offset]` on, of a uint8 array; anywhere, not at multiples of 4."""
    _run(array, offset, BLOCK, np.uint8)[:] = element_of(x, INT).view(np.uint8)


def store_low_halves(array: np.ndarray, offset: Index, x: Lanes, /) -> None:
    """Write the low two bytes of sixteen int32 as 32 bytes from `array[offset]` on, of a uint8 array."""
    halves = element_of(x, INT).view(np.uint16)[::2]
    _run(array, offset, BLOCK // 2, np.uint8)[:] = np.ascontiguousarray(halves).view(np.uint8)


def store_low_bytes(array: np.ndarray, offset: Index, x: Lanes, /) -> None:
    """Write the lowest byte of sixteen int32 as 16 bytes from `array[offset]` on, of a uint8 array."""
    _run(array, offset, BLOCK // 4, np.uint8)[:] = element_of(x, INT).view(np.uint8)[::4]


def compress_i32(array: np.ndarray, offset: Index, x: Lanes, mask: Lanes, /) -> None:
    """Write the int32 lanes of `mask` one after the other from `array[offset]` on, and nothing more."""
    kept = element_of(x, INT)[element_of(mask, MASK)]
    _run(array, offset, len(kept), np.int32, np.uint32)[:] = kept.view(array.dtype)


def gather_f32(array: np.ndarray, index: Lanes, mask: Lanes, /) -> Lanes:
    """`array[index]` of a float32 array."""
    return gather_f32_at(array, 0, index, mask)


def gather_i32(array: np.ndarray, index: Lanes, mask: Lanes, /) -> Lanes:
    """`array[index]` of an int32 or uint32 array."""
    return gather_i32_at(array, 0, index, mask)


def gather_4bytes(array: np.ndarray, index: Lanes, mask: Lanes, /) -> Lanes:
    """Four neighbours from `array[index]` on, of a uint8 array, as one int32, the first in the lowest bits."""
    return gather_at(array, 0, index, mask)


def gather_f32_at(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, /) -> Lanes:
    """`array[start + index]` of a float32 array; the 64-bit `start` reaches beyond 2**31."""
    return _gather(array, start, index, mask, 1, np.float32)


def gather_i32_at(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, /) -> Lanes:
    """`array[start + index]` of an int32 or uint32 array; the 64-bit `start` reaches beyond 2**31."""
    return _gather(array, start, index, mask, 1, np.int32, np.uint32)


def gather_at(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, /) -> Lanes:
    """Four neighbours from `array[start + index]` on, of a uint8 array, as one int32, the first in the lowest bits.

    The array must go on for three bytes past the last one that is meant: pad it.
    """
    return _gather(array, start, index, mask, 4, np.uint8)


def gather_2x16_at(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, /) -> Lanes:
    """Two neighbours from `array[start + index]` on, of a uint16 array, as one int32, the first in the low half.

    The array must go on for one element past the last one that is meant: pad it.
    """
    return _gather(array, start, index, mask, 2, np.uint16)


def gather_two_at(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, /) -> tuple[Lanes, Lanes]:
    """`array[start + index]` and its next neighbour as float32, of a uint8, uint16 or float32 array.

    What is read is at least 4 bytes long: a uint8 array must go on for three bytes past the first of the two.
    """
    first, second = _gather_floats(array, start, index, mask, 2)
    return first, second


def gather_four_at(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, /) -> tuple[Lanes, Lanes, Lanes, Lanes]:
    """`array[start + index]` and its next three neighbours as float32, of a uint8, uint16 or float32 array."""
    first, second, third, fourth = _gather_floats(array, start, index, mask, 4)
    return first, second, third, fourth


def _gather_floats(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, count: int) -> list[Lanes]:
    flat = _flat(array, np.uint8, np.uint16, np.float32)
    live = element_of(mask, MASK)
    at = int(start) + element_of(index, INT).astype(np.int64)[live]
    if len(at) and not (at.min() >= 0 and at.max() + max(count, 4 // flat.itemsize) <= len(flat)):
        raise IndexError(f"{count} elements from {at} on leave an array of {len(flat)}")
    result = np.zeros((count, WIDTH), FLOAT)
    result[:, live] = flat[at + np.arange(count)[:, None]]
    return [Lanes(values) for values in result]


def _flat(array: np.ndarray, *kinds: type) -> np.ndarray:
    if array.dtype not in kinds or not array.flags.c_contiguous:
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"expected a C-contiguous array of {names}, got {array.dtype}, {array.strides=}")
    return array.reshape(-1)


def _run(array: np.ndarray, offset: Index, count: int, *kinds: type) -> np.ndarray:
    flat = _flat(array, *kinds)
    if not 0 <= offset <= len(flat) - count:
        raise IndexError(f"{count} elements from {offset} on leave an array of {len(flat)}")
    return flat[int(offset) : int(offset) + count]


def _gather(array: np.ndarray, start: Index, index: Lanes, mask: Lanes, neighbours: int, *kinds: type) -> Lanes:
    flat = _flat(array, *kinds)
    live = element_of(mask, MASK)
    at = int(start) + element_of(index, INT).astype(np.int64)[live]
    if len(at) and not (at.min() >= 0 and at.max() + neighbours <= len(flat)):
        raise IndexError(f"{neighbours} elements from {at} on leave an array of {len(flat)}")
    read = flat[at[:, None] + np.arange(neighbours)]
    result = np.zeros(WIDTH, FLOAT if flat.dtype == FLOAT else INT)
    result[live] = np.ascontiguousarray(read).view(result.dtype)[:, 0]
    return Lanes(result)
