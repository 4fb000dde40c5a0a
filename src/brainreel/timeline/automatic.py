"""What `auto` means: transfer functions of volumes, unit distances, colour maps and ranges of paint."""

import math
from collections.abc import Sequence

import numpy as np

from brainreel.data.facts import SeriesFacts, VolumeFacts, quantile
from brainreel.space import Box
from brainreel.timeline.looks import Color
from brainreel.timeline.statistics import Distribution, ascending, series_distribution

WARM: tuple[Color, ...] = ((0.62, 0.5, 0.43), (0.86, 0.77, 0.68), (1.0, 0.98, 0.95))
"""Dim, middling and bright tissue on black."""
TYPICAL_DEPTH, BRIGHT_DEPTH = 16.0, 60.0
"""Optical depth of the whole subject if it were all typical tissue, or all of its brightest."""
PROJECTION_SHARES = 0.01, 0.998
"""Shares of the voxels between which a projection goes from black to white."""
OPAQUE = ((0.0, 1.0),)
"""Opacity 1 everywhere."""
MNE_PERCENTILES = (96.0, 97.5, 99.95)
SEQUENTIAL_MAP, DIVERGING_MAP = "hot", "RdBu_r"
NEGATIVE_SHARE = 0.1
"""Data have both signs where their lowest values reach this part of the highest."""


def unit_distance(volume: VolumeFacts) -> float:
    """ParaView's default: the diagonal over the cube root of the number of cells, in world units."""
    cells = [max(count - 1, 1) for count in reversed(volume.shape)]
    return math.hypot(*np.multiply(cells, volume.spacing)) / math.prod(cells) ** (1 / 3)


def _tissue_values(volume: VolumeFacts) -> tuple[float, float, float]:
    """Where tissue begins, is typical, and is brightest (data values that ascend)."""
    levels = np.linspace(0, 1, len(volume.quantiles))
    empty = min(float(np.interp(volume.background, volume.quantiles, levels)), 0.999)

    def tissue(share: float) -> float:
        return quantile(volume.quantiles, empty + (1 - empty) * share)

    low = min(volume.background, tissue(0.01))
    typical, bright = max(tissue(0.5), low), max(tissue(0.995), low)
    if bright <= low:
        bright = low + max(abs(low), 1.0) * 1e-3
    low, typical, bright = ascending((low, min(typical, bright), bright))
    return low, typical, bright


def volume_colors(volume: VolumeFacts) -> tuple[tuple[float, ...], ...]:
    """Points [x, r, g, b]: a warm grey that grows white."""
    return tuple((x, *color) for x, color in zip(_tissue_values(volume), WARM, strict=True))


def volume_opacities(volume: VolumeFacts) -> tuple[tuple[float, ...], ...]:
    """Points [x, opacity] per `unit_distance(volume)`: nothing below the background, then a ramp through which one
    sees some way into the subject, whatever its resolution."""
    low, typical, bright = _tissue_values(volume)
    size = Box.around(volume.hull).extent if volume.hull else volume.bounds.extent
    steps = max(float(np.mean(size)) / unit_distance(volume), 1.0)

    def opacity(depth: float) -> float:
        return 1 - math.exp(-depth / steps)

    points = (low, 0.0), (low + (typical - low) / 2, opacity(TYPICAL_DEPTH / 4)), (typical, opacity(TYPICAL_DEPTH))
    return (*points, (bright, opacity(BRIGHT_DEPTH)))


def volume_range(volume: VolumeFacts) -> tuple[float, float]:
    """From where tissue begins to where it is brightest."""
    low, _, bright = _tissue_values(volume)
    return low, bright


def projection_colors(volume: VolumeFacts) -> tuple[tuple[float, ...], ...]:
    """Points [x, r, g, b]: black to white, as radiologists look at projections."""
    low, high = ascending([quantile(volume.quantiles, share) for share in PROJECTION_SHARES])
    return (low, 0.0, 0.0, 0.0), (high, 1.0, 1.0, 1.0)


def has_both_signs(series: Sequence[SeriesFacts]) -> bool:
    """Whether the values go noticeably below 0 as well as above."""
    return goes_both_ways(series_distribution(series, magnitude=False))


def goes_both_ways(values: Distribution) -> bool:
    """Whether `values` go noticeably below 0 as well as above."""
    lowest, highest = values.value_below(0.005), values.value_below(0.995)
    return lowest < 0 < highest and -lowest > NEGATIVE_SHARE * highest


def paint_range(series: Sequence[SeriesFacts], magnitude: bool) -> tuple[float, ...]:
    """(min, mid, max): MNE's percentiles, of absolute values where `magnitude`."""
    values = series_distribution(series, magnitude)
    return ascending([values.value_below(percent / 100) for percent in MNE_PERCENTILES])


def legible_on(background: Color) -> Color:
    """White on dark, nearly black on light: a contrast of at least 4.5 to 1."""
    return (1.0, 1.0, 1.0) if luminance(background) < 0.1791 else (0.0, 0.0, 0.0)


def luminance(color: Color) -> float:
    """Relative luminance of a display colour (WCAG 2, sRGB)."""
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
