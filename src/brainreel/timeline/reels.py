"""Films one after the other: cuts, dissolves and title cards."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from brainreel.errors import SceneError
from brainreel.scene.faults import Fault
from brainreel.scene.movie import TRANSPARENT
from brainreel.scene.reel import CARD_S, Chapter, Reel
from brainreel.scene.values import Color as SceneColor
from brainreel.timeline import automatic
from brainreel.timeline.film import Film
from brainreel.timeline.frame import Camera, Frame, Panel, TextOverlay
from brainreel.timeline.looks import Color, DataReference

NOWHERE = Camera((0.0, -1.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 30.0, 1.0)
"""A card shows nothing of the world."""
TITLE_SIZE, TEXT_SIZE = 0.09, 0.045


@dataclass(frozen=True)
class Card:
    """A title over the background for `frame_count` frames; `text` stands under it."""

    size: tuple[int, int]
    background: Color
    title: str
    text: str
    color: Color
    frame_count: int
    transparent: bool = False

    def frame(self, index: int) -> Frame:
        """Any of its frames."""
        words = [TextOverlay(self.title, "center", TITLE_SIZE, self.color)]
        if self.text:
            words.append(TextOverlay(self.text, "center", TEXT_SIZE, self.color))
        panel = Panel(NOWHERE, (), tuple(words))
        return Frame(self.size, self.background, (panel,), index, transparent=self.transparent)


@dataclass(frozen=True)
class Shot:
    """A film or a card in a reel: from frame `first` on; for `dissolve` frames the one before is seen too.

    `prefix` begins the asset keys of its data among those of all shots.
    """

    film: Film | Card
    first: int
    dissolve: int
    prefix: str

    def frame(self, index: int) -> Frame:
        """The reel's frame `index`, as this shot shows it."""
        frame = self.film.frame(min(max(index - self.first, 0), self.film.frame_count - 1))
        return _prefixed(frame, self.prefix)


@dataclass(frozen=True)
class ReelFilm:
    """The frames of several shots."""

    size: tuple[int, int]
    fps: Fraction
    shots: tuple[Shot, ...]

    @property
    def frame_count(self) -> int:
        """Of all shots; those seen at once count once."""
        return self.shots[-1].first + self.shots[-1].film.frame_count

    @property
    def transparent(self) -> bool:
        """Whether all its frames are."""
        return self.shots[0].film.transparent

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
        place = max(k for k, shot in enumerate(self.shots) if shot.first <= index)
        shot = self.shots[place]
        shown = shot.frame(index)
        since = index - shot.first
        if since < shot.dissolve:
            shown = replace(self.shots[place - 1].frame(index), dissolve=(shown, (since + 1) / (shot.dissolve + 1)))
        return replace(shown, index=index, time_s=self.time_of(index))

    def frame_at(self, t_s: float) -> Frame:
        """The frame shown at `t_s`. Raises SceneError outside of the movie."""
        if not 0 <= t_s <= self.duration_s:
            raise SceneError(f"the movie lasts from 0 to {self.duration_s:g} s, {t_s:g} s is outside")
        return self.frame(min(int(t_s * self.fps + 1e-9), self.frame_count - 1))

    def frames(self) -> Iterator[Frame]:
        """All frames in order."""
        return map(self.frame, range(self.frame_count))

    def assets(self) -> tuple[str, ...]:
        """Keys of the data that some frame may show."""
        return tuple(
            f"{shot.prefix}{key}" for shot in self.shots if isinstance(shot.film, Film) for key in shot.film.assets()
        )


def join(reel: Reel, films: Sequence[Film | None]) -> ReelFilm:
    """The film of `reel`, of whose chapters `films` are those of the scenes. Raises SceneError where a dissolve is
    longer than one of the two it joins."""
    shots: list[Shot] = []
    end = 0
    for index, (chapter, film) in enumerate(zip(reel.reel, films, strict=True)):
        shown = film if film is not None else _card(reel, chapter)
        dissolve = round(reel.span_s(chapter.dissolve, Fraction(0)) * reel.movie.fps)
        before = shots[-1].film.frame_count - shots[-1].dissolve if shots else 0
        if dissolve and dissolve >= min(before, shown.frame_count):
            raise reel.fault(
                Fault("is longer than one of the two chapters that it joins; shorten it", ("reel", index, "dissolve"))
            )
        if shown.transparent != (reel.movie.background == TRANSPARENT):
            raise reel.fault(
                Fault(
                    "a reel is transparent with all its scenes or not at all; set movie.background alike",
                    ("reel", index),
                )
            )
        shots.append(Shot(shown, end - dissolve, dissolve, prefix_of(index)))
        end = shots[-1].first + shown.frame_count
    return ReelFilm(reel.movie.size, reel.movie.fps, tuple(shots))


def prefix_of(chapter: int) -> str:
    """What begins the asset keys of a chapter's data."""
    return f"chapter{chapter}/"


def prefixed_keys(chapter: int, mapping: Mapping[str, Any]) -> dict[str, Any]:
    """`mapping`, by asset key, among those of the other chapters."""
    return {f"{prefix_of(chapter)}{key}": value for key, value in mapping.items()}


def _card(reel: Reel, chapter: Chapter) -> Card:
    background = reel.movie.background
    ground = background.rgb if isinstance(background, SceneColor) else (0.0, 0.0, 0.0)
    color = chapter.color.rgb if isinstance(chapter.color, SceneColor) else automatic.legible_on(ground)
    count = max(round(reel.span_s(chapter.duration, CARD_S) * reel.movie.fps), 1)
    return Card(reel.movie.size, ground, chapter.title or "", chapter.text, color, count, background == TRANSPARENT)


def _prefixed(value: Any, prefix: str) -> Any:
    """`value` with every data reference in it renamed."""
    if isinstance(value, DataReference):
        return replace(value, asset=f"{prefix}{value.asset}")
    if isinstance(value, tuple):
        return tuple(_prefixed(item, prefix) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _prefixed(getattr(value, field.name), prefix) for field in fields(value)})
    return value
