"""What loads, stores and gathers of lanes compile to."""

from llvmlite import ir
from numba.core import types

from brainreel.kernels.lanes import memory
from brainreel.kernels.lanes.machine import (
    FLOAT,
    INT,
    VECTOR,
    LanesType,
    Value,
    call_llvm,
    f32x16,
    i32x16,
    implement,
    mask16,
    splat_constant,
)
from brainreel.kernels.lanes.value import WIDTH

_POINTER = ir.PointerType()
_POINTERS = ir.VectorType(_POINTER, WIDTH)


def _is_array(kind: types.Type, *elements: types.Type) -> bool:
    return isinstance(kind, types.Array) and kind.layout == "C" and kind.dtype in elements


def _elements(lanes: types.Type) -> tuple[types.Type, ...]:
    return (types.float32,) if lanes is f32x16 else (types.int32, types.uint32)


def _address(builder: ir.IRBuilder, data: Value, offset: Value, element: ir.Type) -> Value:
    address = builder.gep(data, [offset], source_etype=element)
    address.type = _POINTER
    return address


def _define_load(function, kind: LanesType) -> None:
    def typing(array, offset):
        fits = _is_array(array, *_elements(kind)) and isinstance(offset, types.Integer)
        return kind(array, types.int64) if fits else None

    @implement(function, typing)
    def load(builder, call, data, offset):
        return builder.load(_address(builder, data, offset, VECTOR[kind].element), align=4, typ=VECTOR[kind])


_define_load(memory.load_f32, f32x16)
_define_load(memory.load_i32, i32x16)


def _store_typing(array, offset, x):
    fits = x in (f32x16, i32x16) and _is_array(array, *_elements(x)) and array.mutable
    return types.void(array, types.int64, x) if fits and isinstance(offset, types.Integer) else None


@implement(memory.store, _store_typing)
def _store(builder, call, data, offset, x):
    return builder.store(x, _address(builder, data, offset, x.type.element), align=4)


_BYTE = ir.IntType(8)


def _block_typing(array, offset, *stored):
    fits = _is_array(array, types.uint8) and isinstance(offset, types.Integer)
    if not stored:
        return i32x16(array, types.int64) if fits else None
    return types.void(array, types.int64, i32x16) if fits and stored == (i32x16,) and array.mutable else None


@implement(memory.load_block, lambda array, offset: _block_typing(array, offset))
def _load_block(builder, call, data, offset):
    return builder.load(_address(builder, data, offset, _BYTE), align=1, typ=VECTOR[i32x16])


@implement(memory.store_block, _block_typing)
def _store_block(builder, call, data, offset, x):
    return builder.store(x, _address(builder, data, offset, _BYTE), align=1)


def _define_store_of_parts(function, bits: int) -> None:
    @implement(function, _block_typing)
    def store_parts(builder, call, data, offset, x):
        parts = builder.trunc(x, ir.VectorType(ir.IntType(bits), WIDTH))
        return builder.store(parts, _address(builder, data, offset, _BYTE), align=1)


_define_store_of_parts(memory.store_low_halves, 16)
_define_store_of_parts(memory.store_low_bytes, 8)


def _compress_typing(array, offset, x, mask):
    fits = x is i32x16 and mask is mask16 and _is_array(array, *_elements(x)) and array.mutable
    return types.void(array, types.int64, x, mask) if fits and isinstance(offset, types.Integer) else None


@implement(memory.compress_i32, _compress_typing)
def _compress(builder, call, data, offset, x, mask):
    address = _address(builder, data, offset, INT)
    return call_llvm(builder, "llvm.masked.compressstore.v16i32", ir.VoidType(), x, address, mask)


def _gather(builder: ir.IRBuilder, start: Value, index: Value, mask: Value, kind: LanesType, element: ir.Type):
    addresses = builder.gep(start, [index], source_etype=element)
    addresses.type = _POINTERS
    suffix = "f32" if kind is f32x16 else "i32"
    alignment = ir.Constant(INT, element.width // 8 if isinstance(element, ir.IntType) else 4)
    # The form with the alignment as an argument is LLVM's up to 21; later ones still read it.
    name, zero = f"llvm.masked.gather.v16{suffix}.v16p0", ir.Constant(VECTOR[kind], None)
    return call_llvm(builder, name, VECTOR[kind], addresses, alignment, mask, zero)


def _define_gather(near, far, kind: LanesType, element: ir.Type, dtypes: tuple[types.Type, ...]) -> None:
    """Define gathers that read `kind` at multiples of `element`: `near` from the array's begin, `far` from a start."""

    def fits(array, index, mask):
        return _is_array(array, *dtypes) and index is i32x16 and mask is mask16

    if near is not None:

        @implement(near, lambda array, index, mask: kind(array, index, mask) if fits(array, index, mask) else None)
        def gather(builder, call, data, index, mask):
            return _gather(builder, data, index, mask, kind, element)

    def far_typing(array, start, index, mask):
        whole = isinstance(start, types.Integer)
        return kind(array, types.int64, index, mask) if whole and fits(array, index, mask) else None

    @implement(far, far_typing)
    def gather_at(builder, call, data, start, index, mask):
        return _gather(builder, _address(builder, data, start, element), index, mask, kind, element)


_define_gather(memory.gather_f32, memory.gather_f32_at, f32x16, FLOAT, (types.float32,))
_define_gather(memory.gather_i32, memory.gather_i32_at, i32x16, INT, (types.int32, types.uint32))
_define_gather(memory.gather_4bytes, memory.gather_at, i32x16, ir.IntType(8), (types.uint8,))
_define_gather(None, memory.gather_2x16_at, i32x16, ir.IntType(16), (types.uint16,))


def _gather_words(builder: ir.IRBuilder, start: Value, index: Value, mask: Value, element: ir.Type):
    """The low and the high 4 of the 8 bytes at `start[index]`: on x86 in the time of one gather of 4."""
    half, wide = ir.VectorType(_POINTER, 8), ir.VectorType(ir.IntType(64), 8)
    parts = []
    for first in (0, 8):
        pick = ir.Constant(ir.VectorType(INT, 8), list(range(first, first + 8)))
        lanes, live = (builder.shuffle_vector(x, ir.Constant(x.type, ir.Undefined), pick) for x in (index, mask))
        addresses = builder.gep(start, [lanes], source_etype=element)
        addresses.type = half
        arguments = addresses, ir.Constant(INT, 1), live, ir.Constant(wide, None)
        read = call_llvm(builder, "llvm.masked.gather.v8i64.v8p0", wide, *arguments)
        parts.append(builder.bitcast(read, VECTOR[i32x16]))
    order = [ir.Constant(VECTOR[i32x16], list(range(first, 2 * WIDTH, 2))) for first in (0, 1)]
    return [builder.shuffle_vector(parts[0], parts[1], words) for words in order]


def _parts(builder: ir.IRBuilder, word: Value, bits: int) -> list[Value]:
    """The unsigned `bits` wide parts of an int32 as float32, lowest first."""
    shifted = [builder.lshr(word, splat_constant(bits * part)) for part in range(32 // bits)]
    return [builder.sitofp(builder.and_(x, splat_constant(2**bits - 1)), VECTOR[f32x16]) for x in shifted]


def _neighbours(builder: ir.IRBuilder, kind: types.Type, start: Value, index: Value, mask: Value, count: int):
    """`count` neighbours as float32, of an array of `kind`, in as few gathers as there are."""
    if kind is types.uint8:
        return _parts(builder, _gather(builder, start, index, mask, i32x16, ir.IntType(8)), 8)[:count]
    if kind is types.uint16 and count == 2:
        return _parts(builder, _gather(builder, start, index, mask, i32x16, ir.IntType(16)), 16)
    if kind is types.uint16:
        words = _gather_words(builder, start, index, mask, ir.IntType(16))
        return [part for word in words for part in _parts(builder, word, 16)]
    words = []
    for begin in range(0, count, 2):
        words += _gather_words(builder, _address(builder, start, ir.Constant(INT, begin), FLOAT), index, mask, FLOAT)
    return [builder.bitcast(word, VECTOR[f32x16]) for word in words]


def _define_neighbours(function, count: int) -> None:
    def typing(array, start, index, mask):
        fits = _is_array(array, types.uint8, types.uint16, types.float32) and index is i32x16 and mask is mask16
        whole = isinstance(start, types.Integer)
        return types.UniTuple(f32x16, count)(array, types.int64, index, mask) if fits and whole else None

    @implement(function, typing)
    def gather(builder, call, data, start, index, mask):
        kind = call.args[0].dtype
        element = {types.uint8: ir.IntType(8), types.uint16: ir.IntType(16), types.float32: FLOAT}[kind]
        result = ir.Constant(ir.ArrayType(VECTOR[f32x16], count), ir.Undefined)
        lanes = _neighbours(builder, kind, _address(builder, data, start, element), index, mask, count)
        for place, values in enumerate(lanes):
            result = builder.insert_value(result, values, place)
        return result


_define_neighbours(memory.gather_two_at, 2)
_define_neighbours(memory.gather_four_at, 4)
