"""Transfer functions as the tables that kernels read, opacity corrected for the step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels.sampling import BLUE_MAX, GREEN_SHIFT, MEAN_UNIT, RED_MAX, RED_SHIFT
from brainreel.render.curves import transfer_colors
from brainreel.timeline.looks import OpacityPoint, TransferFunction
from brainreel.timeline.piecewise import opacity_curve

Range = tuple[float, float]

ENTRIES = 4081  # 16 a grey value of uint8
LENGTHS = 1024
VALUES = 256
RARE = 1e-5
"""Values that are rarer around a mean change no colour."""

PHASES = 16
"""Places from a bin to the next at which what spreads around them is averaged: of uint8 all entries."""

SELDOM = 2e-4
"""Opacity over a voxel below which nothing is drawn, so that empty space stays empty."""


@dataclass(frozen=True)
class TransferTable:
    """`colors` (n, 3) and `opacities` (n,) per unit distance; entry `stored * scale + offset`, rounded, clamped.

    Where the transfer function has colours of its own below or above its points, the first or last entry of wider
    types is theirs, so that values beyond the table have them. Voxels that are no number have no entry: kernels draw
    nothing there.
    """

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

        Raises SceneError for a colour space that is not known.
        """
        low, high = _domain(transfer, dtype, extent, stored_offset)
        x = np.linspace(low, high, ENTRIES) + stored_offset
        opacities = np.clip(opacity_curve(transfer.opacities, x) * alpha, 0, 1)
        scale = (ENTRIES - 1) / (high - low)
        return cls(transfer_colors(transfer, x), opacities, transfer.unit_distance, scale, -low * scale)

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

    def integrals(self, distances: Sequence[float]) -> NDArray[np.float32]:
        """(levels * n, 4): what `kernels.sampling.look_up_mean` reads, a level for each of `distances`.

        From entry 0 to each, opacity over that distance times red, green and blue (0..1), and opacity alone, linear
        between entries: whole numbers, MEAN_UNIT of them 1 an entry, in the bits of float32. So differences are exact,
        also of what is nearly transparent behind much that is opaque: the mean from entry a to entry b is
        (I[b] - I[a]) / (b - a) / MEAN_UNIT.
        """
        levels = []
        for distance in distances:
            alpha = self.opacities_over(distance)[:, None]
            parts = np.concatenate([self.colors * alpha, alpha], 1)
            sums = np.concatenate([np.zeros((1, 4)), np.cumsum((parts[1:] + parts[:-1]) / 2, 0)])
            levels.append(np.rint(sums * MEAN_UNIT).astype(np.uint32).view(np.float32))
        return np.concatenate(levels)

    def spread(self, rows: NDArray[np.floating], ends: Range, distance: float) -> "TransferTable":
        """The table of voxels that are means, around which values spread as `rows` (bins, bins) say, each a sum of 1.

        Bins are equal parts of `ends`, in stored values. Opacities over `distance` and the colours they show are
        averaged, as where values change from one `distance` to the next; what hardly ever shows is left transparent.
        """
        bins, entries = len(rows), np.arange(len(self.opacities))
        width = (ends[1] - ends[0]) / bins or 1.0
        place = ((entries - self.offset) / self.scale - ends[0]) / width - 0.5
        parts = np.concatenate([self.colors, np.ones((len(entries), 1))], 1) * self.opacities_over(distance)[:, None]
        aside = np.arange(-PHASES, PHASES + 1) / PHASES
        stored = ends[0] + (np.arange(bins)[:, None] + 0.5 + aside) * width
        around = _between(parts, stored.ravel() * self.scale + self.offset).reshape(bins, -1)
        means = np.where(rows > RARE, rows, 0).astype(float) @ around  # from each bin's centre to the next ones
        low = np.clip(np.floor(place).astype(int), 0, bins - 1)
        high = np.minimum(low + 1, bins - 1)
        upper = np.clip(place - low, 0, 1)[:, None]
        total = np.zeros_like(parts)
        for row, share in ((low, 1 - upper), (high, upper)):
            column = np.clip((place - row + 1) * PHASES, 0, 2 * PHASES)
            total += share * _between(means.reshape(-1, 4), row * len(aside) + column)
        beyond = (place < -1) | (place > bins)  # where no values were seen
        total[beyond] = parts[beyond]
        alpha = np.clip(total[:, 3:], 0, 1)
        colors = np.where(alpha > 0, total[:, :3] / np.maximum(alpha, 1e-30), self.colors)
        shows = np.where(alpha[:, 0] > SELDOM, alpha[:, 0], 0.0)
        opacities = 1 - (1 - shows) ** (self.unit_distance / distance)
        return TransferTable(np.clip(colors, 0, 1), opacities, self.unit_distance, self.scale, self.offset)

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


def _between(rows: NDArray[np.float64], at: NDArray[np.floating]) -> NDArray[np.float64]:
    """Linear between `rows` (n, k) at the places `at` (m,), which are held at the ends."""
    at = np.clip(at, 0, len(rows) - 1)
    low = at.astype(int)
    upper = (at - low)[:, None]
    return rows[low] * (1 - upper) + rows[np.minimum(low + 1, len(rows) - 1)] * upper


def typical_opacity(transfer: TransferFunction, alpha: float, distance: float) -> float:
    """The mean opacity over `distance` world units of the values that `transfer` shows, at `alpha` of its opacity."""
    ends = transfer.opacities[0].x, transfer.opacities[-1].x
    opacities = np.clip(opacity_curve(transfer.opacities, np.linspace(*ends, VALUES)) * alpha, 0, 1)
    shown = opacities[opacities > 0]
    return float(np.mean(1 - (1 - shown) ** (distance / transfer.unit_distance))) if len(shown) else 0.0


@dataclass(frozen=True)
class GradientTable:
    """What opacity is multiplied by, by the length of the gradient (value per world unit).

    `factors` (n,) float32 lie in 0..1, so nothing shows that a TransferTable hides; entry `length * scale`, rounded,
    held at the last.
    """

    factors: NDArray[np.float32]
    scale: float

    @classmethod
    def of(cls, points: Sequence[OpacityPoint]) -> "GradientTable":
        """The table of a gradient opacity function, of one point or more."""
        longest = max(points[-1].x, 1e-30)
        factors = np.clip(opacity_curve(points, np.linspace(0, longest, LENGTHS)), 0, 1)
        return cls(factors.astype(np.float32), (LENGTHS - 1) / longest)


def _domain(transfer: TransferFunction, dtype: np.dtype, extent: Range, stored_offset: float) -> tuple[float, float]:
    """Stored values that the table spans: all of uint8, else where both the values and the points are."""
    if dtype == np.uint8:
        return 0.0, 255.0
    nodes = [p.x - stored_offset for p in (*transfer.colors, *transfer.opacities)]
    first, last = transfer.colors[0].x - stored_offset, transfer.colors[-1].x - stored_offset
    room = (max(nodes) - min(nodes) or 1.0) / (ENTRIES - 1)
    if transfer.below is not None:
        nodes.append(first - room)
    if transfer.above is not None:
        nodes.append(last + room)
    low = min(max(extent[0], min(nodes)), extent[1])
    high = max(min(extent[1], max(nodes)), low)
    return (low, high) if high > low else (low, low + 1.0)
