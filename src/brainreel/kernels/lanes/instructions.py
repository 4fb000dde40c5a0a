"""What the functions of lanes compile to, those of memory apart."""

from llvmlite import ir
from numba.core import types

from brainreel.kernels.lanes import functions
from brainreel.kernels.lanes.machine import (
    BIT,
    INT,
    VECTOR,
    Emit,
    LanesType,
    Value,
    call_llvm,
    common_lanes,
    elementwise,
    f32x16,
    i32x16,
    implement,
    mask16,
    permutes_bytes,
    shift,
)
from brainreel.kernels.lanes.value import WIDTH

_REDUCED = {f32x16: types.float32, i32x16: types.int32}


def _natural(scalar: types.Type) -> LanesType | None:
    """The lanes that a scalar alone becomes: masks from bool, int32 from integers, float32 from floats."""
    return next((kind for kind in (mask16, i32x16, f32x16) if isinstance(scalar, kind.scalars)), None)


def _splat_typing(scalar):
    kind = _natural(scalar)
    return kind and kind(kind)


def _where_typing(mask, x, y):
    kind = common_lanes(x, y) or common_lanes(_natural(x) or x, y)
    return kind(mask16, kind, kind) if mask is mask16 and kind else None


def _reduction_typing(x):
    return _REDUCED[x](x) if x in _REDUCED else None


def _unary(result, parameter):
    return lambda x: result(parameter) if x is parameter else None


@implement(functions.splat, _splat_typing)
def _splat(builder, call, lanes):
    return lanes  # the cast to the signature's type has lifted it


@implement(functions.iota, lambda: i32x16())
def _iota(builder, call):
    return ir.Constant(VECTOR[i32x16], list(range(WIDTH)))


@implement(functions.to_int, _unary(i32x16, f32x16))
def _to_int(builder, call, x):
    return builder.fptosi(x, VECTOR[i32x16])


@implement(functions.to_float, _unary(f32x16, i32x16))
def _to_float(builder, call, x):
    return builder.sitofp(x, VECTOR[f32x16])


@implement(functions.where, _where_typing)
def _where(builder, call, mask, x, y):
    return builder.select(mask, x, y)


@implement(functions.float_bits, _unary(i32x16, f32x16))
def _float_bits(builder, call, x):
    return builder.bitcast(x, VECTOR[i32x16])


_BYTES = ir.VectorType(ir.IntType(8), 4 * WIDTH)


def _all_ints(*arguments: types.Type):
    return i32x16(*arguments) if all(argument is i32x16 for argument in arguments) else None


def _permuted(builder: ir.IRBuilder, index: Value, *blocks: Value) -> Value:
    """Bytes of `blocks` one by one, where the machine has no instruction for it."""
    permuted = ir.Constant(_BYTES, ir.Undefined)
    for place in range(4 * WIDTH):
        lane = ir.Constant(INT, place)
        wanted = builder.extract_element(index, lane)
        within = builder.and_(wanted, ir.Constant(wanted.type, 4 * WIDTH - 1))
        found = builder.extract_element(blocks[0], within)
        if len(blocks) == 2:
            later = builder.trunc(builder.lshr(wanted, ir.Constant(wanted.type, 6)), BIT)
            found = builder.select(later, builder.extract_element(blocks[1], within), found)
        permuted = builder.insert_element(permuted, found, lane)
    return permuted


@implement(functions.permute_bytes, lambda block, index: _all_ints(block, index))
def _permute_bytes(builder, call, block, index):
    block, index = builder.bitcast(block, _BYTES), builder.bitcast(index, _BYTES)
    if permutes_bytes():
        permuted = call_llvm(builder, "llvm.x86.avx512.permvar.qi.512", _BYTES, block, index)
    else:
        permuted = _permuted(builder, index, block)
    return builder.bitcast(permuted, VECTOR[i32x16])


@implement(functions.permute_two_blocks, lambda first, second, index: _all_ints(first, second, index))
def _permute_two_blocks(builder, call, first, second, index):
    first, second, index = (builder.bitcast(x, _BYTES) for x in (first, second, index))
    if permutes_bytes():
        permuted = call_llvm(builder, "llvm.x86.avx512.vpermi2var.qi.512", _BYTES, first, index, second)
    else:
        permuted = _permuted(builder, index, first, second)
    return builder.bitcast(permuted, VECTOR[i32x16])


@implement(functions.sqrt, _unary(f32x16, f32x16))
def _sqrt(builder, call, x):
    return call_llvm(builder, "llvm.sqrt.v16f32", x.type, x)


@implement(functions.floor, _unary(f32x16, f32x16))
def _floor(builder, call, x):
    return call_llvm(builder, "llvm.floor.v16f32", x.type, x)


def _choose(symbol: str) -> dict[LanesType, Emit]:
    return {
        f32x16: lambda builder, x, y: builder.select(builder.fcmp_ordered(symbol, x, y), x, y),
        i32x16: lambda builder, x, y: builder.select(builder.icmp_signed(symbol, x, y), x, y),
    }


_LESSER, _GREATER = _choose("<"), _choose(">")
elementwise(_LESSER, functions.minimum)
elementwise(_GREATER, functions.maximum)
elementwise({i32x16: shift("lshr")}, functions.logical_shift_right)


def _exchange(builder: ir.IRBuilder, x: Value, distance: int) -> Value:
    order = ir.Constant(ir.VectorType(INT, WIDTH), [lane ^ distance for lane in range(WIDTH)])
    return builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined), order)


def _define_swap(function, distance: int) -> None:
    @implement(function, lambda x: x(x) if isinstance(x, LanesType) else None)
    def swap(builder, call, x):
        return _exchange(builder, x, distance)


_define_swap(functions.swap1, 1)
_define_swap(functions.swap2, 2)
_define_swap(functions.swap4, 4)
_define_swap(functions.swap8, 8)


def _reduce(builder: ir.IRBuilder, x: Value, choose: Emit) -> Value:
    # A tree of the same choices as the twin's; LLVM's own float reduction would spend instructions on NaN.
    for distance in (8, 4, 2, 1):
        x = choose(builder, x, _exchange(builder, x, distance))
    return builder.extract_element(x, ir.Constant(INT, 0))


@implement(functions.min_lane, _reduction_typing)
def _min_lane(builder, call, x):
    return _reduce(builder, x, _LESSER[call.args[0]])


@implement(functions.max_lane, _reduction_typing)
def _max_lane(builder, call, x):
    return _reduce(builder, x, _GREATER[call.args[0]])


def _as_word(builder: ir.IRBuilder, mask: Value) -> Value:
    return builder.bitcast(mask, ir.IntType(WIDTH))


@implement(functions.any_lane, _unary(types.boolean, mask16))
def _any_lane(builder, call, mask):
    return builder.icmp_unsigned("!=", _as_word(builder, mask), ir.Constant(ir.IntType(WIDTH), 0))


@implement(functions.all_lanes, _unary(types.boolean, mask16))
def _all_lanes(builder, call, mask):
    return builder.icmp_unsigned("==", _as_word(builder, mask), ir.Constant(ir.IntType(WIDTH), 2**WIDTH - 1))


@implement(functions.bits, _unary(types.int32, mask16))
def _bits(builder, call, mask):
    return builder.zext(_as_word(builder, mask), INT)


@implement(functions.count_bits, lambda word: types.int32(types.int32) if isinstance(word, types.Integer) else None)
def _count_bits(builder, call, word):
    return call_llvm(builder, "llvm.ctpop.i32", INT, word)


def _define_lane(function, kind: LanesType) -> None:
    def typing(x, lane):
        return kind.element(kind, types.int32) if x is kind and isinstance(lane, types.Integer) else None

    @implement(function, typing)
    def lane(builder, call, x, number):
        return builder.extract_element(x, number)


_define_lane(functions.lane_f32, f32x16)
_define_lane(functions.lane_i32, i32x16)
