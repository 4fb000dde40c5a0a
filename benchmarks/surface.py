"""Surfaces painted by a time course, against PyVista: two hemispheres of 163 842 vertices, 1920 x 1080, CPU-seconds.

PyVista does per frame what its users do: new scalars, a new camera where it moves, `write_frame` into a writer that
throws the picture away. Both draw alternately, in one process, on all of its cores; encoding is in neither.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.timing import compare
from brainreel.data import TimeAxis
from brainreel.kernels.pool import Pool, available_cores
from brainreel.phantom.activation import CortexActivity
from brainreel.phantom.cortex import HEMISPHERES, CortexMesh
from brainreel.render.cpu.surface import SurfaceCaster
from brainreel.render.view import View
from brainreel.timeline.frame import Camera, ColorRange, DataReference, Paint, Shading, SurfaceLook

VERTICES = 163_842
MOMENTS = 8
SIZE = (1920, 1080)
RANGE = (1.0, 10.0)


@dataclass(frozen=True)
class Rows:
    """A Series in memory."""

    values: np.ndarray
    times: TimeAxis
    hemi: str
    name: str = "rows"
    vertices: None = None

    @property
    def width(self) -> int:
        return self.values.shape[1]

    def row(self, index: int) -> np.ndarray:
        return self.values[index]

    def fingerprint(self) -> str:
        return f"rows {self.hemi}"


def brains() -> tuple[dict[str, CortexMesh], dict[str, Rows]]:
    """Both hemispheres, and what happens on them."""
    meshes = {hemi: CortexMesh(hemi, VERTICES) for hemi in HEMISPHERES}
    rows = {}
    for hemi in HEMISPHERES:
        activity = CortexActivity(hemi, VERTICES, MOMENTS)
        rows[hemi] = Rows(np.stack([activity.row(k) for k in range(MOMENTS)]), activity.times, hemi)
    return meshes, rows


def camera(degrees: float) -> Camera:
    """On a circle around the brain, so near that it fills the picture's height."""
    angle = np.radians(degrees)
    return Camera((290 * np.cos(angle), 290 * np.sin(angle), 60.0), (0, 0, 0), (0, 0, 1), 30.0, 1.0)


def ours(meshes: dict[str, CortexMesh], rows: dict[str, Rows]) -> Callable[[tuple[int, float]], np.ndarray]:
    """Draws (moment, degrees): a row, mixed with the next one, seen from an angle."""
    surfaces = {f"cortex.surface.{hemi}": mesh for hemi, mesh in meshes.items()}
    paints = {f"cortex.paint.0.{hemi}": row for hemi, row in rows.items()}
    data: dict[str, Any] = surfaces | paints
    prints = {key: value.fingerprint() for key, value in data.items()}
    caster = SurfaceCaster(Pool(available_cores()), data, prints, 1 << 30)

    def draw(moment: tuple[int, float]) -> np.ndarray:
        k, degrees = moment
        paint = Paint(
            tuple(DataReference(key, (k, (k + 1) % MOMENTS), (0.75, 0.25)) for key in paints), ColorRange("hot", RANGE)
        )
        parts = tuple(map(DataReference, surfaces))
        look = SurfaceLook("cortex", parts, (0.7, 0.7, 0.7), Shading(0.3, 0.7), (paint,))
        out = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
        caster.draw((look,), View.of(camera(degrees), SIZE), (0, 0, 0), out)
        return out

    return draw


def pyvistas(meshes: dict[str, CortexMesh], rows: dict[str, Rows]) -> Callable[[tuple[int, float]], np.ndarray]:
    """Draws (moment, degrees)."""
    import pyvista

    class Discard:
        image = np.empty(0)

        def append_data(self, image: np.ndarray) -> None:
            self.image = image

        def close(self) -> None:
            pass

    plotter = pyvista.Plotter(off_screen=True, window_size=list(SIZE))
    plotter.set_background("black")
    drawn = {}
    for hemi, mesh in meshes.items():
        drawn[hemi] = pyvista.PolyData.from_regular_faces(mesh.points, mesh.faces)
        drawn[hemi]["values"] = rows[hemi].row(0).copy()
        plotter.add_mesh(
            drawn[hemi], scalars="values", cmap="hot", clim=RANGE, smooth_shading=True, show_scalar_bar=False
        )
    writer = Discard()
    plotter.mwriter = writer
    plotter.show(auto_close=False)

    def draw(moment: tuple[int, float]) -> np.ndarray:
        k, degrees = moment
        for hemi, mesh in drawn.items():
            mesh["values"] = rows[hemi].row(k)
        place = camera(degrees)
        plotter.camera_position = [place.position, place.focal_point, place.view_up]
        plotter.camera.view_angle = place.view_angle
        plotter.reset_camera_clipping_range()
        plotter.write_frame()
        return writer.image

    return draw


def cases(repeats: int = 5) -> Iterator[dict[str, Any]]:
    """One row a case; times are medians of `repeats`, the ratio is of CPU seconds."""
    meshes, rows = brains()
    draw, peer = ours(meshes, rows), pyvistas(meshes, rows)
    for case, step in (("resting camera", 0.0), ("orbiting camera", 3.0)):
        moments = [(k % MOMENTS, k * step) for k in range(repeats + 2)]
        row = compare(draw, peer, moments, warm_up=2)
        row["ratio"] = row["peer_cpu_s"] / row["ours_cpu_s"]
        yield {"job": "surface", "case": f"{case}, {2 * VERTICES} vertices", "peer": "PyVista write_frame", **row}
