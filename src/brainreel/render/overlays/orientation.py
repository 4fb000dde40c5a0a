"""Where the sides of the body are: letters at the picture's edges, or a cube with them on its faces."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from brainreel.render.overlays.stamps import Stamp, empty, letter_px, put, words_stamp
from brainreel.render.text import words
from brainreel.timeline.frame import OrientationOverlay

LETTERS = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
"""Axis and sign in the world, which is RAS."""

WHOLLY, NOT_AT_ALL = 0.94, 0.87
"""Cosines of an axis with an edge's direction from which on its letter is seen, and below which it is not: 20 and 30
degrees."""

CUBE = 2.0
"""Edge of the cube in font sizes."""

FINENESS = 3
"""Samples of the cube along a pixel."""

FACE, RIM, INK = 0.82, 0.30, 0.10
"""Greys of the faces in full light, of their edges and of the letters."""


def edge_letters(overlay: OrientationOverlay, height: int) -> list[tuple[Stamp, str, float]]:
    """At each edge the letter of the side that lies there, its place and how far it is seen (0: none lies there).

    All are of one size, so that what stands beside them keeps its place.
    """
    size_px = letter_px(overlay.size, height)
    stamps = {letter: words_stamp(letter, size_px, overlay.color) for letter in LETTERS}
    width = max(stamp.size[1] for stamp in stamps.values())
    right, up = np.array(overlay.right), np.array(overlay.up)
    found = []
    for place, direction in (("left", -right), ("right", right), ("top", up), ("bottom", -up)):
        axis = int(np.argmax(np.abs(direction)))
        sign = 1 if direction[axis] > 0 else -1
        letter = next(name for name, side in LETTERS.items() if side == (axis, sign))
        seen = np.clip((abs(direction[axis]) - NOT_AT_ALL) / (WHOLLY - NOT_AT_ALL), 0, 1)
        stamp = empty(stamps[letter].size[0], width)
        put(stamp, stamps[letter], 0, (width - stamps[letter].size[1]) // 2)
        found.append((stamp, place, float(seen)))
    return found


def cube_stamp(overlay: OrientationOverlay, height: int) -> Stamp:
    """The cube as the camera's direction shows it, without perspective, lit from the viewer's upper left."""
    return _cube(overlay.right, overlay.up, CUBE * letter_px(overlay.size, height))


@lru_cache(maxsize=8)
def _cube(right: tuple[float, ...], up: tuple[float, ...], edge_px: float) -> Stamp:
    side = int(np.ceil(edge_px * np.sqrt(3))) + 2
    towards = np.cross(right, up)
    half = edge_px / 2
    offset = (np.arange(side * FINENESS) + 0.5) / FINENESS - side / 2
    x, y = np.meshgrid(offset / half, -offset / half)
    fine = Stamp(np.zeros((*x.shape, 3), np.float32), np.zeros(x.shape, np.float32))
    light = _unit(np.array(towards) - 0.5 * np.array(right) + 0.8 * np.array(up))
    for letter, (axis, sign) in LETTERS.items():
        normal = sign * np.eye(3)[axis]
        facing = float(normal @ towards)
        if facing <= 1e-3:
            continue
        across, upright = _face_axes(axis, sign)
        to_picture = np.array([[across @ right, upright @ right], [across @ up, upright @ up]])
        from_picture = np.linalg.inv(to_picture)
        rest_x, rest_y = x - normal @ right, y - normal @ up
        u = from_picture[0, 0] * rest_x + from_picture[0, 1] * rest_y
        v = from_picture[1, 0] * rest_x + from_picture[1, 1] * rest_y
        inside = (np.abs(u) <= 1) & (np.abs(v) <= 1)
        shade = 0.55 + 0.45 * max(0.0, float(normal @ light))
        fine.color[inside] = _face(letter, u[inside], v[inside], edge_px, shade)[:, None]
        fine.alpha[inside] = 1
    return _reduced(fine, side)


def _face_axes(axis: int, sign: int) -> tuple[NDArray, NDArray]:
    """Unit vectors along which a face's letter reads rightwards and stands, seen from outside; superior or, on the
    upper and lower face, anterior is up."""
    upright = np.eye(3)[1] if axis == 2 else np.eye(3)[2]
    return np.cross(upright, sign * np.eye(3)[axis]), upright


def _face(letter: str, u: NDArray, v: NDArray, edge_px: float, shade: float) -> NDArray[np.float32]:
    """Greys of a face at (u, v) in -1..1: an edge, a ground and the letter on it."""
    ground = np.where(np.maximum(np.abs(u), np.abs(v)) > 1 - 2.6 / edge_px, RIM, FACE * shade)
    ink = _letter(letter)
    rows = ((1 - v) / 2 * ink.shape[0]).astype(int).clip(0, ink.shape[0] - 1)
    columns = ((1 + u) / 2 * ink.shape[1]).astype(int).clip(0, ink.shape[1] - 1)
    return (ground + (INK - ground) * ink[rows, columns]).astype(np.float32)


@lru_cache(maxsize=6)
def _letter(letter: str, side: int = 256) -> NDArray[np.float32]:
    """Coverage (side, side) of a capital in the middle of its face, a little more than half as high."""
    mask = words(letter, 0.85 * side).letters
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    face = np.zeros((side, side), np.float32)
    y, x = (side - cut.shape[0]) // 2, (side - cut.shape[1]) // 2
    face[y : y + cut.shape[0], x : x + cut.shape[1]] = cut
    return face


def _reduced(fine: Stamp, side: int) -> Stamp:
    """Means over FINENESS x FINENESS samples, colours weighted by alpha."""
    shape = (side, FINENESS, side, FINENESS)
    alpha = fine.alpha.reshape(shape).mean((1, 3))
    color = (fine.color * fine.alpha[..., None]).reshape(*shape, 3).mean((1, 3))
    return Stamp((color / np.maximum(alpha, 1e-6)[..., None]).astype(np.float32), alpha.astype(np.float32))


def _unit(vector: NDArray) -> NDArray:
    return vector / np.linalg.norm(vector)
