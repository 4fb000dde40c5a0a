"""Functions of lanes, as NumPy computes them; a compiled kernel calls the same names and gets machine instructions."""

from typing import Any

import numpy as np

from brainreel.kernels.lanes.value import FLOAT, INT, MASK, WIDTH, Lanes, Scalar, common, element_of, lift

_LEAST = np.int32(-(2**31))


def splat(scalar: Scalar, /) -> Lanes:
    """`scalar` in all lanes: float32 from a float, int32 from an integer, a mask from a bool."""
    return Lanes(lift(scalar, _natural_element(scalar)))


def iota() -> Lanes:
    """The lanes' own numbers 0..15, int32."""
    return Lanes(np.arange(WIDTH, dtype=np.int32))


def to_int(x: Lanes, /) -> Lanes:
    """float32 to int32, towards zero.

    What does not fit (also NaN) has no portable value: -2**31 here and on x86. Clamp before where it could matter.
    """
    values = element_of(x, FLOAT)
    fits = (values >= np.float32(-(2.0**31))) & (values < np.float32(2.0**31))
    return Lanes(np.where(fits, np.where(fits, values, 0).astype(np.int32), _LEAST))


def to_float(x: Lanes, /) -> Lanes:
    """int32 to the nearest float32."""
    return Lanes(element_of(x, INT).astype(np.float32))


def float_bits(x: Lanes, /) -> Lanes:
    """The 32 bits of each float32 as an int32."""
    return Lanes(element_of(x, FLOAT).view(np.int32))


def permute_bytes(block: Lanes, index: Lanes, /) -> Lanes:
    """Byte j of the result is byte `index[j] % 64` of `block`; both int32, seen as their 64 bytes, lowest first.

    One instruction where `permutes_bytes` says so, and hundreds elsewhere.
    """
    places = element_of(index, INT).view(np.uint8) & 63
    return Lanes(element_of(block, INT).view(np.uint8)[places].view(np.int32))


def permute_two_blocks(first: Lanes, second: Lanes, index: Lanes, /) -> Lanes:
    """As `permute_bytes`, of 128 bytes: `index[j] % 128` from 64 on means `second`."""
    both = np.concatenate([element_of(first, INT).view(np.uint8), element_of(second, INT).view(np.uint8)])
    return Lanes(both[element_of(index, INT).view(np.uint8) & 127].view(np.int32))


def where(mask: Lanes, x: Lanes | Scalar, y: Lanes | Scalar, /) -> Lanes:
    """`x` where `mask`, else `y`, lane by lane; scalars lift."""
    if not isinstance(x, Lanes) and not isinstance(y, Lanes):
        x = splat(x)
    return Lanes(np.where(element_of(mask, MASK), *common(x, y)))


def minimum(x: Lanes | Scalar, y: Lanes | Scalar, /) -> Lanes:
    """`x` where x < y, else `y`: of a NaN and anything the second, as the x86 instruction has it."""
    return where(_ordered(x, y) < y, x, y)


def maximum(x: Lanes | Scalar, y: Lanes | Scalar, /) -> Lanes:
    """`x` where x > y, else `y`: of a NaN and anything the second, as the x86 instruction has it."""
    return where(_ordered(x, y) > y, x, y)


def sqrt(x: Lanes, /) -> Lanes:
    """Square root, correctly rounded; NaN below zero."""
    with np.errstate(invalid="ignore"):
        return Lanes(np.sqrt(element_of(x, FLOAT)))


def floor(x: Lanes, /) -> Lanes:
    """The largest whole float32 not above `x`."""
    return Lanes(np.floor(element_of(x, FLOAT)))


def logical_shift_right(x: Lanes, count: Lanes | Scalar, /) -> Lanes:
    """`x` shifted right by `count` modulo 32 bits, zeros from the left (`>>` repeats the sign)."""
    values, counts = common(x, count)
    element_of(x, INT)
    return Lanes((values.view(np.uint32) >> (counts & 31).astype(np.uint32)).view(np.int32))


def any_lane(mask: Lanes, /) -> bool:
    """Whether `mask` holds anywhere."""
    return bool(element_of(mask, MASK).any())


def all_lanes(mask: Lanes, /) -> bool:
    """Whether `mask` holds everywhere."""
    return bool(element_of(mask, MASK).all())


def bits(mask: Lanes, /) -> np.int32:
    """Lane k of `mask` as bit k of an int32."""
    return np.int32(np.packbits(element_of(mask, MASK), bitorder="little").view("<u2")[0])


def count_bits(word: int | np.integer, /) -> np.int32:
    """How many of the low 32 bits of `word` are set."""
    return np.int32((int(word) & 0xFFFFFFFF).bit_count())


def min_lane(x: Lanes, /) -> Any:
    """The least lane, as an int32 or float32 scalar; with a NaN among the lanes it may be any of them."""
    element_of(x, FLOAT, INT)
    for swap in (swap8, swap4, swap2, swap1):
        x = minimum(x, swap(x))
    return x.values[0]


def max_lane(x: Lanes, /) -> Any:
    """The largest lane, as an int32 or float32 scalar; with a NaN among the lanes it may be any of them."""
    element_of(x, FLOAT, INT)
    for swap in (swap8, swap4, swap2, swap1):
        x = maximum(x, swap(x))
    return x.values[0]


def swap1(x: Lanes, /) -> Lanes:
    """Lane k from lane k ^ 1: neighbours exchanged."""
    return _exchange(x, 1)


def swap2(x: Lanes, /) -> Lanes:
    """Lane k from lane k ^ 2: pairs exchanged."""
    return _exchange(x, 2)


def swap4(x: Lanes, /) -> Lanes:
    """Lane k from lane k ^ 4: fours exchanged."""
    return _exchange(x, 4)


def swap8(x: Lanes, /) -> Lanes:
    """Lane k from lane k ^ 8: the halves exchanged."""
    return _exchange(x, 8)


def lane_f32(x: Lanes, lane: int | np.integer, /) -> np.float32:
    """One of sixteen float32; `lane` in 0..15."""
    return element_of(x, FLOAT)[_checked_lane(lane)]


def lane_i32(x: Lanes, lane: int | np.integer, /) -> np.int32:
    """One of sixteen int32; `lane` in 0..15."""
    return element_of(x, INT)[_checked_lane(lane)]


def _natural_element(scalar: Scalar) -> np.dtype:
    kind = np.asarray(scalar).dtype.kind
    return {"f": FLOAT, "i": INT, "u": INT, "b": MASK}[kind]


def _ordered(x: Lanes | Scalar, y: Lanes | Scalar) -> Lanes:
    return Lanes(common(x, y)[0])


def _exchange(x: Lanes, distance: int) -> Lanes:
    return Lanes(element_of(x, FLOAT, INT, MASK)[np.arange(WIDTH) ^ distance])


def _checked_lane(lane: int | np.integer) -> int:
    if not 0 <= lane < WIDTH:
        raise IndexError(f"lane {lane} of {WIDTH}")
    return int(lane)
