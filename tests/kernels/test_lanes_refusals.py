"""What lanes refuse, and refuse alike compiled and interpreted; and what only the interpreted ones can notice."""

import numpy as np
import pytest
from numba.core.errors import TypingError

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import kernel

f32, i32 = np.float32, np.int32

REFUSED = {
    "float lanes with int lanes": lambda f, i, m, floats, ints: f + i,
    "int lanes with a float": lambda f, i, m, floats, ints: i * 1.5,
    "int lanes with a bool": lambda f, i, m, floats, ints: i + True,
    "division of int lanes": lambda f, i, m, floats, ints: i / i,
    "bits of float lanes": lambda f, i, m, floats, ints: f & 1,
    "shifted float lanes": lambda f, i, m, floats, ints: f >> 1,
    "inverted float lanes": lambda f, i, m, floats, ints: ~f,
    "a sum of masks": lambda f, i, m, floats, ints: m + m,
    "ordered masks": lambda f, i, m, floats, ints: m < m,
    "a mask with an int": lambda f, i, m, floats, ints: m & 1,
    "choosing by ints": lambda f, i, m, floats, ints: L.where(i, f, f),
    "choosing between kinds": lambda f, i, m, floats, ints: L.where(m, f, i),
    "choosing between kinds of scalars": lambda f, i, m, floats, ints: L.where(m, 1, 1.5),
    "the least of kinds": lambda f, i, m, floats, ints: L.minimum(f, i),
    "the least of masks": lambda f, i, m, floats, ints: L.minimum(m, m),
    "the least lane of a mask": lambda f, i, m, floats, ints: L.min_lane(m),
    "the root of ints": lambda f, i, m, floats, ints: L.sqrt(i),
    "truncated ints": lambda f, i, m, floats, ints: L.to_int(i),
    "converted floats": lambda f, i, m, floats, ints: L.to_float(f),
    "any of ints": lambda f, i, m, floats, ints: L.any_lane(i),
    "truth of a mask": lambda f, i, m, floats, ints: 1 if m else 0,
    "logical shift of floats": lambda f, i, m, floats, ints: L.logical_shift_right(f, 1),
    "floats from ints": lambda f, i, m, floats, ints: L.gather_f32(ints, i, m),
    "ints from floats": lambda f, i, m, floats, ints: L.gather_i32(floats, i, m),
    "bytes from ints": lambda f, i, m, floats, ints: L.gather_4bytes(ints, i, m),
    "words from ints": lambda f, i, m, floats, ints: L.gather_2x16_at(ints, 0, i, m),
    "floats at floats": lambda f, i, m, floats, ints: L.gather_f32(floats, f, m),
    "floats under ints": lambda f, i, m, floats, ints: L.gather_f32(floats, i, i),
    "every second float": lambda f, i, m, floats, ints: L.gather_f32(floats[::2], i, m),
    "a column": lambda f, i, m, floats, ints: L.load_f32(floats.reshape(5, 8)[:, 1:], 0),
    "floats into ints": lambda f, i, m, floats, ints: L.store(ints, 0, f),
    "a block of ints": lambda f, i, m, floats, ints: L.load_block(ints, 0),
    "floats as a block": lambda f, i, m, floats, ints: L.store_block(ints.view(np.uint8), 0, f),
    "halves into ints": lambda f, i, m, floats, ints: L.store_low_halves(ints, 0, i),
    "compressed floats": lambda f, i, m, floats, ints: L.compress_i32(ints, 0, f, m),
}


def lanes():
    f, i = L.to_float(L.iota()), L.iota()
    return f, i, i > 3, np.zeros(40, f32), np.zeros(40, i32)


@pytest.mark.parametrize("what", REFUSED)
def test_what_means_nothing_is_refused_by_the_compiler(what):
    @kernel
    def attempt(operation, floats, ints):
        i = L.load_i32(ints, 0)
        operation(L.load_f32(floats, 0), i, i > 3, floats, ints)

    with pytest.raises(TypingError):
        attempt(kernel(REFUSED[what]), np.zeros(40, f32), np.zeros(40, i32))


@pytest.mark.parametrize("what", REFUSED)
def test_what_means_nothing_is_refused_interpreted(what):
    with pytest.raises(TypeError):
        REFUSED[what](*lanes())


def test_a_read_only_array_is_not_stored_to():
    @kernel
    def attempt(array):
        L.store(array, 0, L.iota())

    array = np.zeros(40, i32)
    array.flags.writeable = False
    with pytest.raises(TypingError):
        attempt(array)
    with pytest.raises(ValueError, match="read-only"):
        attempt.py_func(array)


@pytest.mark.parametrize("first", [-1, 25, 1000])
def test_interpreted_kernels_notice_runs_outside_their_array(first):
    array, everywhere = np.zeros(40, i32), L.splat(True)
    for attempt in (
        lambda: L.load_i32(array, first),
        lambda: L.load_f32(array.astype(f32), first),
        lambda: L.store(array, first, L.iota()),
        lambda: L.compress_i32(array, first, L.iota(), everywhere),
        lambda: L.load_block(array.astype(np.uint8)[:79], first),
        lambda: L.store_block(array.astype(np.uint8)[:79], first, L.iota()),
        lambda: L.store_low_halves(array.astype(np.uint8), first, L.iota()),
        lambda: L.gather_i32(array, L.iota() + first, everywhere),
        lambda: L.gather_f32_at(array.astype(f32), first, L.iota(), everywhere),
    ):
        with pytest.raises(IndexError):
            attempt()


def test_interpreted_gathers_of_neighbours_demand_their_padding():
    last, bytes_, words = L.splat(39), np.zeros(43, np.uint8), np.zeros(41, np.uint16)
    everywhere = L.splat(True)
    L.gather_4bytes(bytes_, last, everywhere)
    L.gather_2x16_at(words, 0, last, everywhere)
    with pytest.raises(IndexError):
        L.gather_4bytes(bytes_[:-1], last, everywhere)
    with pytest.raises(IndexError):
        L.gather_2x16_at(words[:-1], 0, last, everywhere)


def test_compressing_needs_room_for_the_kept_lanes_only():
    array = np.full(5, -1, i32)
    L.compress_i32(array, 1, L.iota(), L.iota() > 12)
    assert array.tolist() == [-1, 13, 14, 15, -1]


@pytest.mark.parametrize("lane", [-1, 16])
def test_there_are_sixteen_lanes(lane):
    with pytest.raises(IndexError):
        L.lane_i32(L.iota(), lane)


def test_numpy_scalars_leave_the_lanes_their_type():
    x = L.splat(1.5)
    for result in (np.float64(2) * x, x * np.float64(2), 2 * x, np.int64(2) * x, np.float32(2) * x, x * 2.0):
        assert result.values.dtype == f32
        assert (result.values == 3).all()
    for result in (np.int64(5) - L.iota(), L.iota() + np.int64(2**40 + 3), np.uint8(7) & L.iota(), 1 << L.iota()):
        assert result.values.dtype == i32


def test_starts_beyond_32_bits_reach_the_end_of_an_array_of_that_size():
    # never touched but for one page, so it takes address space alone
    pool = np.zeros(2**31 + 100, np.uint8)
    pool[2**31 + 50 : 2**31 + 54] = (1, 2, 3, 4)

    @kernel
    def read(pool, start, out):
        L.store(out, 0, L.gather_at(pool, start, L.iota() - 2, L.iota() == 1))

    out = np.zeros(16, i32)
    read(pool, 2**31 + 51, out)
    assert out.tolist() == [0, 0x04030201] + [0] * 14
    read.py_func(pool, 2**31 + 51, out[:])
    assert out.tolist() == [0, 0x04030201] + [0] * 14
