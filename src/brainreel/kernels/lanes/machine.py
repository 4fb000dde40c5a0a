"""The vector types as the compiler sees them, with their operators."""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.registry import cpu_target
from numba.core.typing.templates import AbstractTemplate, Signature, infer_global
from numba.extending import lower_builtin, lower_cast, models, register_model

from brainreel.kernels.lanes.value import WIDTH

# Contraction of a * b + c and the sign of zero are left to the compiler; nothing else, so that a kernel gives the same
# bits with vectors of any width.
FAST_MATH = ("contract", "nsz")


class LanesType(types.Type):
    """Sixteen elements of one scalar type, in registers."""

    def __init__(self, name: str, element: types.Type, scalars: tuple[type[types.Type], ...]) -> None:
        """`scalars` are the kinds of number that lift to these lanes."""
        super().__init__(name=name)
        self.element = element
        self.scalars = scalars


f32x16 = LanesType("f32x16", types.float32, (types.Float, types.Integer))
i32x16 = LanesType("i32x16", types.int32, (types.Integer,))
mask16 = LanesType("mask16", types.boolean, (types.Boolean,))

FLOAT, INT, BIT = ir.FloatType(), ir.IntType(32), ir.IntType(1)
VECTOR = {kind: ir.VectorType(element, WIDTH) for kind, element in ((f32x16, FLOAT), (i32x16, INT), (mask16, BIT))}


@register_model(LanesType)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, kind: LanesType) -> None:
        super().__init__(manager, kind, VECTOR[kind])


def common_lanes(*arguments: types.Type) -> LanesType | None:
    """The one vector type among `arguments` to which all the others lift, if there is."""
    kinds = {argument for argument in arguments if isinstance(argument, LanesType)}
    if len(kinds) != 1:
        return None
    (kind,) = kinds
    return kind if all(argument is kind or isinstance(argument, kind.scalars) for argument in arguments) else None


Value = Any  # llvmlite's values, which have a type at run time only
Typing = Callable[..., Signature | None]
Emit = Callable[..., Value]


def implement(function: Callable, typing: Typing, *parameters: type[types.Type]) -> Callable[[Emit], Emit]:
    """Let compiled code call `function`: `typing(*argument types)` is its signature, or None where it has none.

    The decorated emitter gets a builder, the signature, then the arguments, already cast to the signature's types.
    `parameters` narrow it to some kinds of arguments, where other implementations of `function` exist.
    """

    @infer_global(function)  # pyright: ignore[reportOptionalCall]  (without a type it returns a decorator)
    class _Typing(AbstractTemplate):
        def generic(self, args, kws):
            return None if kws else typing(*args)

    def decorate(emit: Emit) -> Emit:
        def lower(context, builder, call, arguments):
            values = [
                context.make_array(kind)(context, builder, value).data if isinstance(kind, types.Array) else value
                for kind, value in zip(call.args, arguments, strict=True)
            ]
            result = emit(builder, call, *values)
            return context.get_dummy_value() if call.return_type is types.void else result

        lower_builtin(function, *(parameters or (types.VarArg(types.Any),)))(lower)
        return emit

    return decorate


def splat_value(builder: ir.IRBuilder, scalar: Value) -> Value:
    """`scalar` in all lanes of a vector of its type."""
    vector = ir.VectorType(scalar.type, WIDTH)
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(INT, 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(INT, WIDTH), [0] * WIDTH))


def permutes_bytes() -> bool:
    """Whether permuting bytes is one instruction of the processor that kernels are compiled for."""
    codegen = cpu_target.target_context.codegen()  # pyright: ignore[reportAttributeAccessIssue]  (a cached property)
    return "+avx512vbmi," in codegen._tm_features + ","


def splat_constant(value: int) -> ir.Constant:
    """`value` in all lanes of an int32 vector."""
    return ir.Constant(VECTOR[i32x16], [value] * WIDTH)


def call_llvm(builder: ir.IRBuilder, name: str, result: ir.Type, *arguments: Value) -> Value:
    """Call LLVM's own function `name`."""
    declared = builder.module.globals.get(name)
    if declared is None:
        declared = ir.Function(builder.module, ir.FunctionType(result, [a.type for a in arguments]), name)
    return builder.call(declared, arguments)


@lower_cast(types.Number, LanesType)
@lower_cast(types.Boolean, LanesType)
def _lift(context, builder, scalar_type, kind, value):
    scalar = context.cast(builder, value, scalar_type, kind.element)
    if kind is mask16 and scalar.type != BIT:
        scalar = builder.trunc(scalar, BIT)
    return splat_value(builder, scalar)


def elementwise(emitters: dict[LanesType, Emit], *functions: Callable, result: LanesType | None = None) -> None:
    """Define functions of one or two operands for the kinds of lanes in `emitters`, which get a builder and vectors."""

    def typing(*arguments):
        kind = common_lanes(*arguments)
        return (result or kind)(*[kind] * len(arguments)) if kind in emitters else None

    def emit(builder, call, *operands):
        return emitters[call.args[0]](builder, *operands)

    for function in functions:
        operands = 1 if function in (operator.neg, operator.invert) else 2
        implement(function, typing, *[LanesType] * operands)(emit)


def _arithmetic(name: str) -> Emit:
    return lambda builder, x, y: getattr(builder, name)(x, y, flags=FAST_MATH)


def _plain(name: str) -> Emit:
    return lambda builder, *operands: getattr(builder, name)(*operands)


def _compare_floats(symbol: str) -> Emit:
    if symbol == "!=":  # a NaN differs from everything
        return lambda builder, x, y: builder.fcmp_unordered(symbol, x, y)
    return lambda builder, x, y: builder.fcmp_ordered(symbol, x, y)


def _compare_ints(symbol: str) -> Emit:
    return lambda builder, x, y: builder.icmp_signed(symbol, x, y)


def shift(name: str) -> Emit:
    """A shift by the count modulo 32, where LLVM's own is undefined from 32 on."""
    return lambda builder, x, count: getattr(builder, name)(x, builder.and_(count, splat_constant(31)))


def _negate_ints(builder: ir.IRBuilder, x: Value) -> Value:
    return builder.sub(ir.Constant(x.type, None), x)


elementwise({f32x16: _arithmetic("fadd"), i32x16: _plain("add")}, operator.add, operator.iadd)
elementwise({f32x16: _arithmetic("fsub"), i32x16: _plain("sub")}, operator.sub, operator.isub)
elementwise({f32x16: _arithmetic("fmul"), i32x16: _plain("mul")}, operator.mul, operator.imul)
elementwise({f32x16: _arithmetic("fdiv")}, operator.truediv, operator.itruediv)
elementwise({i32x16: _plain("and_"), mask16: _plain("and_")}, operator.and_, operator.iand)
elementwise({i32x16: _plain("or_"), mask16: _plain("or_")}, operator.or_, operator.ior)
elementwise({i32x16: _plain("xor"), mask16: _plain("xor")}, operator.xor, operator.ixor)
elementwise({i32x16: shift("shl")}, operator.lshift, operator.ilshift)
elementwise({i32x16: shift("ashr")}, operator.rshift, operator.irshift)
elementwise({f32x16: lambda builder, x: builder.fneg(x, flags=FAST_MATH), i32x16: _negate_ints}, operator.neg)
elementwise({i32x16: _plain("not_"), mask16: _plain("not_")}, operator.invert)
for _symbol, _operator in (
    ("<", operator.lt),
    ("<=", operator.le),
    (">", operator.gt),
    (">=", operator.ge),
    ("==", operator.eq),
    ("!=", operator.ne),
):
    elementwise({f32x16: _compare_floats(_symbol), i32x16: _compare_ints(_symbol)}, _operator, result=mask16)
