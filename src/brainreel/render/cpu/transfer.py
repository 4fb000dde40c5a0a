"""Transfer functions as tables: SEMANTICS of VTK's piecewise functions, opacity corrected for the step."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import SceneError
from brainreel.kernels.sampling import BLUE_MAX, GREEN_SHIFT, RED_MAX, RED_SHIFT
from brainreel.timeline.frame import ColorPoint, OpacityPoint, TransferFunction

Range = tuple[float, float]

ENTRIES = 4081  # 16 a grey value of uint8


def opacity_curve(points: Sequence[OpacityPoint], x: NDArray) -> NDArray[np.float64]:
    """Opacity at `x` (n,): VTK's piecewise function with midpoints and sharpness, held outside the points.

    Above a sharpness of 0.99 it is a step at the midpoint, as ParaView documents it (VTK >= 9.3 draws a curve).
    """
    values = np.full(len(x), float(points[0].opacity))
    for left, right in pairwise(points):
        inside = (x >= left.x) & (x < right.x)
        if inside.any():
            values[inside] = _between(left, right, (x[inside] - left.x) / (right.x - left.x))
    values[x >= points[-1].x] = points[-1].opacity
    return values


def _between(left: OpacityPoint, right: OpacityPoint, s: NDArray) -> NDArray[np.float64]:
    """Opacity at `s` (0..1) of the way between two points."""
    middle = min(max(left.midpoint, 1e-5), 1 - 1e-5)
    s = np.where(s < middle, 0.5 * s / middle, 0.5 + 0.5 * (s - middle) / (1 - middle))
    y1, y2 = left.opacity, right.opacity
    if left.sharpness > 0.99:
        return np.where(s < 0.5, y1, y2)
    if left.sharpness < 0.01:
        return y1 + s * (y2 - y1)
    power = 1 + 10 * left.sharpness
    s = np.where(s < 0.5, 0.5 * (2 * s) ** power, 1 - 0.5 * (2 * np.clip(1 - s, 0, 0.5)) ** power)
    slope = (1 - left.sharpness) * (y2 - y1)
    ss, sss = s * s, s * s * s
    hermite = (2 * sss - 3 * ss + 1) * y1 + (3 * ss - 2 * sss) * y2 + (2 * sss - 3 * ss + s) * slope
    return np.clip(hermite, min(y1, y2), max(y1, y2))


def color_curve(points: Sequence[ColorPoint], x: NDArray) -> NDArray[np.float64]:
    """Colour (n, 3) at `x` (n,): linear in RGB, held outside the points."""
    nodes = [point.x for point in points]
    return np.stack([np.interp(x, nodes, [point.color[c] for point in points]) for c in range(3)], -1)


@dataclass(frozen=True)
class TransferTable:
    """`colors` (n, 3) and `opacities` (n,) per unit distance; entry `stored * scale + offset`, rounded."""

    colors: NDArray[np.float64]
    opacities: NDArray[np.float64]
    unit_distance: float
    scale: float
    offset: float

    @classmethod
    def of(
        cls,
        transfer: TransferFunction,
        alpha: float,
        dtype: np.dtype,
        extent: Range,
        stored_offset: float,
    ) -> "TransferTable":
        """The table for bricks of `dtype` whose stored values span `extent`, value = stored + `stored_offset`.

        Raises SceneError for a colour space other than RGB.
        """
        if transfer.space != "RGB":
            raise SceneError(f"a volume's colour space is RGB for now, got {transfer.space}")
        low, high = _domain(transfer, dtype, extent, stored_offset)
        x = np.linspace(low, high, ENTRIES) + stored_offset
        opacities = np.clip(opacity_curve(transfer.opacities, x) * alpha, 0, 1)
        scale = (ENTRIES - 1) / (high - low)
        colors = np.clip(color_curve(transfer.colors, x), 0, 1)
        return cls(colors, opacities, transfer.unit_distance, scale, -low * scale)

    def opacities_over(self, distance: float) -> NDArray[np.float64]:
        """Opacity of each entry over `distance` world units (Beer-Lambert)."""
        return 1 - (1 - self.opacities) ** (distance / self.unit_distance)

    def entries(self, distances: Sequence[float]) -> NDArray[np.float32]:
        """What `kernels.sampling.Table` holds, a level for each of `distances`, the lengths of its step."""
        r, g, b = np.rint(self.colors * (RED_MAX, RED_MAX, BLUE_MAX)).astype(np.uint32).T
        packed = (r << RED_SHIFT | g << GREEN_SHIFT | b).view(np.float32)
        return np.concatenate(
            [np.stack([self.opacities_over(distance).astype(np.float32), packed], -1) for distance in distances]
        )

    def seen(self) -> NDArray[np.int32]:
        """How many entries before each are not transparent (n + 1,)."""
        return np.concatenate([[0], np.cumsum(self.opacities > 0)]).astype(np.int32)

    def bin_means(self, extent: Range, bins: int, distance: float) -> NDArray[np.float64]:
        """(bins, 4): the mean of colour * opacity and of opacity over `distance`, of `bins` equal parts of `extent`."""
        alpha = self.opacities_over(distance)[:, None]
        parts = np.concatenate([self.colors * alpha, alpha], 1)
        total = np.concatenate([np.zeros((1, 4)), np.cumsum(parts, 0)])
        edges = np.clip(np.linspace(*extent, bins + 1) * self.scale + self.offset, 0, ENTRIES - 1)
        first, last = np.floor(edges[:-1]).astype(int), np.ceil(edges[1:]).astype(int) + 1
        return (total[last] - total[first]) / (last - first)[:, None]


def _domain(transfer: TransferFunction, dtype: np.dtype, extent: Range, stored_offset: float) -> tuple[float, float]:
    """Stored values that the table spans: all of uint8, else where both the values and the points are."""
    if dtype == np.uint8:
        return 0.0, 255.0
    nodes = [p.x - stored_offset for p in (*transfer.colors, *transfer.opacities)]
    low = min(max(extent[0], min(nodes)), extent[1])
    high = max(min(extent[1], max(nodes)), low)
    return (low, high) if high > low else (low, low + 1.0)
