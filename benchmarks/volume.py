"""A volume of 512^3 uint8 in 1920 x 1080, one step a voxel, against VTK: the phantom under the PLI movie's functions.

Both draw alternately, in one process, on all of its cores, the camera a little further on for each picture.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.peers_vtk import MAPPERS, VtkVolume
from benchmarks.timing import compare
from brainreel.data import Region
from brainreel.kernels.pool import Pool, available_cores
from brainreel.phantom import open_phantom
from brainreel.render.cpu.media import Part
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL
from brainreel.render.view import View
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import ColorPoint, DataReference, OpacityPoint, Shading, TransferFunction, VolumeLook

EDGE = 512
SIZE = (1920, 1080)

COLORS = (
    ColorPoint(0, (0.33, 0.33, 0.5)),
    ColorPoint(27, (1.0, 1.0, 0.9)),
    ColorPoint(51, (0.9, 0.9, 0.0)),
    ColorPoint(65, (0.9, 0.0, 0.0)),
    ColorPoint(254, (0.0, 0.0, 0.0)),
)
OPACITIES = (OpacityPoint(0, 0), OpacityPoint(254, 1))
LIGHT = Shading(ambient=0.1, diffuse=0.7, specular=0.2, specular_power=10)

CASES = {
    "unshaded": (3**0.5, None),  # ParaView's own unit distance: diagonal / cbrt(cells)
    "gradient-shaded": (3**0.5, LIGHT),
    "translucent, unit distance 30": (30.0, None),
}


@dataclass(frozen=True)
class Voxels:
    """A Volume in memory, of unit voxels from the origin on."""

    array: NDArray[np.uint8]
    name: str = "benchmark"
    unit: str = "mm"

    @property
    def shape(self) -> tuple[int, int, int]:
        z, y, x = self.array.shape
        return z, y, x

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype

    @property
    def world_from_voxel(self) -> NDArray[np.float64]:
        return np.eye(4)

    def read(self, region: Region) -> NDArray[np.uint8]:
        return self.array[region].copy()

    def fingerprint(self) -> str:
        return self.name


def camera(degrees: float, edge: int = EDGE) -> Camera:
    """On a circle around the volume, some way above it, where it fills the picture's height."""
    angle, rise = np.radians(degrees), 0.35
    center = (edge - 1) / 2
    along = np.array([-np.cos(rise) * np.sin(angle), np.cos(rise) * np.cos(angle), -np.sin(rise)])
    x, y, z = center - along * 1.9 * edge
    return Camera((x, y, z), (center, center, center), (0, 0, 1), 30, 1)


def cases(repeats: int = 5) -> Iterator[dict[str, Any]]:
    """One row a case; every time is the median of `repeats`."""
    phantom = open_phantom(f"phantom:pli?size={EDGE}")["volume"]
    voxels = Voxels(phantom.read((slice(0, EDGE),) * 3))  # pyright: ignore  (a volume, by its name)
    caster = VolumeCaster(Pool(available_cores()), FINAL, 4 << 30)
    out = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
    for case, (unit_distance, shading) in CASES.items():
        transfer = TransferFunction(COLORS, OPACITIES, unit_distance)
        look = VolumeLook("brain", DataReference("brain"), transfer, shading)
        peer = VtkVolume(voxels.array, transfer, shading, SIZE)

        def ours(degrees: float, look: VolumeLook = look) -> None:
            rays = caster.march(voxels, voxels.fingerprint(), look, View.of(camera(degrees), SIZE))
            caster.finish(rays, (0, 0, 0), None, out)

        def theirs(degrees: float, peer: VtkVolume = peer) -> None:
            peer.draw(camera(degrees))

        times = compare(ours, theirs, [10.0 * k for k in range(repeats + 1)])
        yield {"job": "volume", "case": f"{EDGE}^3, {case}", "peer": MAPPERS["fixed point"]} | times
    yield _two_channels(voxels, caster, out, repeats)


def _two_channels(voxels: Voxels, caster: VolumeCaster, out: NDArray[np.uint8], repeats: int) -> dict[str, Any]:
    """Two volumes on one ray grid against the first of them alone; the second is turned by a right angle."""
    other = Voxels(np.ascontiguousarray(voxels.array.transpose(0, 2, 1)), "turned")
    looks = [
        VolumeLook(name, DataReference(name), TransferFunction(colors, OPACITIES, 3**0.5))
        for name, colors in (("brain", COLORS), ("turned", (ColorPoint(0, (0.0, 0.4, 0.2)),)))
    ]
    parts = [
        Part(look, (((volume, volume.fingerprint(), 1.0),),))
        for look, volume in zip(looks, (voxels, other), strict=True)
    ]

    def draw(drawn: list[Part], degrees: float) -> None:
        caster.finish(caster.march_together(drawn, View.of(camera(degrees), SIZE)), (0, 0, 0), None, out)

    times = compare(partial(draw, parts), partial(draw, parts[:1]), [10.0 * k for k in range(repeats + 1)])
    return {"job": "volume", "case": f"{EDGE}^3, two channels", "peer": "one channel of our own"} | times
