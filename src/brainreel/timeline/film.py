"""A scene and what is known of its data become a Film; any instant of a Film is a Frame."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from brainreel.data.facts import Facts
from brainreel.errors import SceneError
from brainreel.scene.faults import Fault
from brainreel.scene.movie import TRANSPARENT, Movie
from brainreel.scene.scene import Scene
from brainreel.scene.times import Moments
from brainreel.timeline.clocks import DataClock, data_clock
from brainreel.timeline.curves import Curve
from brainreel.timeline.frame import Frame
from brainreel.timeline.layers import Cuttable, MovingLayer, moving_layer
from brainreel.timeline.looks import Color, Layer
from brainreel.timeline.overlays import MovingOverlay, moving_overlays, overlays_at
from brainreel.timeline.plots import MovingPlot, moving_plot
from brainreel.timeline.setting import Setting, number, rgb
from brainreel.timeline.styles import Backdrop
from brainreel.timeline.transforming import moving_transforms
from brainreel.timeline.transforms import MovingTransform
from brainreel.timeline.unseen import tell_hidden_hemispheres, tell_unseen
from brainreel.timeline.views import MovingView, check_area, moving_views


@dataclass(frozen=True)
class Film:
    """Frames at i / fps, each a pure function of the scene, the facts and i. `size` is (width, height) in pixels.

    `overlays` are those over several views; where there is one it has them.
    """

    size: tuple[int, int]
    fps: Fraction
    frame_count: int
    background: Curve[Color]
    views: tuple[MovingView, ...]
    layers: tuple[MovingLayer, ...]
    overlays: tuple[MovingOverlay, ...]
    clocks: tuple[tuple[str, DataClock], ...]
    transforms: Mapping[str, MovingTransform]
    fade: Curve[float]
    transparent: bool = False
    plots: tuple[MovingPlot, ...] = ()

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame's beginning to the last one's end."""
        return float(self.frame_count / self.fps)

    def time_of(self, index: int) -> float:
        """Seconds of frame `index`."""
        return float(index / self.fps)

    def frame(self, index: int) -> Frame:
        """Frame `index`, from 0. Raises IndexError beyond `frame_count`."""
        if not 0 <= index < self.frame_count:
            raise IndexError(f"the film has frames 0 to {self.frame_count - 1}, not {index}")
        return self._at(self.time_of(index), index)

    def frame_at(self, t_s: float) -> Frame:
        """The frame at any instant in 0..duration_s. Raises SceneError outside."""
        if not 0 <= t_s <= self.duration_s:
            raise SceneError(f"the movie lasts from 0 to {self.duration_s:g} s, {t_s:g} s is outside")
        return self._at(t_s, min(int(t_s * self.fps + 1e-9), self.frame_count - 1))

    def frames(self) -> Iterator[Frame]:
        """All frames in order."""
        return map(self.frame, range(self.frame_count))

    def assets(self) -> tuple[str, ...]:
        """Keys of the data that some frame may show."""
        return tuple(asset for moving in (*self.layers, *self.transforms.values()) for asset in moving.assets)

    def _at(self, t_s: float, index: int) -> Frame:
        background = self.background.at(t_s)
        looks = [(layer.name, look) for layer in self.layers if (look := layer.at(t_s)) is not None]
        cuttable = [layer for layer in self.layers if isinstance(layer, Cuttable)]
        faces = [(layer.name, face) for layer in cuttable for face in layer.faces(t_s)]
        shown = [(name, moved) for name, look in [*looks, *faces] if (moved := self._moved(name, look, t_s))]
        panels = tuple(view.at(t_s, shown, background) for view in self.views)
        overlays = overlays_at(self.overlays, t_s, Backdrop(background, None, self.size))
        clocks = tuple((name, clock.at(t_s)) for name, clock in self.clocks)
        fade = self.fade.at(t_s)
        return Frame(
            self.size,
            background,
            panels,
            index,
            t_s,
            clocks,
            fade,
            transparent=self.transparent,
            overlays=overlays,
            plots=tuple(plot.at(t_s, background, self.size) for plot in self.plots),
        )

    def _moved(self, name: str, look: Layer, t_s: float) -> Layer | None:
        """The look of the layer `name` where its transform puts it."""
        return self.transforms[name].moved(look, t_s) if name in self.transforms else look


def resolve(scene: Scene, facts: Facts) -> Film:
    """The film of `scene` on data of which `facts` are known: every percentile, `auto`, `%` and range a number.

    Raises SceneError with file, line and key where the scene does not fit the data, and warns of layers that are never
    seen.
    """
    setting = Setting(scene, facts, _moments(scene))
    transforms, moved = moving_transforms(setting)
    setting = replace(setting, facts=moved)
    transparent = scene.movie.background == TRANSPARENT
    background = Movie().background if transparent else scene.movie.background
    layers = {name: moving_layer(setting, name, layer) for name, layer in scene.layers.items()}
    count = max(round(setting.moments.length_s * scene.movie.fps), 1)
    times_s = [float(index / scene.movie.fps) for index in range(count)]
    film = Film(
        scene.movie.size,
        scene.movie.fps,
        count,
        setting.curve(background, ("movie", "background"), rgb),
        moving_views(setting, layers),
        tuple(layers.values()),
        moving_overlays(setting, scene.overlays if scene.views else (), (), layers),
        tuple((name, data_clock(setting, name)) for name in scene.clocks),
        transforms,
        setting.curve(scene.movie.fade, ("movie", "fade"), number),
        transparent,
        _plots(setting, layers, [*times_s, float(setting.moments.length_s)]),
    )
    _check_clocks(film, times_s)
    plotted = {view.plot.of.partition(".")[0] for view in scene.views.values() if view.plot}
    used = {name for name in layers if name in plotted or any(view.showing.has(name) for view in film.views)}
    tell_unseen(setting, film.layers, used, times_s)
    at_rest = replace(setting, facts=facts)  # what moves has room for its whole way
    tell_hidden_hemispheres(at_rest, film.layers, [view.showing for view in film.views])
    return film


def _plots(setting: Setting, layers: Mapping[str, MovingLayer], times_s: Sequence[float]) -> tuple[MovingPlot, ...]:
    """The scene's plots, over what its clocks show at `times_s`."""
    plots = {name: view for name, view in setting.scene.views.items() if view.plot}
    for name, view in plots.items():
        check_area(setting, view, ("views", name))
    return tuple(moving_plot(setting, name, view, layers, times_s) for name, view in plots.items())


def _moments(scene: Scene) -> Moments:
    try:
        return scene.moments()
    except Fault as fault:
        raise scene.fault(fault) from None


def _check_clocks(film: Film, times_s: Sequence[float]) -> None:
    """Raise SceneError where at some frame a clock leaves data that have nothing to show there."""
    for moment in (moment for moving in (*film.layers, *film.transforms.values()) for moment in moving.moments):
        for t_s in times_s:
            moment.at(t_s)
