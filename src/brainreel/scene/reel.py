"""Chapters: several scenes and title cards, one after the other in one movie."""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationError, model_validator

from brainreel.errors import SceneError
from brainreel.scene.document import Document
from brainreel.scene.faults import Fault, faults_of
from brainreel.scene.leaves import COLOR_LEAF, FILE, TEXT_LEAF, VARIABLE, MappingLeaf, either, fixed
from brainreel.scene.model import Model
from brainreel.scene.movie import Movie
from brainreel.scene.scene import VERSION_LEAF, Scene
from brainreel.scene.segments import DURATION
from brainreel.scene.times import Moments, Time
from brainreel.scene.values import Color

CARD_S = Fraction(3)
"""How long a title card stands where nothing is stated."""


def _read_scene(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise Fault("expects the mapping of a scene: layers, camera, ...", value=value)
    return value


INLINE = MappingLeaf(_read_scene, {"type": "object"}, "{layers: {...}}", fixed=True)


class Chapter(Model):
    """One of: a scene in a `file`, a `scene` written here, or a `title` card with a line of `text` under it.

    `dissolve`: for how long it and the chapter before are seen at once; a cut where not stated. `for` is how long a
    card stands; a scene knows its own length.
    """

    file: Annotated[str | None, FILE] = None
    scene: Annotated[dict[str, Any] | None, INLINE] = None
    title: Annotated[str | None, fixed(TEXT_LEAF)] = None
    text: Annotated[str, fixed(TEXT_LEAF)] = ""
    color: Annotated[Color | str, fixed(either("auto", COLOR_LEAF))] = "auto"
    dissolve: Annotated[Time | None, DURATION] = None
    duration: Annotated[Time | None, DURATION] = Field(None, alias="for")

    @model_validator(mode="after")
    def _is_one(self) -> "Chapter":
        kinds = [key for key in ("file", "scene", "title") if getattr(self, key) is not None]
        if len(kinds) != 1:
            raise Fault(f"is {' and '.join(kinds) or 'nothing'}; a chapter has exactly one of file, scene, title")
        if self.title is None:
            for key, value in (("for", self.duration), ("text", self.text)):
                if value:
                    raise Fault("belongs to a title card; a scene has its own movie.length and overlays", (key,))
        return self


class Reel(Model):
    """A movie of chapters. `movie` has its size, frame rate and background; its length is that of the chapters.

    `vars` are known in the scenes written here; scenes in files have their own.
    """

    brainreel: Annotated[int, VERSION_LEAF] = 1
    vars: dict[str, Annotated[str, VARIABLE]] = Field(default_factory=dict)
    movie: Movie = Movie()
    reel: tuple[Chapter, ...]
    _document: Document | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _holds_together(self) -> "Reel":
        if not self.reel:
            raise Fault("has no chapter", ("reel",))
        if isinstance(self.movie.length, Time):
            raise Fault("is that of the chapters; leave it out", ("movie", "length"))
        if self.reel[0].dissolve is not None:
            raise Fault("there is nothing before the first chapter", ("reel", 0, "dissolve"))
        return self

    @classmethod
    def of_document(cls, document: Document, variables: Mapping[str, str]) -> "Reel":
        """The reel that `document` writes. Raises SceneError as Scene.of_document does."""
        try:
            reel = cls.model_validate(document.plain(variables))
        except ValidationError as error:
            raise document.error(faults_of(error)) from None
        except Fault as fault:
            raise document.error([fault]) from None
        reel._document = document
        return reel

    @property
    def path(self) -> FilePath | None:
        """The file that the reel was read from."""
        return self._document.path if self._document else None

    def fault(self, fault: Fault) -> SceneError:
        """The error to raise for `fault`: with file and line where known."""
        return self._document.error([fault]) if self._document else SceneError(f"reel: {fault.sentence()}")

    def scenes(self) -> tuple[Scene | None, ...]:
        """The scene of each chapter at the reel's size and frame rate; None for cards. Reads the files it names."""
        from brainreel.scene.files import load

        found: list[Scene | None] = []
        settings = {"movie.size": "{}x{}".format(*self.movie.size), "movie.fps": str(self.movie.fps)}
        for index, chapter in enumerate(self.reel):
            if chapter.title is not None:
                found.append(None)
            elif chapter.file is not None:
                folder = self._document.folder if self._document else None
                found.append(load((folder or FilePath()) / chapter.file).with_values(settings))
            else:
                found.append(self._inline(index, chapter).with_values(settings))
        return tuple(found)

    def _inline(self, index: int, chapter: Chapter) -> Scene:
        """The scene written in chapter `index`; its lines are those of this file."""
        scene = {"brainreel": 1, **(chapter.scene or {})}
        if self._document is None:
            return Scene.model_validate(scene)
        root = self._document.root["reel"][index]["scene"]
        for key, value in (("vars", dict(self.vars)), ("brainreel", 1)):
            if value and key not in root:
                root.insert(0, key, value)
        name, lines, path = self._document.name, self._document.lines, self._document.path
        return Scene.of_document(Document(name, lines, root, path), {})

    @property
    def length_s(self) -> Fraction:
        """Seconds of the movie: all chapters, less what dissolves share."""
        total = Fraction(0)
        for chapter, scene in zip(self.reel, self.scenes(), strict=True):
            total += self.span_s(chapter.duration, CARD_S) if scene is None else scene.length_s
            total -= self.span_s(chapter.dissolve, Fraction(0))
        return total

    def moments(self) -> Moments:
        """What turns times into seconds."""
        return Moments.of(self.length_s, self.movie.fps, {})

    def sized(self, width: int, height: int) -> "Reel":
        """The same at another size in pixels."""
        return self.model_copy(update={"movie": self.movie.model_copy(update={"size": (width, height)})})

    @property
    def text(self) -> str:
        """What its file says; Raises SceneError for one that was built in Python."""
        if self._document is None:
            raise SceneError("a reel built in Python has no text")
        return "\n".join(self._document.lines) + "\n"

    def span_s(self, time: Time | None, otherwise: Fraction) -> Fraction:
        """Seconds of a duration of a chapter."""
        return otherwise if time is None else Moments(Fraction(0), self.movie.fps).span_s(time)
