"""Bundles of streamlines, a corticospinal fan and an arcuate bow on both sides, and pulses that run along them."""

import hashlib
from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from brainreel.phantom.folding import hashed
from brainreel.phantom.moments import axis, moment_s

VERSION = 1
"""Changes whenever any point or value does."""

_FAN = ((5, -31, -58), (7, -25, -38), (16, -15, -14), (21, -12, 6), (25, -13, 22))
_FAN_SPREAD_MM = (2.0, 2.5, 2.0, 2.5, 4.0)
_BOW = ((55, -14, -20), (54, -34, -14), (45, -48, 6), (39, -38, 24), (39, -10, 27), (44, 14, 20), (50, 30, 8))
_BOW_SPREAD_MM = (5.0, 4.0, 3.0, 2.2, 2.2, 3.5, 6.0)
_FAN_SHARE = 0.65
_FEWEST, _MOST = 48, 80
_PULSES_S = (0.0, 0.18)
_TRAVEL_S = 0.16
_PULSE_LENGTH = 0.09

Points = NDArray[np.float64]


class BundleTracts:
    """`lines` streamlines; Tracts with the arrays `along` (0 at the start of a line, 1 at its end) and `fa`."""

    def __init__(self, lines: int) -> None:
        self.name = f"phantom:bundle?lines={lines}"
        self._lines = lines

    @property
    def points(self) -> NDArray[np.float32]:
        """(n, 3) in RAS millimetres."""
        return self._points

    @property
    def offsets(self) -> NDArray[np.int64]:
        """(lines + 1,): line k is `points[offsets[k]:offsets[k + 1]]`."""
        return self._offsets

    @property
    def arrays(self) -> Mapping[str, NDArray[np.float32]]:
        """`along` and `fa`, (n,) each."""
        return self._arrays

    def fingerprint(self) -> str:
        """A hex digest of what points and arrays follow from."""
        return hashlib.sha256(f"{self.name} {VERSION}".encode()).hexdigest()

    @cached_property
    def _draws(self) -> Points:
        return hashed(11, 10 * self._lines).reshape(-1, 10)

    @cached_property
    def _offsets(self) -> NDArray[np.int64]:
        counts = _FEWEST + (self._draws[:, 0] * (_MOST - _FEWEST + 1)).astype(np.int64)
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def _points(self) -> NDArray[np.float32]:
        lines = [_streamline(*line) for line in zip(self._draws, np.diff(self._offsets), strict=True)]
        return np.concatenate(lines).astype(np.float32)

    @cached_property
    def _arrays(self) -> dict[str, NDArray[np.float32]]:
        along = np.concatenate([np.linspace(0, 1, count) for count in np.diff(self._offsets)])
        anisotropy = 0.3 + 1.6 * along * (1 - along) + 0.1 * (hashed(5, len(along)) - 0.5)
        return {"along": along.astype(np.float32), "fa": anisotropy.astype(np.float32)}


class BundleActivity:
    """Pulses (0..1) along the streamlines of `phantom:bundle` with the same `lines`; a Series."""

    vertices = None
    hemi = None

    def __init__(self, lines: int, times: int) -> None:
        self.name = f"phantom:bundle_activity?lines={lines}&times={times}"
        self.times = axis(times)
        self._tracts = BundleTracts(lines)

    @property
    def width(self) -> int:
        """Points of the bundle."""
        return int(self._tracts.offsets[-1])

    def row(self, index: int) -> NDArray[np.float32]:
        """(width,) values of moment `index`."""
        seconds = moment_s(self.times, index)
        value = np.full(self.width, 0.04)
        for start in _PULSES_S:
            head = (seconds - start - self._delay_s) / _TRAVEL_S
            value += np.exp(-(((self._tracts.arrays["along"] - head) / _PULSE_LENGTH) ** 2))
        return np.minimum(value, 1).astype(np.float32)

    def fingerprint(self) -> str:
        """A hex digest of what the values follow from."""
        return hashlib.sha256(f"{self.name} {VERSION}".encode()).hexdigest()

    @cached_property
    def _delay_s(self) -> Points:
        """(width,) by which each point's line lags."""
        lag = 0.03 * hashed(12, len(self._tracts.offsets) - 1)
        return np.repeat(lag, np.diff(self._tracts.offsets))


def _streamline(draws: Points, count: int) -> Points:
    """`count` points (x, y, z) of one line, placed by ten numbers in 0..1."""
    across = np.sqrt(draws[1:4]) * np.where(draws[4:7] < 0.5, -1, 1)
    if draws[8] < _FAN_SHARE:
        reach = 0.12 + 1.16 * draws[7]  # radians from the top of the head to the side
        s, c = reach * (1 - reach**2 / 6), 1 - reach**2 / 2 + reach**4 / 24
        crown = (20 + 44 * s, -13 + 9 * across[1], 12 + 44 * c)
        path, spread = np.array([*_FAN, crown]), np.array([*_FAN_SPREAD_MM, 2.0])
    else:
        path, spread = np.array(_BOW), np.array(_BOW_SPREAD_MM)
    controls = path + spread[:, None] * across
    side = -1 if draws[9] < 0.5 else 1
    return _through(controls, count) * (side, 1, 1)


def _through(controls: Points, count: int) -> Points:
    """`count` points of the Catmull-Rom curve through `controls` (k, 3)."""
    padded = np.concatenate([[2 * controls[0] - controls[1]], controls, [2 * controls[-1] - controls[-2]]])
    position = np.linspace(0, len(controls) - 1, count)
    first = np.minimum(position.astype(int), len(controls) - 2)
    t = (position - first)[:, None]
    a, b, c, d = (padded[first + k] for k in range(4))
    return b + t / 2 * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
