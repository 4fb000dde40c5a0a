"""Units of length and time, and numbers written with them (`2mm`, `1.33um`, `-100ms`)."""

import re

LENGTHS_MM = {"nm": 1e-6, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "mm": 1.0, "cm": 10.0, "m": 1e3}
"""Millimetres in one of each unit of length."""

TIMES_S = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
"""Seconds in one of each unit of time."""

_QUANTITY = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s.+-]*)\s*")


def split_quantity(text: str) -> tuple[float, str]:
    """The number and the unit of `text`: `"2 mm"` is `(2.0, "mm")`, a bare number has the unit `""`.

    Raises ValueError where `text` is no number followed by at most one word.
    """
    match = _QUANTITY.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r} is not a number with a unit, such as 2mm")
    return float(match[1]), match[2]
