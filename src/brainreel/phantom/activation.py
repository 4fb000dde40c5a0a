"""Activity of the phantom's cortex after a picture is seen: a wave from the back of the brain wakes three places."""

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from brainreel.phantom.cortex import HEMISPHERES, smooth_surface
from brainreel.phantom.folding import Waves
from brainreel.phantom.moments import axis, moment_s
from brainreel.space.geodesic import divisions_for, geodesic_sphere

VERSION = 1
"""Changes whenever any value does."""


class _Focus(NamedTuple):
    """A place (right side, mm) that answers from `onset_s` on with `peak`, `rise_s` later, within about `radius_mm`."""

    place: tuple[float, float, float]
    onset_s: float
    rise_s: float
    peak: float
    radius_mm: float


_WAVE = _Focus((14, -82, 6), 0.07, 0.035, 14.0, 60.0)
_WAVE_MM_PER_S = 650.0
_FOCI = (
    _Focus((58, -36, -10), 0.13, 0.05, 10.0, 20.0),
    _Focus((34, -56, 44), 0.17, 0.05, 8.0, 17.0),
    _Focus((50, 32, 12), 0.22, 0.06, 9.0, 19.0),
)
PLACES = (_WAVE.place, *(focus.place for focus in _FOCI))
"""Where activity comes from (right side, mm)."""
_LAG_S = (0.0, 0.012)  # of the left and the right hemisphere
_GAIN = (1.0, 0.85)
_FLOOR = 0.7


class CortexActivity:
    """Values like dSPM, 0 to about 15, for every vertex of `phantom:cortex` with the same `vertices`; a Series."""

    vertices = None

    def __init__(self, hemi: str, vertices: int, times: int) -> None:
        self.hemi: str | None = hemi
        self._side = HEMISPHERES.index(hemi)
        self._divisions = divisions_for(vertices)
        self.name = f"phantom:activation?vertices={vertices}&times={times} ({hemi})"
        self.times = axis(times)

    @property
    def width(self) -> int:
        """Vertices of the hemisphere."""
        return 10 * self._divisions**2 + 2

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`."""
        seconds = moment_s(self.times, index)
        value, *others = self._answers(seconds)
        for other in others:
            value += other
        return (_GAIN[self._side] * value + self._floor(seconds - _LAG_S[self._side])).astype(np.float32)

    def _answers(self, seconds: float) -> Iterator[NDArray[np.float64]]:
        """(width,) what comes from the wave, and from each of the other `PLACES`."""
        seconds -= _LAG_S[self._side]
        wave, *foci = self._distances_mm
        arrival = wave / _WAVE_MM_PER_S
        yield _WAVE.peak * np.exp(-wave / _WAVE.radius_mm) * _answer((seconds - _WAVE.onset_s - arrival) / _WAVE.rise_s)
        for focus, distance in zip(_FOCI, foci, strict=True):
            strength = focus.peak * _answer(np.float64((seconds - focus.onset_s) / focus.rise_s))
            yield strength * np.exp(-((distance / focus.radius_mm) ** 2))

    def fingerprint(self) -> str:
        """A hex digest of what the values follow from."""
        parameters = f"phantom:activation {VERSION} {self.hemi} {self._divisions} {self.times}"
        return hashlib.sha256(parameters.encode()).hexdigest()

    def _floor(self, seconds: float) -> NDArray[np.float64]:
        x, y, z = self._surface.T
        drift = 90 * seconds
        return _FLOOR * np.abs(Waves(90 + self._side, 40.0, count=6).at((x + drift, y - 0.7 * drift, z)))

    @cached_property
    def _surface(self) -> NDArray[np.float64]:
        return smooth_surface(geodesic_sphere(self._divisions)[0])

    @cached_property
    def _distances_mm(self) -> list[NDArray[np.float64]]:
        """From each place of activity to every vertex of the unfolded surface."""
        return [np.sqrt(((self._surface - focus.place) ** 2).sum(1)) for focus in (_WAVE, *_FOCI)]


def _answer(rises: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    """A response that starts gently at 0, is 1 after one rise time and fades."""
    since = np.maximum(rises, 0)
    return since * since * np.exp(2 - 2 * since)
