"""Vector values for kernels: sixteen rays, samples or triangles side by side, written like scalars.

    import brainreel.kernels.lanes as L

`f32x16`, `i32x16` and `mask16` compile to the widest vectors that the machine has: AVX-512, AVX2, NEON. They know
+ - * / < <= > >= == != and unary -, int32 lanes also & | ^ ~ << >> (arithmetic), masks & | ^ ~. Scalars lift to the
lanes they meet: floats and integers round to float32, integers wrap to int32, bools to masks. There is no other
conversion: `to_int` and `to_float` say it. Shift counts are taken modulo 32. A variable keeps one type: a sum begins
with `splat(0.0)`, not with 0.0.

Every operation is a plain function of `Lanes` as well, computed by NumPy: under NUMBA_DISABLE_JIT=1 a kernel runs
interpreted and gives what the compiled one gives, up to the contraction of a * b + c.
"""

from brainreel.kernels.lanes import accesses, instructions  # noqa: F401  (attach what the functions compile to)
from brainreel.kernels.lanes.functions import (
    all_lanes,
    any_lane,
    bits,
    count_bits,
    float_bits,
    floor,
    iota,
    lane_f32,
    lane_i32,
    logical_shift_right,
    max_lane,
    maximum,
    min_lane,
    minimum,
    permute_bytes,
    permute_two_blocks,
    splat,
    sqrt,
    swap1,
    swap2,
    swap4,
    swap8,
    to_float,
    to_int,
    where,
)
from brainreel.kernels.lanes.machine import f32x16, i32x16, mask16, permutes_bytes
from brainreel.kernels.lanes.memory import (
    compress_i32,
    gather_2x16_at,
    gather_4bytes,
    gather_at,
    gather_f32,
    gather_f32_at,
    gather_four_at,
    gather_i32,
    gather_i32_at,
    gather_two_at,
    load_block,
    load_f32,
    load_i32,
    store,
    store_block,
    store_low_bytes,
    store_low_halves,
)
from brainreel.kernels.lanes.value import WIDTH, Lanes, Scalar

__all__ = [
    "WIDTH",
    "Lanes",
    "Scalar",
    "all_lanes",
    "any_lane",
    "bits",
    "compress_i32",
    "count_bits",
    "f32x16",
    "float_bits",
    "floor",
    "gather_2x16_at",
    "gather_4bytes",
    "gather_at",
    "gather_f32",
    "gather_f32_at",
    "gather_four_at",
    "gather_i32",
    "gather_i32_at",
    "gather_two_at",
    "i32x16",
    "iota",
    "lane_f32",
    "lane_i32",
    "load_block",
    "load_f32",
    "load_i32",
    "logical_shift_right",
    "mask16",
    "max_lane",
    "maximum",
    "min_lane",
    "minimum",
    "permute_bytes",
    "permute_two_blocks",
    "permutes_bytes",
    "splat",
    "sqrt",
    "store",
    "store_block",
    "store_low_bytes",
    "store_low_halves",
    "swap1",
    "swap2",
    "swap4",
    "swap8",
    "to_float",
    "to_int",
    "where",
]
