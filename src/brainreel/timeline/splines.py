"""The splines that ParaView's cameras move along."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def through(points: Array, closed: bool) -> Callable[[float], Array]:
    """The place (3,) at u in 0..1 of a curve through `points` (n, 3), as vtkParametricSpline over vtkCardinalSplines.

    Each axis is a cubic with continuous second derivatives over the cumulative length of the chords; at the ends of an
    open curve it stands still, a closed one goes on to its first point. A point equal to the one before it is left
    out, as VTK does; where one is left the curve is that point, as in ParaView.
    """
    from scipy.interpolate import CubicSpline

    if closed:
        points = np.concatenate([points, points[:1]])
    chords = np.linalg.norm(np.diff(points, axis=0), axis=1)
    points = points[np.concatenate([[True], chords > 0])]
    chords = chords[chords > 0]
    if not len(chords):
        return lambda u: points[0]
    lengths = np.concatenate([[0.0], np.cumsum(chords)])
    spline = CubicSpline(lengths / lengths[-1], points, bc_type="periodic" if closed else "clamped")
    return lambda u: spline(min(max(u, 0.0), 1.0))


def kochanek(times: Sequence[float], rows: Array) -> Callable[[float], Array]:
    """The row at a time between `rows` (n, m) at increasing `times`, held outside: vtkKochanekSpline as
    vtkCameraInterpolator uses it, with tension, bias and continuity 0.

    At a key the slope a = (next - previous) / 2 is scaled by 2 h / (h_before + h_after), h being the interval that it
    is used in; at both ends the slope is 0.
    """
    knots = np.asarray(times, float)
    if len(knots) == 1:
        return lambda time: rows[0]
    steps = np.diff(knots)
    arriving, leaving = np.zeros_like(rows), np.zeros_like(rows)
    halves, spans = (rows[2:] - rows[:-2]) / 2, (steps[:-1] + steps[1:])[:, None]
    arriving[1:-1] = halves * 2 * steps[:-1, None] / spans
    leaving[1:-1] = halves * 2 * steps[1:, None] / spans

    def at(time: float) -> Array:
        index, s = interval(knots, time)
        before, after = 1 - s * s * (3 - 2 * s), s * s * (3 - 2 * s)
        slopes = s * (1 - s) * ((1 - s) * leaving[index] - s * arriving[index + 1])
        return before * rows[index] + after * rows[index + 1] + slopes

    return at


def interval(knots: Array, time: float) -> tuple[int, float]:
    """The interval of increasing `knots` (n >= 2) that `time` lies in, and which part 0..1 of it is over."""
    index = min(max(int(np.searchsorted(knots, time, "right")) - 1, 0), len(knots) - 2)
    part = (time - knots[index]) / (knots[index + 1] - knots[index])
    return index, min(max(float(part), 0.0), 1.0)
