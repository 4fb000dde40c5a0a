"""Colour maps by name: the package cmap's, and the short ones that ParaView offers first."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from brainreel.scene.faults import Fault, nearest

if TYPE_CHECKING:
    import cmap

Stop = tuple[float, float, float, float]
"""[x, r, g, b], x in 0..1."""

PARAVIEW: dict[str, tuple[str, tuple[Stop, ...]]] = {
    "Cool to Warm": ("Diverging", ((0, 0.2314, 0.298, 0.7529), (0.5, 0.865, 0.865, 0.865), (1, 0.7059, 0.0157, 0.149))),
    "Warm to Cool": ("Diverging", ((0, 0.7059, 0.0157, 0.149), (0.5, 0.865, 0.865, 0.865), (1, 0.2314, 0.298, 0.7529))),
    "Black-Body Radiation": ("RGB", ((0, 0, 0, 0), (0.4, 0.902, 0, 0), (0.8, 0.902, 0.902, 0), (1, 1, 1, 1))),
    "Black, Blue and White": ("RGB", ((0, 0, 0, 0), (0.333, 0, 0, 0.502), (0.666, 0, 0.502, 1), (1, 1, 1, 1))),
    "Blue to Red Rainbow": ("HSVNoWrap", ((0, 0, 0, 1), (1, 1, 0, 0))),
    "Cold and Hot": (
        "RGB",
        ((0, 0, 1, 1), (0.45, 0, 0, 1), (0.5, 0, 0, 0.502), (0.55, 1, 0, 0), (1, 1, 1, 0)),
    ),
    "Grayscale": ("RGB", ((0, 0, 0, 0), (1, 1, 1, 1))),
    "X Ray": ("RGB", ((0, 1, 1, 1), (1, 0, 0, 0))),
}
"""Colour space and points; ParaView's other presets are read from its files."""


@dataclass(frozen=True)
class ColorMapPoints:
    """A map as the points of a transfer function over 0..1."""

    space: str
    points: tuple[Stop, ...]


def map_name(name: str) -> str:
    """The full name of a colour map (`bids:viridis`); raises Fault where the package cmap has none of that name."""
    return find_map(name).name


def map_is_diverging(name: str) -> bool:
    """Whether the map has a middle with two directions away from it."""
    return find_map(name).category == "diverging"


def check_map(name: str) -> None:
    """Raise Fault where neither the package cmap nor ParaView has a map of that name."""
    if name not in PARAVIEW:
        find_map(name, PARAVIEW)


def map_points(name: str) -> ColorMapPoints:
    """The map `name` of cmap or ParaView. Raises Fault where there is none."""
    if name in PARAVIEW:
        return ColorMapPoints(*PARAVIEW[name])
    found = find_map(name, PARAVIEW)
    colors = [(float(stop.position), *(float(part) for part in stop.color.rgba[:3])) for stop in found.color_stops]
    if found.interpolation == "nearest":
        return bands([color[1:] for color in colors], 0, 1)
    return ColorMapPoints("RGB", tuple((x, r, g, b) for x, r, g, b in colors))


def bands(colors: list[tuple[float, ...]], low: float, high: float) -> ColorMapPoints:
    """Equal parts of low..high, each of one colour."""
    count = len(colors)
    points = [(low, *colors[0]), *((low + (high - low) * (k + 1) / count, *color) for k, color in enumerate(colors))]
    return ColorMapPoints("Step", tuple((x, r, g, b) for x, r, g, b in points))


@lru_cache(maxsize=64)
def _known(name: str) -> "cmap.Colormap | None":
    import logging

    import cmap

    logger = logging.getLogger("cmap")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it warns of every name that several collections have
    try:
        return cmap.Colormap(name)
    except ValueError:
        return None
    finally:
        logger.setLevel(level)


def find_map(name: str, also: Iterable[str] = ()) -> "cmap.Colormap":
    """The colour map that the package cmap calls `name`, reversed where it ends in `_r`.

    Raises Fault with the nearest name, of its own and of `also`.
    """
    found = _known(name)
    if found is None:
        import cmap

        short = {key.split(":")[-1] for key in cmap.Catalog()}
        raise Fault(f"is no colour map; {nearest(name, (*short, *also))}", value=name)
    return found
