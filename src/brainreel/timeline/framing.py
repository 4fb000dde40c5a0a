"""Where a camera has to stand so that a subject fits the picture from every side it is seen from."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FILLED_HEIGHT, FILLED_WIDTH = 0.86, 0.90
"""Parts of the picture that a subject fills at most, so that labels find room."""

_ROUNDS, _HALVINGS = 2, 12


@dataclass(frozen=True)
class Lens:
    """Slopes of the picture's edges, or of a parallel camera their distances from its middle at a scale of 1."""

    tan_x: float
    tan_y: float
    converges: bool = True

    @classmethod
    def of(cls, view_angle: float, size: tuple[int, int]) -> "Lens":
        """From the vertical view angle in degrees and the picture's (width, height)."""
        tan_y = math.tan(math.radians(view_angle) / 2)
        return cls(tan_y * size[0] / size[1], tan_y)

    @classmethod
    def parallel(cls, size: tuple[int, int]) -> "Lens":
        """Of rays that do not converge, for a picture of (width, height)."""
        return cls(size[0] / size[1], 1.0, converges=False)


def fit(points: Array, towards: Array, up: Array, lens: Lens, focal: Array | None = None) -> tuple[Array, float]:
    """The focal point, and the least distance from it at which `points` (n, 3) fit the picture; where the lens does not
    converge, the least parallel scale.

    `towards` (k, 3) are the unit vectors from the focal point to the camera that occur, none along `up`. Unless `focal`
    is given, the subject is centred as far as one focal point can centre it in all k views.
    """
    upright = _unit(up - (towards @ up)[:, None] * towards)
    sideways = np.cross(upright, towards)
    inwards = towards if lens.converges else np.zeros_like(towards)
    vertical = _edges(points, inwards, upright, FILLED_HEIGHT * lens.tan_y)
    horizontal = _edges(points, inwards, sideways, FILLED_WIDTH * lens.tan_x)
    if focal is None:
        middle, reach = (points.min(0) + points.max(0)) / 2, np.ptp(points, axis=0).max() / 2
        if _goes_round(towards, up):
            middle = _on_axis(points, middle, up)
        else:
            middle = _centred(middle, _unit(sideways.mean(0)), reach, horizontal)
        focal = _centred(middle, up, reach, vertical)
        for _ in range(_ROUNDS if lens.converges else 0):  # what needs less is centred from where the other needs
            distance = max(_needed(focal, vertical), _needed(focal, horizontal))
            focal = _centred_from(distance, focal, up, reach, points, (inwards, upright, FILLED_HEIGHT * lens.tan_y))
    needed = max(_needed(focal, vertical), _needed(focal, horizontal))
    return focal, needed if needed > 0 else 1.0


def clear_of(points: Array, towards: Array, focal: Array) -> float:
    """The least distance from `focal` at which a camera in any of the directions `towards` (k, 3) has all `points`
    before it, and a tenth of that to spare."""
    return 1.1 * max(float(np.max((points - focal) @ towards.T)), 0.0)


def _unit(vectors: Array) -> Array:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _edges(points: Array, inwards: Array, across: Array, slope: float) -> tuple[Array, Array]:
    """(directions (2 k, 3), supports (2 k)): a point p is inside both edges where distance >= (p - focal) . direction,
    for all points where distance >= support - focal . direction. `inwards` is none where rays are parallel; then
    it is the scale in place of the distance."""
    directions = np.concatenate([inwards + across / slope, inwards - across / slope])
    return directions, np.max(directions @ points.T, axis=1)


def _needed(focal: Array, edges: tuple[Array, Array]) -> float:
    directions, supports = edges
    return float(np.max(supports - directions @ focal))


def _centred(focal: Array, along: Array, reach: float, edges: tuple[Array, Array]) -> Array:
    """The focal point moved `along` a line to where the needed distance is least: it is convex, so thirds find it."""
    low, high = -reach, reach
    for _ in range(80):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        if _needed(focal + left * along, edges) <= _needed(focal + right * along, edges):
            high = right
        else:
            low = left
    return focal + (low + high) / 2 * along


def _centred_from(
    distance: float, focal: Array, along: Array, reach: float, points: Array, edges: tuple[Array, Array, float]
) -> Array:
    """The focal point moved `along` a line to where `points` fill the least part between `edges`, seen from `distance`.

    What is near looks larger, and the more so the nearer one is: what is centred at one distance is not at another.
    """
    inwards, across, slope = edges
    least, most = 0.0, 1.0
    for _ in range(_HALVINGS):
        part = (least + most) / 2
        narrow = _edges(points, inwards, across, part * slope)
        centred = _centred(focal, along, reach, narrow)
        if _needed(centred, narrow) > distance:
            least = part
        else:
            most, focal = part, centred
    return focal


def _goes_round(towards: Array, up: Array) -> bool:
    """Whether the camera sees the subject from opposite sides, so that only its axis can be centred."""
    level = _unit(towards - (towards @ up)[:, None] * up)
    return bool((level @ level[0]).min() < -0.5)


def _on_axis(points: Array, start: Array, up: Array) -> Array:
    """The focal point in the middle of the smallest circle about `up` that holds all points (Badoiu and Clarkson)."""
    center = start.copy()
    for step in range(1, 400):
        offsets = points - center
        offsets -= (offsets @ up)[:, None] * up
        center = center + offsets[np.argmax(np.einsum("ij,ij->i", offsets, offsets))] / (step + 1)
    return center
