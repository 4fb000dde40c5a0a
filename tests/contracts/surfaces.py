"""Small surfaces, time courses and pictures for tests of the surface renderer."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from brainreel.data import LabelTable, TimeAxis
from brainreel.kernels.pool import Pool
from brainreel.kernels.raster import SAMPLE_OFFSETS
from brainreel.render.cpu.surface import SurfaceCaster
from brainreel.render.view import View
from brainreel.space.geodesic import geodesic_sphere
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import (
    Color,
    ColorRange,
    DataReference,
    LabelColor,
    Paint,
    ParcelPaint,
    Shading,
    SurfaceLook,
)

FLAT = Shading(1.0, 0.0)
"""Light that shows colours as they are."""


@dataclass(frozen=True)
class Surface:
    """A Mesh of plain arrays."""

    points: NDArray[np.float32]
    faces: NDArray[np.int32]
    arrays: Mapping[str, NDArray[np.float32]] = field(default_factory=dict)
    name: str = "test.gii"
    hemi: str | None = None

    def fingerprint(self) -> str:
        return self.name


@dataclass(frozen=True)
class Course:
    """A Series of plain rows (moments, values)."""

    rows: NDArray[np.float32]
    vertices: NDArray[np.int32] | None = None
    name: str = "test.stc"
    hemi: str | None = None

    @property
    def times(self) -> TimeAxis:
        return TimeAxis(0.0, 0.01, len(self.rows))

    @property
    def width(self) -> int:
        return self.rows.shape[1]

    def row(self, index: int) -> NDArray[np.float32]:
        return self.rows[index]

    def fingerprint(self) -> str:
        return self.name


@dataclass(frozen=True)
class Labels:
    """A Parcellation of plain labels."""

    labels: NDArray[np.int32]
    vertices: NDArray[np.int32] | None = None
    name: str = "test.annot"
    hemi: str | None = None
    table: LabelTable = field(default_factory=lambda: LabelTable("test.annot", (), ""))

    def fingerprint(self) -> str:
        return self.name


def surface(points: ArrayLike, faces: ArrayLike, name: str = "test.gii", **arrays: ArrayLike) -> Surface:
    """A Surface of anything like arrays."""
    named = {key: np.asarray(values, np.float32) for key, values in arrays.items()}
    return Surface(np.asarray(points, np.float32), np.asarray(faces, np.int32), named, name)


def sphere(divisions: int, radius: float = 1.0, center: ArrayLike = (0, 0, 0), name: str = "sphere.gii") -> Surface:
    """A geodesic sphere of 10 divisions^2 + 2 vertices."""
    points, faces = geodesic_sphere(divisions)
    return surface(points * radius + np.asarray(center), faces, name)


def square(x: ArrayLike, y: ArrayLike, z: float, name: str = "square.gii") -> Surface:
    """The rectangle x[0]..x[1], y[0]..y[1] at height z, its front upwards."""
    (x0, x1), (y0, y1) = np.asarray(x, float), np.asarray(y, float)
    return surface([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], [(0, 1, 2), (0, 2, 3)], name)


def look(
    *parts: str,
    name: str = "cortex",
    color: tuple[float, float, float] = (0.5, 0.5, 0.5),
    shading: Shading = FLAT,
    paints: tuple[Paint | ParcelPaint, ...] = (),
    underlay: str | None = None,
    alpha: float = 1.0,
    occlusion: float = 0.0,
) -> SurfaceLook:
    """A layer of the assets `parts`."""
    return SurfaceLook(name, tuple(map(DataReference, parts)), color, shading, paints, underlay, alpha, occlusion)


def paint(*assets: str, colors: ColorRange, rows: tuple[int, ...] = (0,), weights: tuple[float, ...] = (1.0,)) -> Paint:
    """Rows of the assets, one for each part."""
    return Paint(tuple(DataReference(asset, rows, weights) for asset in assets), colors)


def parcels(asset: str, colors: Mapping[int, Color], alpha: float = 1.0, boundaries: bool = False) -> ParcelPaint:
    """Labels in `colors` on a surface of one part."""
    table = tuple(LabelColor(label, color) for label, color in colors.items())
    return ParcelPaint((DataReference(asset),), table, alpha, boundaries)


def view_from(position: ArrayLike, size: tuple[int, int] = (160, 120), angle: float = 30.0, up=(0, 1, 0)) -> View:
    """A camera at `position` that looks at the origin."""
    x, y, z = map(float, np.asarray(position))
    return View.of(Camera((x, y, z), (0, 0, 0), up, angle, 1.0), size)


def at_samples(view: View) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Where the view's samples are, x and y (h, w, 4) in pixels, and the rays (h, w, 4, 3) through them, unit long."""
    row, column = np.mgrid[: view.height, : view.width][..., None]
    x, y = (
        start + np.array(offset) for start, offset in zip((column, row), zip(*SAMPLE_OFFSETS, strict=True), strict=True)
    )
    across = view.tan_x * (2 * x / view.width - 1)
    down = view.tan_y * (1 - 2 * y / view.height)
    rays = view.forward + across[..., None] * view.right + down[..., None] * view.up
    return x, y, rays / np.linalg.norm(rays, axis=-1, keepdims=True)


def caster(
    data: Mapping[str, Surface | Course | Labels], threads: int = 1, budget_bytes: int = 1 << 30
) -> SurfaceCaster:
    """A SurfaceCaster over `data`."""
    prints = {key: f"{key} {value.fingerprint()}" for key, value in data.items()}
    return SurfaceCaster(Pool(threads), data, prints, budget_bytes)


def picture(by: SurfaceCaster, *looks: SurfaceLook, view: View, background=(0, 0, 0)) -> NDArray[np.uint8]:
    """What `by` draws, (h, w, 3)."""
    out = np.empty((view.height, view.width, 3), np.uint8)
    by.draw(looks, view, background, out)
    return out
