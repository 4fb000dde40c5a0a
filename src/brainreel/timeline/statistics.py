"""Percentiles over the data of both hemispheres, from the quantiles of each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from brainreel.data.facts import SeriesFacts, VolumeFacts, quantile


@dataclass(frozen=True, slots=True)
class Distribution:
    """Several parts of one body of data: the quantiles of each part and how many values it has."""

    parts: tuple[tuple[float, ...], ...]
    weights: tuple[float, ...]

    def value_below(self, fraction: float) -> float:
        """The value below which `fraction` (0..1) of all values lie: the parts' shares added, then inverted."""
        if len(self.parts) == 1:
            return quantile(self.parts[0], fraction)
        values = np.unique(np.concatenate([np.asarray(part, float) for part in self.parts]))
        shares = np.zeros((len(values), 2))
        for part, weight in zip(self.parts, self.weights, strict=True):
            shares += weight / sum(self.weights) * _shares_below(np.asarray(part, float), values)
        return float(np.interp(fraction, shares.ravel(), np.repeat(values, 2)))


def _shares_below(quantiles: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 2): the share of a part that lies below each value, and at or below it; they differ where values repeat."""
    levels = np.linspace(0, 1, len(quantiles))
    shares = np.empty((len(values), 2))
    for column, side in enumerate(("left", "right")):
        index = np.searchsorted(quantiles, values, side=side)
        upper = np.clip(index, 1, len(quantiles) - 1)
        lower = upper - 1
        width = quantiles[upper] - quantiles[lower]
        part = np.divide(values - quantiles[lower], width, out=np.zeros(len(values)), where=width > 0)
        inside = levels[lower] + part * (levels[upper] - levels[lower])
        shares[:, column] = np.where(index == 0, 0.0, np.where(index == len(quantiles), 1.0, inside))
    return shares


def series_distribution(series: Sequence[SeriesFacts], magnitude: bool) -> Distribution:
    """Over all times of all `series`, of their absolute values where `magnitude`."""
    parts = tuple(facts.magnitude_quantiles if magnitude else facts.quantiles for facts in series)
    return Distribution(parts, tuple(float(facts.width * facts.times.count) for facts in series))


def volume_distribution(volume: VolumeFacts, magnitude: bool = False) -> Distribution:
    """Over all voxels; of their absolute values where `magnitude`, as exact as the quantiles lie close."""
    if not magnitude:
        return Distribution((volume.quantiles,), (1.0,))
    return Distribution((tuple(sorted(map(abs, volume.quantiles))),), (1.0,))


def ascending(levels: Sequence[float]) -> tuple[float, ...]:
    """`levels` with equal neighbours moved apart by the least that tells them apart (a millionth of the span).

    Percentiles of data with many equal values coincide. Raises ValueError where a level lies below the one before.
    """
    span = max(levels[-1] - levels[0], 1e-6 * abs(levels[-1]), 1e-30)
    least = 1e-6 * span
    result = [float(levels[0])]
    for level in levels[1:]:
        if level < result[-1] - least * len(levels):
            raise ValueError(f"{level:g} comes after {result[-1]:g}")
        result.append(max(float(level), result[-1] + least))
    return tuple(result)
