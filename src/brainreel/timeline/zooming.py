"""Smooth zooming and panning: the way from one view to another on which what is seen flows past evenly."""

import math
from dataclasses import dataclass

RHO = math.sqrt(2)
"""How much zooming there is for the panning: what van Wijk and Nuij's readers of maps liked best (1.42)."""
NO_PAN = 1e-9
"""Views whose centres are closer than this part of their width differ by zoom alone."""


@dataclass(frozen=True)
class ZoomPan:
    """The optimal path of van Wijk and Nuij (Smooth and efficient zooming and panning, 2003) from a view of width
    `w0` to one of `w1`, their centres `u1` apart, all in world units.

    It is the geodesic of ds^2 = (rho^2 du^2 + dw^2 / rho^2) / w^2, so at constant ds/dt what is seen moves at a
    constant speed, in pictures a second. With rho the balance of zoom and pan and

        b_i = (w1^2 - w0^2 + (-1)^i rho^4 u1^2) / (2 w_i rho^2 u1),   r_i = ln(-b_i + sqrt(b_i^2 + 1)),

    the path is S = (r1 - r0) / rho long, and at s along it

        u(s) = w0 sinh(rho s) / (rho^2 cosh(rho s + r0)),   w(s) = w0 cosh(r0) / cosh(rho s + r0).

    Where u1 = 0, w(s) = w0 exp(+-rho s) and S = |ln(w1 / w0)| / rho.
    """

    w0: float
    w1: float
    u1: float
    rho: float = RHO

    @property
    def pans(self) -> bool:
        """Whether the centre moves to speak of."""
        return self.u1 > NO_PAN * max(self.w0, self.w1)

    @property
    def length(self) -> float:
        """S, the length of the path."""
        if not self.pans:
            return abs(math.log(self.w1 / self.w0)) / self.rho
        return (self._r(1) - self._r(0)) / self.rho

    def at(self, part: float) -> tuple[float, float]:
        """(panned, w): which part of the way between the centres is over, and the width, at `part` 0..1 of the path."""
        if part in {0.0, 1.0}:
            return part, self.w1 if part else self.w0
        if not self.pans:
            return part, self.w0 * (self.w1 / self.w0) ** part
        r0, along = self._r(0), self.rho * self.length * part
        u = self.w0 * math.sinh(along) / (self.rho**2 * math.cosh(along + r0))
        return u / self.u1, self.w0 * math.cosh(r0) / math.cosh(along + r0)

    def _r(self, end: int) -> float:
        width, sign = (self.w1, -1) if end else (self.w0, 1)
        square = (self.w1 - self.w0) * (self.w1 + self.w0) + sign * self.rho**4 * self.u1**2
        return -math.asinh(square / (2 * width * self.rho**2 * self.u1))
