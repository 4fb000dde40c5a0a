"""The published figure as users of PyVista and of MNE have it drawn, from the cameras and limits of a Frame."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from brainreel.phantom.cortex import CortexMesh
from brainreel.phantom.parcels import CortexParcels
from brainreel.timeline.frame import Camera, Frame
from brainreel.timeline.looks import Paint, SurfaceLook

SAMPLES = 4
GRAY = (0.5, 0.5, 0.5)
_SIDES = {"left": "lh", "right": "rh"}
Rows = Mapping[str, NDArray[np.float32]]
"""(moments, vertices) of each hemisphere."""


class Peer(Protocol):
    """One of the others, made for the panels of a film."""

    name: str

    def draw(self, moment: int, frame: Frame) -> NDArray[np.uint8]:
        """Row `moment`, seen by the cameras of `frame`."""
        ...


def limits(frame: Frame) -> tuple[float, float, float]:
    """Of the colours of the first paint."""
    look = next(look for look in frame.panels[0].layers if isinstance(look, SurfaceLook))
    (paint, *_) = (paint for paint in look.paints if isinstance(paint, Paint))
    low, middle, high = paint.colors.range
    return low, middle, high


class PyVista:
    """New scalars, a new label, `write_frame` into a writer that throws pictures away; no underlay, no borders."""

    name = "PyVista write_frame"

    def __init__(self, meshes: Mapping[str, CortexMesh], rows: Rows, frame: Frame) -> None:
        import pyvista

        class Discard:
            image = np.empty(0)

            def append_data(self, image: NDArray) -> None:
                self.image = image

            def close(self) -> None:
                pass

        shape = (2, 2) if len(frame.panels) > 1 else (1, 1)
        self._plotter = pyvista.Plotter(off_screen=True, window_size=list(frame.size), shape=shape, border=False)
        self._plotter.enable_anti_aliasing("msaa", multi_samples=SAMPLES)
        self._plotter.set_background("black")
        self._rows, self._writer = rows, Discard()
        self._meshes = {hemi: pyvista.PolyData.from_regular_faces(m.points, m.faces) for hemi, m in meshes.items()}
        low, _, high = limits(frame)
        for place, panel in enumerate(frame.panels):
            self._plotter.subplot(*np.unravel_index(place, shape))
            for hemi in _sides(panel):
                mesh = self._meshes[hemi]
                mesh["values"] = rows[hemi][0]
                self._plotter.add_mesh(
                    mesh,
                    scalars="values",
                    cmap="hot",
                    clim=(low, high),
                    below_color=GRAY,
                    smooth_shading=True,
                    show_scalar_bar=place == 0,
                    scalar_bar_args={"color": "white", "title": "activation", "vertical": True},
                )
        self._plotter.subplot(0, 0)
        self._label = self._plotter.add_text("", position="upper_left", color="white")
        self._plotter.mwriter = self._writer
        self._plotter.show(auto_close=False)

    def draw(self, moment: int, frame: Frame) -> NDArray[np.uint8]:
        """See Peer."""
        for hemi, mesh in self._meshes.items():
            mesh["values"] = self._rows[hemi][moment]
        self._label.set_text("upper_left", f"{moment} ms")
        for renderer, panel in zip(self._plotter.renderers, frame.panels, strict=True):
            _aim(renderer, panel.camera)
        self._plotter.write_frame()
        return self._writer.image


class Mne:
    """`Brain.save_movie`, frame by frame: `set_time_point` and `screenshot`; with underlay and borders.

    Raises ImportError or RuntimeError where its window cannot be made: it needs mne, pyvistaqt, PySide6 and a display.
    """

    name = "MNE save_movie"

    def __init__(self, folder: Path, rows: Rows, frame: Frame) -> None:
        import mne

        mne.set_log_level("error")
        mne.viz.set_3d_backend("pyvistaqt")
        mne.viz.set_3d_options(antialias=True, multi_samples=SAMPLES)
        many = len(frame.panels) > 1
        self._brain = mne.viz.Brain(
            "phantom",
            "split" if many else "both",
            "white",
            subjects_dir=folder,
            views=["lateral", "medial"] if many else "lateral",
            size=frame.size,
            background="black",
        )
        low, middle, high = limits(frame)
        for hemi, side in _SIDES.items():
            self._brain.add_data(
                rows[hemi].T,
                fmin=low,
                fmid=middle,
                fmax=high,
                colormap="hot",
                transparent=True,
                hemi=side,
                vertices=np.arange(rows[hemi].shape[1]),
                time=np.arange(len(rows[hemi])) * 1e-3,
                time_label=lambda seconds: f"{seconds * 1000:+.0f} ms",
                colorbar=hemi == "left",
            )
        self._brain.add_annotation("parcels", borders=True)
        self._plotter: Any = self._brain._renderer.plotter
        self._plotter.render_window.SetMultiSamples(SAMPLES)
        self._plotter.app.processEvents()

    def draw(self, moment: int, frame: Frame) -> NDArray[np.uint8]:
        """See Peer."""
        for renderer, panel in zip(self._plotter.renderers, frame.panels, strict=True):
            _aim(renderer, panel.camera)
        self._brain.set_time_point(moment)
        return self._brain.screenshot()


def write_subject(folder: Path, meshes: Mapping[str, CortexMesh], parcels: int) -> None:
    """FreeSurfer's files of subject `phantom`, as far as MNE wants them."""
    import nibabel.freesurfer as freesurfer

    surfaces, labels = folder / "phantom" / "surf", folder / "phantom" / "label"
    for part in (surfaces, labels):
        part.mkdir(parents=True)
    for hemi, mesh in meshes.items():
        side = _SIDES[hemi]
        for name in ("white", "sphere"):  # MNE looks for the middles of parcels on the second
            freesurfer.write_geometry(surfaces / f"{side}.{name}", mesh.points, mesh.faces)
        freesurfer.write_morph_data(surfaces / f"{side}.curv", mesh.arrays["sulc"])
        found = CortexParcels(hemi, len(mesh.points), parcels)
        entries = found.table.entries
        colors = np.zeros((len(entries), 5), np.int64)
        colors[:, :3] = np.rint(np.array([entry.color for entry in entries]) * 255)
        names = [entry.name for entry in entries]
        freesurfer.write_annot(labels / f"{side}.parcels.annot", found.labels - 1, colors, names, fill_ctab=True)


def _sides(panel: Any) -> list[str]:
    parts = [part.asset for look in panel.layers for part in look.parts]
    return [hemi for hemi in _SIDES if any(hemi in asset for asset in parts)]


def _aim(renderer: Any, camera: Camera) -> None:
    into = renderer.GetActiveCamera()
    into.SetPosition(*camera.position)
    into.SetFocalPoint(*camera.focal_point)
    into.SetViewUp(*camera.view_up)
    into.SetViewAngle(camera.view_angle)
    into.SetParallelProjection(camera.parallel)
    into.SetParallelScale(camera.parallel_scale)
    renderer.ResetCameraClippingRange()
