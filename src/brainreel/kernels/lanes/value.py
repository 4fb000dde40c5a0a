"""Sixteen values side by side, as NumPy sees them: what a kernel works on when it runs interpreted."""

from __future__ import annotations

from typing import NoReturn

import numpy as np

WIDTH = 16

FLOAT, INT, MASK = np.dtype(np.float32), np.dtype(np.int32), np.dtype(np.bool_)

Scalar = int | float | np.number | np.bool_


class Lanes:
    """Sixteen float32, int32 or bool `values` that behave as the compiled vector types do.

    Not an array: NumPy's promotion would turn float32 lanes and a float64 scalar into float64, where lanes keep their
    element and the scalar is rounded to it; and what this class does not offer does not compile either.
    """

    __slots__ = ("values",)
    __array_ufunc__ = None  # so that np.float32(1) / lanes comes to __rtruediv__
    __hash__ = None  # type: ignore[assignment]  # == answers lane by lane

    def __init__(self, values: np.ndarray) -> None:
        """Wrap `values`, shape (16,), dtype float32, int32 or bool."""
        if values.shape != (WIDTH,) or values.dtype not in (FLOAT, INT, MASK):
            raise TypeError(f"lanes are {WIDTH} float32, int32 or bool, got {values.dtype} of shape {values.shape}")
        self.values = values

    def __repr__(self) -> str:
        return f"Lanes({self.values!r})"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{WIDTH} lanes have no single truth: ask any_lane or all_lanes")

    def __add__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.add, self, other, FLOAT, INT)

    def __radd__(self, other: Scalar) -> Lanes:
        return _apply(np.add, other, self, FLOAT, INT)

    def __sub__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.subtract, self, other, FLOAT, INT)

    def __rsub__(self, other: Scalar) -> Lanes:
        return _apply(np.subtract, other, self, FLOAT, INT)

    def __mul__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.multiply, self, other, FLOAT, INT)

    def __rmul__(self, other: Scalar) -> Lanes:
        return _apply(np.multiply, other, self, FLOAT, INT)

    def __truediv__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.divide, self, other, FLOAT)

    def __rtruediv__(self, other: Scalar) -> Lanes:
        return _apply(np.divide, other, self, FLOAT)

    def __neg__(self) -> Lanes:
        return Lanes(np.negative(element_of(self, FLOAT, INT)))

    def __lt__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.less, self, other, FLOAT, INT)

    def __le__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.less_equal, self, other, FLOAT, INT)

    def __gt__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.greater, self, other, FLOAT, INT)

    def __ge__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.greater_equal, self, other, FLOAT, INT)

    def __eq__(self, other: Lanes | Scalar) -> Lanes:  # type: ignore[override]
        return _apply(np.equal, self, other, FLOAT, INT)

    def __ne__(self, other: Lanes | Scalar) -> Lanes:  # type: ignore[override]
        return _apply(np.not_equal, self, other, FLOAT, INT)

    def __and__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.bitwise_and, self, other, INT, MASK)

    def __rand__(self, other: Scalar) -> Lanes:
        return _apply(np.bitwise_and, other, self, INT, MASK)

    def __or__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.bitwise_or, self, other, INT, MASK)

    def __ror__(self, other: Scalar) -> Lanes:
        return _apply(np.bitwise_or, other, self, INT, MASK)

    def __xor__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(np.bitwise_xor, self, other, INT, MASK)

    def __rxor__(self, other: Scalar) -> Lanes:
        return _apply(np.bitwise_xor, other, self, INT, MASK)

    def __invert__(self) -> Lanes:
        return Lanes(np.invert(element_of(self, INT, MASK)))

    def __lshift__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(_shift_left, self, other, INT)

    def __rlshift__(self, other: Scalar) -> Lanes:
        return _apply(_shift_left, other, self, INT)

    def __rshift__(self, other: Lanes | Scalar) -> Lanes:
        return _apply(_shift_right, self, other, INT)

    def __rrshift__(self, other: Scalar) -> Lanes:
        return _apply(_shift_right, other, self, INT)


def element_of(lanes: Lanes, *allowed: np.dtype) -> np.ndarray:
    """The values of `lanes`, whose element must be one of `allowed`; TypeError otherwise."""
    if not isinstance(lanes, Lanes) or lanes.values.dtype not in allowed:
        raise TypeError(f"expected lanes of {' or '.join(map(str, allowed))}, got {lanes!r}")
    return lanes.values


def lift(scalar: Scalar, element: np.dtype) -> np.ndarray:
    """`scalar` in all lanes: rounded to float32, wrapped to int32; TypeError where the compiled lanes refuse it."""
    kind = np.asarray(scalar)
    accepted = {FLOAT: "fiu", INT: "iu", MASK: "b"}[element]
    if kind.ndim or kind.dtype.kind not in accepted:
        raise TypeError(f"{scalar!r} does not lift to {element} lanes")
    with np.errstate(over="ignore"):
        return np.full(WIDTH, kind.astype(element))


def common(*operands: Lanes | Scalar) -> list[np.ndarray]:
    """The values of `operands`, scalars lifted to the one element that the lanes among them share."""
    elements = {operand.values.dtype for operand in operands if isinstance(operand, Lanes)}
    if len(elements) != 1:
        raise TypeError(f"operands must share one element type, got {operands!r}")
    (element,) = elements
    return [operand.values if isinstance(operand, Lanes) else lift(operand, element) for operand in operands]


def _apply(operation, left: Lanes | Scalar, right: Lanes | Scalar, *allowed: np.dtype) -> Lanes:
    first, second = common(left, right)
    if first.dtype not in allowed:
        raise TypeError(f"{operation.__name__} is not defined for {first.dtype} lanes")
    with np.errstate(all="ignore"):
        return Lanes(operation(first, second))


def _shift_left(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    return values << (count & 31)


def _shift_right(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    return values >> (count & 31)
