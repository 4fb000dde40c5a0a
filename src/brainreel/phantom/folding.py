"""The folds of a cortex: random waves of one wavelength, whose nodal lines meander like sulci."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.phantom.solids import Field, Triple


def hashed(seed: int, count: int) -> NDArray[np.float64]:
    """`count` numbers in 0..1 that depend on `seed` and their index alone (SplitMix64)."""
    with np.errstate(over="ignore"):
        state = (np.arange(1, count + 1, dtype=np.uint64) + np.uint64(seed << 20)) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((state ^ (state >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def wave(turns: Field) -> Field:
    """A cosine in all but name, of period 1 and range -1..1, made of polynomials."""
    s = 4 * np.abs(turns - np.rint(turns)) - 1
    return s * (0.5 * s * s - 1.5)


def wave_slope(turns: Field) -> Field:
    """The derivative of `wave`, per turn."""
    offset = turns - np.rint(turns)
    s = 4 * np.abs(offset) - 1
    return np.copysign(6 * (s * s - 1), offset)


@dataclass(frozen=True)
class Waves:
    """A sum of `count` plane waves with about one wavelength (mm), in directions of the sphere times `stretch`."""

    seed: int
    wavelength_mm: float
    stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)
    count: int = 14
    spread: float = 0.2

    def at(self, point: Triple) -> Field:
        """The sum at `point`: mean 0, standard deviation about 1."""
        x, y, z = point
        total = np.zeros(np.broadcast(x, y, z).shape)
        for kx, ky, kz, phase in self._terms:
            total += wave(kx * x + ky * y + kz * z + phase)
        return total * np.sqrt(2 / self.count)

    def with_gradient(self, point: Triple) -> tuple[Field, tuple[Field, Field, Field]]:
        """The sum at `point` and its gradient (per mm)."""
        x, y, z = point
        total, gx, gy, gz = (np.zeros(np.broadcast(x, y, z).shape) for _ in range(4))
        for kx, ky, kz, phase in self._terms:
            turns = kx * x + ky * y + kz * z + phase
            slope = wave_slope(turns)
            total += wave(turns)
            gx += kx * slope
            gy += ky * slope
            gz += kz * slope
        scale = np.sqrt(2 / self.count)
        return total * scale, (gx * scale, gy * scale, gz * scale)

    @property
    def _terms(self) -> tuple[tuple[float, float, float, float], ...]:
        return _plane_waves(self)


@lru_cache
def _plane_waves(waves: Waves) -> tuple[tuple[float, float, float, float], ...]:
    """Frequencies (turns per mm) along x, y, z and the phase (turns) of each wave; directions fill the sphere."""
    draws = hashed(waves.seed, 5 * 4 * waves.count).reshape(-1, 5)
    vectors = 2 * draws[:, :3] - 1
    inside = (vectors * vectors).sum(1) < 1
    draws, vectors = draws[inside][: waves.count], vectors[inside][: waves.count] * waves.stretch
    lengths = np.sqrt((vectors * vectors).sum(1))
    scales = (1 + waves.spread * (2 * draws[:, 3] - 1)) / (waves.wavelength_mm * lengths)
    frequencies = (vectors * scales[:, None]).tolist()
    return tuple((x, y, z, phase) for (x, y, z), phase in zip(frequencies, draws[:, 4].tolist(), strict=True))
