"""Volumes in memory, and looks and views to draw them with."""

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region
from brainreel.render.cpu.media import Part
from brainreel.render.view import View
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import ColorPoint, DataReference, OpacityPoint, TransferFunction, VolumeLook

WHITE = ((0, (1, 1, 1)), (255, (1, 1, 1)))
SEED_COLORS = ((0, (0.33, 0.33, 0.5)), (27, (1, 1, 0.9)), (51, (0.9, 0.9, 0)), (65, (0.9, 0, 0)), (254, (0, 0, 0)))
SEED_OPACITIES = ((0, 0), (254, 1))


@dataclass
class MemoryVolume:
    """A Volume of `array` (z, y, x) that remembers what was read."""

    array: NDArray
    world_from_voxel: NDArray = field(default_factory=lambda: np.eye(4))
    name: str = "in memory"
    unit: str = "mm"
    reads: list[Region] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, int, int]:
        return self.array.shape

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    def read(self, region: Region) -> NDArray:
        self.reads.append(region)
        return np.ascontiguousarray(self.array[region])

    def fingerprint(self) -> str:
        return hashlib.blake2b(repr(self.array.shape).encode() + self.array.tobytes(), digest_size=16).hexdigest()


def look(colors=SEED_COLORS, opacities=SEED_OPACITIES, unit_distance=1.0, **others) -> VolumeLook:
    """A look whose points are tuples: (x, color) and (x, opacity[, midpoint, sharpness])."""
    points = tuple(ColorPoint(x, color) for x, color in colors)
    transfer = TransferFunction(points, tuple(OpacityPoint(*point) for point in opacities), unit_distance)
    return VolumeLook("brain", DataReference("brain"), transfer, **others)


def view(eye, center, up=(0, 0, 1), angle=30.0, size=(64, 48)) -> View:
    """What a camera at `eye` sees that looks at `center`."""
    return View.of(Camera(tuple(eye), tuple(center), tuple(up), angle, 1.0), size)


def view_around(shape, degrees=20.0, distance=2.2, size=(64, 48)) -> View:
    """A view of a volume of unit voxels, from outside and above, of which it fills most."""
    center = (np.array(shape[::-1]) - 1) / 2
    angle, rise = np.radians(degrees), 0.35
    away = np.array([np.cos(rise) * np.cos(angle), np.cos(rise) * np.sin(angle), np.sin(rise)])
    return view(center + away * distance * max(shape), center, size=size)


def part_of(shown, *volumes) -> Part:
    """`volumes`, a channel each, as a layer looks."""
    return Part(shown, tuple(((volume, volume.fingerprint(), 1.0),) for volume in volumes))


def noisy_ball(edge: int, seed: int = 0) -> NDArray[np.uint8]:
    """A ball of textured, noisy tissue (2..254) in a background of 0."""
    rng = np.random.default_rng(seed)
    coarse = rng.standard_normal((edge // 8 + 2,) * 3).astype(np.float32)
    at = np.linspace(0, edge // 8, edge, dtype=np.float32)
    whole = np.floor(at).astype(int)
    part = at - whole
    for axis in range(3):
        shape = [1, 1, 1]
        shape[axis] = edge
        weight = part.reshape(shape)
        coarse = np.take(coarse, whole, axis) * (1 - weight) + np.take(coarse, whole + 1, axis) * weight
    z, y, x = np.ogrid[-1 : 1 : edge * 1j, -1 : 1 : edge * 1j, -1 : 1 : edge * 1j]
    tissue = 60 + 40 * coarse + 6 * rng.standard_normal((edge,) * 3, np.float32)
    inside = np.sqrt(x * x + y * y + z * z) + 0.05 * coarse < 0.85
    return np.where(inside, np.clip(tissue, 2, 254), 0).astype(np.uint8)
