"""The way between two colours of the least CIEDE2000 difference (CIE 142-2001), over a grid of display colours."""

from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from brainreel.render.colors.spaces import lab_from_rgb

Array = NDArray[np.float64]
GRID = 17
"""Colours along each edge of the grid, as in VTK."""

_MOST_7 = 25.0**7


def ciede2000(first: Array, second: Array) -> Array:
    """The difference (...) of colours in L*a*b* (..., 3); angles in radians."""
    chroma = (np.hypot(first[..., 1], first[..., 2]) + np.hypot(second[..., 1], second[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + _MOST_7))
    chroma1, hue1 = _chroma_and_hue(first, stretch)
    chroma2, hue2 = _chroma_and_hue(second, stretch)
    grey = chroma1 * chroma2 == 0
    turn = (hue2 - hue1 + np.pi) % (2 * np.pi) - np.pi
    turn = np.where(grey, 0, np.where(hue2 - hue1 == np.pi, np.pi, turn))
    hue_step = 2 * np.sqrt(chroma1 * chroma2) * np.sin(turn / 2)
    total = hue1 + hue2
    around = np.where(total < 2 * np.pi, total + 2 * np.pi, total - 2 * np.pi)
    hue = np.where(grey, total, np.where(np.abs(hue1 - hue2) <= np.pi, total, around) / 2)
    lightness = ((first[..., 0] + second[..., 0]) / 2 - 50) ** 2
    chroma = (chroma1 + chroma2) / 2
    by_lightness = (second[..., 0] - first[..., 0]) / (1 + 0.015 * lightness / np.sqrt(20 + lightness))
    by_chroma = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    by_hue = hue_step / (1 + 0.015 * chroma * _hue_weight(hue))
    turned = np.radians(30) * np.exp(-(((np.degrees(hue) - 275) / 25) ** 2))
    mixed = -np.sin(2 * turned) * 2 * np.sqrt(chroma**7 / (chroma**7 + _MOST_7)) * by_chroma * by_hue
    return np.sqrt(by_lightness**2 + by_chroma**2 + by_hue**2 + mixed)


def _chroma_and_hue(lab: Array, stretch: Array) -> tuple[Array, Array]:
    """Of L*a*b* with a* stretched; hues in 0..2 pi."""
    a, b = lab[..., 1] * stretch, lab[..., 2]
    hue = np.arctan2(b, a)
    return np.hypot(a, b), np.where(hue < 0, hue + 2 * np.pi, hue)


def _hue_weight(hue: Array) -> Array:
    return (
        1
        - 0.17 * np.cos(hue - np.radians(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.radians(6))
        - 0.20 * np.cos(4 * hue - np.radians(63))
    )


@lru_cache(maxsize=256)
def color_path(begin: tuple[float, ...], end: tuple[float, ...]) -> tuple[Array, Array]:
    """Colours (n, 3) of the grid from `begin` to `end`, and how different (n,) each is from the first along it."""
    before = _ways_to(_node(end))
    nodes = [_node(begin)]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    colors = _grid()[nodes]
    labs = lab_from_rgb(colors)
    return colors, np.concatenate([[0.0], np.cumsum(ciede2000(labs[:-1], labs[1:]))])


def _node(color: tuple[float, ...]) -> int:
    """The number of the grid's colour next to `color`."""
    x, y, z = (int(part * (GRID - 1) + 0.5) for part in color)
    return (x * GRID + y) * GRID + z


@lru_cache(maxsize=1)
def _grid() -> Array:
    steps = np.arange(GRID) / (GRID - 1)
    return np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)


@lru_cache(maxsize=64)
def _ways_to(node: int) -> NDArray[np.int32]:
    """By the number of each colour the next one on its way to `node`, negative for `node` itself."""

    return dijkstra(_neighbours(), directed=False, indices=node, return_predecessors=True)[1]


@lru_cache(maxsize=1)
def _neighbours() -> csr_array:
    """Differences of colours that are neighbours on the grid, also across edges and corners (a sparse array)."""

    labs = lab_from_rgb(_grid()).reshape(GRID, GRID, GRID, 3)
    numbers = np.arange(GRID**3).reshape(GRID, GRID, GRID)
    rows, columns, weights = [], [], []
    for shift in product((-1, 0, 1), repeat=3):
        if shift <= (0, 0, 0):
            continue
        here = tuple(slice(max(-step, 0), GRID - max(step, 0)) for step in shift)
        there = tuple(slice(max(step, 0), GRID + min(step, 0)) for step in shift)
        rows.append(numbers[here].ravel())
        columns.append(numbers[there].ravel())
        weights.append(ciede2000(labs[here], labs[there]).ravel())
    parts = np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns))
    return csr_array(parts, shape=(GRID**3, GRID**3))
