"""The scene: everything one movie file says, checked as a whole."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from pathlib import Path as FilePath
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from brainreel.errors import SceneError
from brainreel.scene.cameras import AnySegment
from brainreel.scene.clocks import Clock, check_following, fixed_end_s
from brainreel.scene.cycles import CyclingSource, cycling_paints
from brainreel.scene.document import Document, assign
from brainreel.scene.faults import Fault, Path, faults_of, nearest
from brainreel.scene.kinds import Layer
from brainreel.scene.label_colors import LabelColors
from brainreel.scene.labels import LabelPaint, LabelsLayer
from brainreel.scene.layers import SurfaceLayer, VolumeLayer
from brainreel.scene.leaves import VARIABLE, Leaf
from brainreel.scene.model import Model
from brainreel.scene.movie import Movie
from brainreel.scene.names import check_name, check_names
from brainreel.scene.overlays import AnyOverlay, ScalarBar, TimeLabel
from brainreel.scene.parcels import ParcelPaint
from brainreel.scene.plain import plain
from brainreel.scene.points import PointsLayer, Sizes
from brainreel.scene.segments import Segment
from brainreel.scene.slices import SliceLayer
from brainreel.scene.sources import Source, TableSource, TimedSource
from brainreel.scene.times import TIME_PATTERN, Moments, Time, read_time
from brainreel.scene.tracks import Track, check_order
from brainreel.scene.transforms import FileTransform
from brainreel.scene.views import View, cameras_of, check_views, overlays_of

DEFAULT_LENGTH_S = Fraction(10)


def _read_version(value: Any) -> int:
    if value != 1 or isinstance(value, bool):
        raise Fault("this version reads scenes that begin with `brainreel: 1`", value=value)
    return 1


VERSION_LEAF = Leaf(_read_version, {"const": 1}, "1", fixed=True)
MARK = Leaf(read_time, {"type": "string", "pattern": f"^{TIME_PATTERN}$"}, "8s", fixed=True)


class Scene(Model):
    """A movie: its layers, what moves them, who watches and what is written over them.

    Built in Python from the same models that a file is read into; `scene.load` and `scene.dump` read and write it.
    """

    brainreel: Annotated[int, VERSION_LEAF] = 1
    vars: dict[str, Annotated[str, VARIABLE]] = Field(default_factory=dict)
    movie: Movie = Movie()
    marks: dict[str, Annotated[Time, MARK]] = Field(default_factory=dict)
    clocks: dict[str, Clock] = Field(default_factory=dict)
    layers: dict[str, Layer]
    views: dict[str, View] = Field(default_factory=dict)
    camera: tuple[AnySegment, ...] = ()
    overlays: tuple[AnyOverlay, ...] = ()
    _document: Document | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _hold_together(self) -> "Scene":
        check_names({"layers": self.layers, "clocks": self.clocks, "marks": self.marks, "views": self.views})
        for name in self.vars:
            check_name(name, ("vars", name))
        if not self.layers:
            raise Fault("has no layer; a scene shows at least one", ("layers",))
        moments = self.moments()
        cameras = [path for path, _ in cameras_of(self)]
        for path, track in tracks_of(self):
            if not any(path[: len(camera)] == camera for camera in cameras):
                _check_track(path, track, moments)
        _check_references(self)
        check_views(self)
        for path, segments in cameras_of(self):
            _check_segments(path, segments, moments)
        _check_show(self, moments)
        return self

    @classmethod
    def of_document(cls, document: Document, variables: Mapping[str, str]) -> "Scene":
        """The scene that `document` writes. Raises SceneError that names the line, the key, the value and a remedy."""
        try:
            scene = cls.model_validate(document.plain(variables))
        except ValidationError as error:
            raise document.error(faults_of(error)) from None
        except Fault as fault:
            raise document.error([fault]) from None
        scene._document = document
        return scene

    def with_values(self, values: Mapping[str, Any]) -> "Scene":
        """A scene in which each `{"layers.pli.alpha": 0.5}` has that value; comments of its file are kept."""
        mapping = plain(self)
        try:
            for key, value in values.items():
                if key.split(".")[0] == "vars":
                    raise Fault("variables are put in when a scene is read; load it with variables={...}", (key,))
                assign(mapping, key, value)
            scene = Scene.model_validate(mapping)
        except ValidationError as error:
            raise SceneError("\n".join(fault.sentence() for fault in faults_of(error))) from None
        except Fault as fault:
            raise SceneError(fault.sentence()) from None
        scene._document = self._document
        return scene

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, whatever file they came from."""
        return isinstance(other, Scene) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    @property
    def document(self) -> Document | None:
        """The file that the scene was read from."""
        return self._document

    def fault(self, fault: Fault) -> SceneError:
        """The error to raise for `fault`, its path seen from the top of the scene: with file and line where known."""
        return self._document.error([fault]) if self._document else SceneError(f"scene: {fault.sentence()}")

    def moments(self) -> Moments:
        """What turns this scene's times into seconds. Raises Fault where marks cannot be resolved."""
        try:
            return Moments.of(self.length_s, self.movie.fps, self.marks)
        except Fault as fault:
            raise fault.under("marks") from None

    @property
    def length_s(self) -> Fraction:
        """Seconds of the movie; `auto` as `Movie` says: of several cameras the one that goes on longest counts."""
        fps = self.movie.fps
        if isinstance(self.movie.length, Time):
            return Moments(Fraction(0), fps).span_s(self.movie.length)
        lengths = [length for _, camera in cameras_of(self) if (length := _stated_s(camera, fps))]
        if lengths:
            return max(lengths)
        ends = [fixed_end_s(clock, self.marks) for clock in self.clocks.values()]
        return max((end for end in ends if end is not None and end > 0), default=DEFAULT_LENGTH_S)

    def sources(self) -> dict[str, Source]:
        """Every source by its asset key, paths beginning at the file: `pli.volume`, `cortex.surface`, `cells.labels`,
        `axial.slice`, `cortex.paint.0`, `axial.paint.0.labels`, `cortex.transform.0`; with `.table` the colours of
        labels."""
        folder = self._document.folder if self._document else None
        return {key: source.located(folder, self.place(path)) for key, source, path in _sources(self)}

    def place(self, path: Path) -> str:
        """`file:line: key` of what `path` leads to."""
        return self._document.place(path) if self._document else f"scene: {Fault('', path).sentence()}".rstrip(": ")

    @property
    def path(self) -> FilePath | None:
        """The file that the scene was read from."""
        return self._document.path if self._document else None


def _stated_s(segments: tuple[Segment, ...], fps: Fraction) -> Fraction:
    """Seconds of all segments together; 0 where one does not state how long."""
    spans = [segment.duration for segment in segments]
    if any(span is None or span.unit == "%" for span in spans):
        return Fraction(0)
    return sum((Moments(Fraction(0), fps).span_s(span) for span in spans if span is not None), Fraction(0))


def tracks_of(value: Any, path: Path = ()) -> Iterator[tuple[Path, Track]]:
    """Every track in a model, with the path to it."""
    if isinstance(value, Track):
        yield path, value
    elif isinstance(value, Model):
        for name, field in type(value).model_fields.items():
            yield from tracks_of(getattr(value, name), (*path, field.alias or name))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from tracks_of(item, (*path, key))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            kind = type(item).__name__.lower()
            yield from tracks_of(item, (*path, index, kind) if isinstance(item, Segment) else (*path, index))


def _check_track(path: Path, track: Track, moments: Moments) -> None:
    """Raise where a track's times have no meaning or do not increase; where its eases start between its times."""
    try:
        seconds = [_at_key(time, moments) for time in track.times]
        for (before, after), (before_s, after_s) in zip(pairwise(track.times), pairwise(seconds), strict=True):
            check_order(before, after, before_s, after_s)
        for time in (track.ease.times or ()) if track.ease else ():
            if _at_key(time, moments) not in seconds[:-1]:
                starts = ", ".join(str(time) for time in track.times[:-1]) or "none"
                raise Fault(f"no interval starts there; they start at: {starts}", ("ease", str(time)))
    except Fault as fault:
        raise fault.under(*path) from None


def _at_key(time: Time, moments: Moments) -> Fraction:
    try:
        return moments.seconds(time)
    except Fault as fault:
        raise Fault(fault.message, (str(time),)) from None


def check_tracks_within(segment: Segment, path: Path, moments: Moments) -> None:
    """Raise where the tracks of a camera segment, whose `moments` these are, have no meaning."""
    for key, track in tracks_of(segment):
        _check_track((*path, *key), track, moments)


def _sources(scene: Scene) -> Iterator[tuple[str, Source, Path]]:
    """Key, source and path of everything that layers name."""
    for name, layer in scene.layers.items():
        path: Path = ("layers", name)
        if isinstance(layer, VolumeLayer):
            yield f"{name}.volume", layer.volume, (*path, "volume")
        elif isinstance(layer, LabelsLayer):
            yield f"{name}.labels", layer.labels, (*path, "labels")
            yield from _table(f"{name}.labels", layer.color, (*path, "color"))
        elif isinstance(layer, SurfaceLayer):
            yield f"{name}.surface", layer.surface, (*path, "surface")
        elif isinstance(layer, PointsLayer):
            if isinstance(layer.size, Sizes) and not layer.size.scalars.is_of_the_surface:
                yield f"{name}.size", layer.size.scalars, (*path, "size", "scalars")
            if layer.arrows is not None and not layer.vectors.is_of_the_surface:
                yield f"{name}.arrows", layer.vectors, (*path, "arrows", "vectors")
            yield f"{name}.surface", layer.source, (*path, "points")
        else:
            yield f"{name}.slice", layer.slice, (*path, "slice")
        for index, one in enumerate(layer.transform):
            if isinstance(one, FileTransform):
                yield f"{name}.transform.{index}", one, (*path, "transform", index)
        painted = isinstance(layer, SurfaceLayer | PointsLayer | SliceLayer)
        for index, paint in enumerate(layer.paint if painted else ()):
            key, within = f"{name}.paint.{index}", (*path, "paint", index)
            if isinstance(paint, LabelPaint | ParcelPaint):
                yield f"{key}.labels", paint.labels, (*within, "labels")
                yield from _table(f"{key}.labels", paint.color, (*within, "color"))
            else:
                yield from _values(key, paint.scalars, (*within, "scalars"))


def _own_vectors(scene: Scene) -> Iterator[tuple[str, Source, Path]]:
    """As `_sources`, of vectors that name an array of their points, which is opened with these."""
    for name, layer in scene.layers.items():
        if isinstance(layer, PointsLayer) and layer.arrows is not None and layer.vectors.is_of_the_surface:
            yield f"{name}.arrows", layer.vectors, ("layers", name, "arrows", "vectors")


def _values(key: str, source: Source | CyclingSource, path: Path) -> Iterator[tuple[str, Source, Path]]:
    if isinstance(source, CyclingSource):
        for index, one in enumerate(source.cycle):
            yield f"{key}.{index}", one, (*path, "cycle", index)
    else:
        yield key, source, path


def _table(key: str, color: LabelColors, path: Path) -> Iterator[tuple[str, Source, Path]]:
    if color.file is not None:
        yield f"{key}.table", TableSource(file=color.file), (*path, "file")


def _check_references(scene: Scene) -> None:
    try:
        check_following(scene.clocks)
    except Fault as fault:
        raise fault.under("clocks") from None
    for _, source, path in (*_sources(scene), *_own_vectors(scene)):
        clock = source.clock if isinstance(source, TimedSource) else None
        if clock is not None and clock not in scene.clocks:
            raise Fault(f"there is no such clock; {nearest(clock, scene.clocks)}", (*path, "clock"), clock)
    cycling = cycling_paints(scene.layers)
    for path, overlay in overlays_of(scene):
        if isinstance(overlay, TimeLabel) and overlay.time not in (*scene.clocks, *cycling, "movie"):
            remedy = nearest(overlay.time, (*scene.clocks, *cycling, "movie"))
            raise Fault(f"there is no such clock; {remedy}", (*path, "time"), overlay.time)
        if isinstance(overlay, ScalarBar):
            _check_layer(scene, overlay.scalar_bar, (*path, "scalar_bar"))
    for camera, segments in cameras_of(scene):
        for index, segment in enumerate(segments):
            for key, name in segment.names():
                _check_layer(scene, name, (*camera, index, type(segment).__name__.lower(), *key))
    for view_name, view in scene.views.items():
        for name in view.shown:
            _check_layer(scene, name, ("views", view_name, "show"))
        if view.plot:
            _check_layer(scene, view.plot.of, ("views", view_name, "plot", "of"))


MEANING_ALL = {"around", "frame", "show"}
"""Keys under which `all` stands for every layer."""


def _check_layer(scene: Scene, name: str, path: Path) -> None:
    also = ("all",) if MEANING_ALL & set(path) else ()
    if name.split(".")[0] not in (*scene.layers, *also):
        raise Fault(f"there is no such layer; {nearest(name, (*scene.layers, *also))}", path, name)


def segment_spans(segments: tuple[Segment, ...], moments: Moments) -> list[tuple[Fraction, Fraction]]:
    """(start, length) in seconds of each of a camera's segments; the last one's length is the rest where it is not
    stated."""
    spans, start = [], Fraction(0)
    for segment in segments:
        length = moments.length_s - start if segment.duration is None else moments.span_s(segment.duration)
        spans.append((start, length))
        start += length
    return spans


def _check_segments(camera: Path, segments: tuple[Segment, ...], moments: Moments) -> None:
    paths = [(*camera, index, type(segment).__name__.lower()) for index, segment in enumerate(segments)]
    for segment, path in zip(segments[:-1], paths, strict=False):
        if segment.duration is None:
            raise Fault("only the last segment may leave it out; write for: 4s", (*path, "for"))
    spans = segment_spans(segments, moments)
    for segment, path, (start, length) in zip(segments, paths, spans, strict=True):
        if length <= 0 or start + length > moments.length_s:
            raise Fault(
                f"the segments up to here last {float(start + max(length, 0)):g} s, "
                f"the movie {float(moments.length_s):g} s; shorten them, or lengthen movie.length",
                (*path, "for"),
            )
        within = moments.within(start, length)
        check_tracks_within(segment, path, within)
        _check_key_times(segment, path, within)


def _check_key_times(segment: Segment, path: Path, moments: Moments) -> None:
    """Raise where the keys of a segment, whose `moments` these are, do not lie in it one after the other."""
    before_s = None
    for key, time in segment.key_times():
        try:
            at_s = moments.seconds(time)
        except Fault as fault:
            raise fault.under(*path, *key) from None
        if not moments.start_s <= at_s <= moments.start_s + moments.length_s:
            raise Fault("lies outside the segment", (*path, *key), str(time))
        if before_s is not None and at_s <= before_s:
            raise Fault("does not lie after the key before it", (*path, *key), str(time))
        before_s = at_s


def _check_show(scene: Scene, moments: Moments) -> None:
    for path, overlay in overlays_of(scene):
        if overlay.show is None:
            continue
        first_s, last_s = (
            _show_s(time, moments, (*path, "show", position)) for position, time in enumerate(overlay.show)
        )
        if last_s <= first_s:
            raise Fault("ends before it begins", (*path, "show"), tuple(map(str, overlay.show)))


def _show_s(time: Time, moments: Moments, path: Path) -> Fraction:
    try:
        return moments.seconds(time)
    except Fault as fault:
        raise fault.under(*path) from None
