"""Every operation of lanes: compiled for this machine, compiled for AVX2 alone, and interpreted.

Run as a program it computes all cases under whatever the environment says and writes them to the file it is given.
"""

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import kernel

f32, i32 = np.float32, np.int32

HASWELL = "+64bit,+avx,+avx2,+bmi,+bmi2,+cmov,+crc32,+cx16,+cx8,+f16c,+fma,+fxsr,+lzcnt,+mmx,+movbe,+popcnt,+sahf,"
HASWELL += "+sse,+sse2,+sse3,+sse4.1,+sse4.2,+ssse3,+xsave,+xsaveopt"
VARIANTS = {
    "native": {},
    "avx2": {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": HASWELL},
    "interpreted": {"NUMBA_DISABLE_JIT": "1"},
}

PADDING = 3  # a gather of four neighbours reads so far past the byte that is meant
CASES = {}


class Case(NamedTuple):
    function: Callable
    element: type
    contracts: bool


def case(element, contracts=False):
    """A function of float lanes f, g, int lanes i, j, a mask m and the arrays, that returns lanes of `element`.

    Where it `contracts`, the compiler may leave out the rounding of a product that is added to.
    """

    def register(function):
        CASES[function.__name__] = Case(function, element, contracts)
        return function

    return register


def inputs():
    """Lanes in batches of 16: edge values first, then random ones; and masks from none to all."""
    rng = np.random.default_rng(0)
    edges = [0, -0.0, 1, -1, 0.5, -0.5, 2.5, -2.5, 1e-40, -1e-40, 3.4e38, -3.4e38, np.inf, -np.inf, np.nan, 2**31 - 128]
    f = rng.normal(size=(24, 16)) * 10.0 ** rng.integers(-3, 9, (24, 16))
    g = rng.normal(size=(24, 16)) * 10.0 ** rng.integers(-3, 3, (24, 16))
    f[0], g[0], f[1], g[1] = edges, np.roll(edges, 5), edges, edges
    f[2] = [2.0**31, -(2.0**31), -(2.0**31) - 256, 2.0**24 + 1, 1e10, -1e10, 0.99999994, -0.99999994, *range(8)]
    i = rng.integers(-(2**31), 2**31, (24, 16))
    j = rng.integers(-40, 80, (24, 16))
    i[0] = [0, 1, -1, 2**31 - 1, -(2**31), 255, 256, -256, 31, 32, 33, -31, -32, -33, 2**24 + 1, 2**30]
    m = rng.integers(0, 2, (24, 16))
    m[0], m[1], m[2], m[3] = 0, 1, np.arange(16) == 0, np.arange(16) == 15
    return f.astype(f32), g.astype(f32), i.astype(i32), j.astype(i32), m.astype(i32)


def arrays():
    """Arrays to gather from: 200 elements and the padding."""
    rng = np.random.default_rng(1)
    return (
        rng.normal(size=(4, 50)).astype(f32),
        rng.integers(-(2**31), 2**31, 200).astype(i32),
        rng.integers(0, 256, 200 + PADDING).astype(np.uint8),
        rng.integers(0, 65536, 200 + 1).astype(np.uint16),
    )


@kernel
def spread(i):
    """Any int lanes to indices of the arrays' 200 elements, the last one included."""
    return L.minimum(L.logical_shift_right(i, 24), 199)


@case(f32)
def float_sum_and_difference(f, g, i, j, m, floats, ints, bytes_, words):
    return L.where(m, f + g, -(f - g))


@case(f32)
def float_product_and_quotient(f, g, i, j, m, floats, ints, bytes_, words):
    return L.where(m, f * g, f / g)


@case(f32)
def float_and_scalars(f, g, i, j, m, floats, ints, bytes_, words):
    # a double, an integer and a float32, on either side: all are rounded to float32 first
    return L.where(m, (f + 0.1) - (0.1 - g), f32(3) / ((2 * f) / 3))


@case(i32)
def int_arithmetic_wraps(f, g, i, j, m, floats, ints, bytes_, words):
    return (i + j) ^ ((j - i) * 3) ^ (i * j) ^ -i


@case(i32)
def int_and_scalars(f, g, i, j, m, floats, ints, bytes_, words):
    return (i + 7) * (np.int64(3) - j) ^ 0xFFFFFFFF


@case(i32)
def int_bits(f, g, i, j, m, floats, ints, bytes_, words):
    return (i & j) + ((i | j) ^ (~i)) + (255 & i) + (i | 1) + (12 ^ j)


@case(i32)
def shift_left(f, g, i, j, m, floats, ints, bytes_, words):
    return (i << j) + (i << 5) + (1 << j)


@case(i32)
def shift_right_repeats_the_sign(f, g, i, j, m, floats, ints, bytes_, words):
    return (i >> j) ^ (i >> 3) ^ (-1000 >> j)


@case(i32)
def logical_shift_right_does_not(f, g, i, j, m, floats, ints, bytes_, words):
    return L.logical_shift_right(i, j) ^ L.logical_shift_right(i, 3)


@case(i32)
def in_place(f, g, i, j, m, floats, ints, bytes_, words):
    i += j
    i -= 1
    i *= 3
    i &= 0xFFFF
    i |= j
    i ^= 5
    i <<= 2
    i >>= 1
    f -= g
    f /= 2
    m &= f > 0
    m |= i < 0
    m ^= j > 5
    return L.where(m, i, L.to_int(L.minimum(L.maximum(f, -1e6), 1e6)))


@case(i32)
def float_comparisons(f, g, i, j, m, floats, ints, bytes_, words):
    answers = L.where(f < g, 1, 0) | L.where(f <= g, 2, 0) | L.where(f > g, 4, 0)
    answers |= L.where(f >= g, 8, 0) | L.where(f == g, 16, 0) | L.where(f != g, 32, 0)
    return answers | L.where(f > 0.5, 64, 0) | L.where(f != 0, 128, 0)


@case(i32)
def int_comparisons(f, g, i, j, m, floats, ints, bytes_, words):
    answers = L.where(i < j, 1, 0) | L.where(i <= j, 2, 0) | L.where(i > j, 4, 0)
    answers |= L.where(i >= j, 8, 0) | L.where(i == j, 16, 0) | L.where(i != j, 32, 0)
    return answers | L.where(i > 5, 64, 0) | L.where(i != 0, 128, 0)


@case(i32)
def mask_algebra(f, g, i, j, m, floats, ints, bytes_, words):
    positive = f > 0
    answers = L.where(m & positive, 1, 0) | L.where(m | positive, 2, 0) | L.where(m ^ positive, 4, 0)
    return answers | L.where(~m, 8, 0) | L.where(m & True, 16, 0) | L.where(m ^ (f32(1) < f32(2)), 32, 0)


@case(f32)
def choices(f, g, i, j, m, floats, ints, bytes_, words):
    of_masks = L.where(L.where(m, f > 0, i > 0), 1.5, L.where(L.where(m, True, False), 1.0, 2.0))
    return L.where(m, f, L.where(i > 0, g, 2)) - L.where(m, of_masks, L.where(~m, 0.25, f))


@case(f32)
def least_and_greatest_float(f, g, i, j, m, floats, ints, bytes_, words):
    return L.where(m, L.minimum(f, g), L.maximum(f, g))


@case(i32)
def least_and_greatest_int(f, g, i, j, m, floats, ints, bytes_, words):
    return L.minimum(i, j) + L.maximum(i, 5) + L.minimum(-3, j)


@case(f32)
def square_root_and_floor(f, g, i, j, m, floats, ints, bytes_, words):
    return L.where(m, L.sqrt(f), L.floor(f))


@case(i32)
def truncated(f, g, i, j, m, floats, ints, bytes_, words):
    return L.to_int(L.where((f > -2147483648.0) & (f < 2147483648.0), f, 7))


@case(f32)
def splats_and_conversion(f, g, i, j, m, floats, ints, bytes_, words):
    return L.where(L.splat(True) & m, L.splat(2.5), L.to_float((L.splat(-3) + L.iota()) ^ i))


@case(i32)
def swaps(f, g, i, j, m, floats, ints, bytes_, words):
    return L.swap1(i) + 3 * L.swap2(i) + 5 * L.swap4(i) + L.where(L.swap1(m), L.swap8(i), 0)


@case(f32)
def float_swaps(f, g, i, j, m, floats, ints, bytes_, words):
    return L.where(m, L.where(i > 0, L.swap1(f), L.swap2(f)), L.where(i > 0, L.swap4(f), L.swap8(f)))


@case(i32)
def answers_about_masks(f, g, i, j, m, floats, ints, bytes_, words):
    answer = 0
    if L.any_lane(m):
        answer += 1
    if L.all_lanes(m):
        answer += 2
    return L.splat(answer + 4 * L.bits(m) + (L.count_bits(L.bits(m)) << 20))


@case(i32)
def extreme_ints(f, g, i, j, m, floats, ints, bytes_, words):
    return L.splat(L.min_lane(i)) ^ L.max_lane(i) ^ L.min_lane(j)


@case(f32)
def extreme_floats(f, g, i, j, m, floats, ints, bytes_, words):
    f = L.where(f == f, f, 0)
    return L.where(m, L.min_lane(f), L.max_lane(f))


@case(f32)
def single_lanes(f, g, i, j, m, floats, ints, bytes_, words):
    total = f32(0)
    for k in range(16):
        if L.lane_i32(i, k) > 0 and L.lane_f32(g, k) > 0:
            total += L.lane_f32(g, k)
    return L.splat(total)


@case(f32)
def gathered_floats(f, g, i, j, m, floats, ints, bytes_, words):
    at = spread(i)
    return L.gather_f32(floats, at, m) - L.gather_f32_at(floats, 199, -at, m)


@case(i32)
def gathered_ints_and_bytes(f, g, i, j, m, floats, ints, bytes_, words):
    at = spread(i)
    bytes_at = L.gather_4bytes(bytes_, at, m) ^ 5 * L.gather_at(bytes_, np.int64(199), -at, m)
    return L.gather_i32(ints, at, m) ^ 3 * L.gather_i32_at(ints, np.int64(199), -at, m) ^ bytes_at


@case(i32)
def gathered_words(f, g, i, j, m, floats, ints, bytes_, words):
    at = spread(i)
    return L.gather_2x16_at(words, 0, at, m) ^ 3 * L.gather_2x16_at(words, np.int64(199), -at, m)


@case(f32)
def gathered_pairs(f, g, i, j, m, floats, ints, bytes_, words):
    at = L.minimum(spread(i), 198)
    a, b = L.gather_two_at(bytes_, np.int64(0), at, m)
    c, d = L.gather_two_at(words, np.int64(198), -at, m)
    e, f = L.gather_two_at(floats, 0, at, m)
    return (a + b * 256) - (c * 2 + d) + (e - f)


@case(f32)
def gathered_fours(f, g, i, j, m, floats, ints, bytes_, words):
    at = L.minimum(spread(i), 196)
    a = L.gather_four_at(bytes_, np.int64(0), at, m)
    b = L.gather_four_at(words, np.int64(196), -at, m)
    c = L.gather_four_at(floats, 0, at, m)
    whole = (a[0] + a[1] * 2) + (a[2] * 4 - a[3]) + (b[0] + b[1] * 2) + (b[2] * 4 - b[3])
    return L.where(j > 20, whole, L.where(i > 0, c[0] - c[1], c[2] - c[3]))


@case(i32)
def bits_of_floats(f, g, i, j, m, floats, ints, bytes_, words):
    return L.float_bits(L.where(f == f, f, g + 1.5))


@case(i32)
def permuted_bytes(f, g, i, j, m, floats, ints, bytes_, words):
    return L.permute_bytes(i, j) ^ 3 * L.permute_two_blocks(i, j, L.swap1(i))


@case(i32)
def masked_lanes_read_nothing(f, g, i, j, m, floats, ints, bytes_, words):
    # i is anything up to 2**31 away: a process that read there would not survive
    at = L.where(m, spread(i), i)
    return L.gather_i32(ints, at, m) + L.gather_4bytes(bytes_, at, m) + L.gather_2x16_at(words, 0, at, m)


@case(i32)
def loaded(f, g, i, j, m, floats, ints, bytes_, words):
    return L.load_i32(ints, 3) + L.load_i32(ints, 184) + L.to_int(L.load_f32(floats, 49) * 8)


@case(i32)
def blocks_of_bytes(f, g, i, j, m, floats, ints, bytes_, words):
    kept = np.zeros(200, np.uint8)
    L.store_block(kept, 5, L.load_block(bytes_, 3) ^ i)
    L.store_low_halves(kept, 71, j)
    L.store_low_bytes(kept, 104, j)
    return L.load_block(kept, 4) + 3 * L.load_block(kept, 66)


@case(i32)
def compressed(f, g, i, j, m, floats, ints, bytes_, words):
    kept = np.zeros(20, i32)
    L.compress_i32(kept, 2, i, m)
    return L.load_i32(kept, 0) + 3 * L.load_i32(kept, 4)


@case(f32)
def stored(f, g, i, j, m, floats, ints, bytes_, words):
    kept = np.zeros((2, 20), f32)
    L.store(kept, 3, g)
    L.store(kept, 17, L.load_f32(kept, 1))
    return L.load_f32(kept, 0) - L.load_f32(kept, 24)


@case(f32, contracts=True)
def multiplied_and_added(f, g, i, j, m, floats, ints, bytes_, words):
    return f * g + L.to_float(j)


@case(f32, contracts=True)
def two_products(f, g, i, j, m, floats, ints, bytes_, words):
    x = L.to_float(j)
    return (f * g - x * g) + (g * g + x * x)


@case(f32, contracts=True)
def interpolated(f, g, i, j, m, floats, ints, bytes_, words):
    t = L.to_float(i & 255) * f32(1 / 256)
    return (g + t * (L.to_float(j) - g)) * t - g * 0.5


def every_case():
    """One kernel that stores every case of every 16 values: a kernel for each case takes thrice as long to compile."""
    lines = [
        "def every_case(f, g, i, j, m, floats, ints, bytes_, words, out_f32, out_i32):",
        "    for at in range(0, f.size, 16):",
        "        floats_and_ints = L.load_f32(f, at), L.load_f32(g, at), L.load_i32(i, at), L.load_i32(j, at)",
        "        mask = L.load_i32(m, at) != 0",
    ]
    for k, (name, case) in enumerate(CASES.items()):
        result = f"{name}(*floats_and_ints, mask, floats, ints, bytes_, words)"
        lines.append(f"        L.store(out_{'f32' if case.element is f32 else 'i32'}, {k} * f.size + at, {result})")
    scope = {"L": L} | {name: kernel(case.function) for name, case in CASES.items()}
    exec("\n".join(lines), scope)
    return kernel(scope["every_case"])


def compute():
    """The results of all cases under this process's compiler, by name, and whether it used vectors of 512 bits."""
    compiled = every_case()
    floats, ints = np.zeros((len(CASES), 24, 16), f32), np.zeros((len(CASES), 24, 16), i32)
    compiled(*inputs(), *arrays(), floats, ints)
    code = "".join(compiled.inspect_asm().values()) if hasattr(compiled, "inspect_asm") else ""
    results = {name: (floats if case.element is f32 else ints)[k] for k, (name, case) in enumerate(CASES.items())}
    return results | {"uses_512_bits": np.bool_("zmm" in code)}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """All results by variant, each from a process of its own."""
    folder = tmp_path_factory.mktemp("lanes")
    computed = {}
    for variant, settings in VARIANTS.items():
        if variant == "avx2" and platform.machine() != "x86_64":
            continue
        environment = {key: value for key, value in os.environ.items() if not key.startswith("NUMBA_")}
        file = folder / f"{variant}.npz"
        subprocess.run([sys.executable, __file__, str(file)], env=environment | settings, check=True)
        with np.load(file) as archive:
            computed[variant] = dict(archive)
    return computed


@pytest.mark.parametrize("name", CASES)
def test_compiled_lanes_compute_what_numpy_computes(results, name):
    compiled, interpreted = results["native"][name], results["interpreted"][name]
    if CASES[name].contracts:
        # the rounding that contraction leaves out is that of a product; the first rows overflow
        f, g, _, j, _ = (np.abs(x[3:].astype(float)) for x in inputs())
        bound = 4 * np.finfo(f32).eps * np.maximum.reduce([f, g, j, np.ones_like(f)]) ** 2
        assert (np.abs(compiled[3:].astype(float) - interpreted[3:]) <= bound).all()
    else:
        np.testing.assert_array_equal(compiled, interpreted, strict=True)
    assert len(np.unique(compiled)) > 1


@pytest.mark.skipif(platform.machine() != "x86_64", reason="AVX2 is x86's")
@pytest.mark.parametrize("name", CASES)
def test_vectors_of_half_the_width_give_the_same_bits(results, name):
    np.testing.assert_array_equal(results["avx2"][name].view(i32), results["native"][name].view(i32))


@pytest.mark.skipif(platform.machine() != "x86_64", reason="AVX2 is x86's")
def test_the_restricted_process_had_no_wider_vectors(results):
    assert not results["avx2"]["uses_512_bits"]


if __name__ == "__main__":
    np.savez(Path(sys.argv[1]), **compute())
