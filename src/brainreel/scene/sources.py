"""Where data come from: `file:` or `files:`, and what headerless files do not say themselves."""

import os.path
from pathlib import Path
from typing import Annotated, Any

from pydantic import PrivateAttr, model_validator

from brainreel.scene.faults import Fault, nearest
from brainreel.scene.leaves import FILE, Leaf, fixed, integer, number, quantity, word
from brainreel.scene.model import Model, Reads, first_of_union, plain_text
from brainreel.scene.tracks import Track
from brainreel.scene.values import Quantity
from brainreel.space import LENGTHS_MM, TIMES_S

DTYPES = (
    "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64", "float32", "float64",
)  # fmt: skip
COUNT = integer(1, "a number of voxels")
SPACING = fixed(quantity("length", bare=True, above_zero=True, example="2mm"))
CHANNEL = Leaf(
    lambda value: str(FILE.read(str(value) if type(value) is int else value)),
    {"type": ["string", "integer"]},
    "DAPI",
    fixed=True,
)
TWO_MOMENTS = fixed(
    word("hold", "linear", later={"cubic": "it is for surfaces and values on them; write linear"}, what="interpolation")
)
MOMENT = fixed(quantity("time", example="-100ms"))


class Shape(Model):
    """Voxels along each axis; axes are always named."""

    z: Annotated[int, COUNT]
    y: Annotated[int, COUNT]
    x: Annotated[int, COUNT]


class Spacing(Model):
    """Distance of neighbouring voxels along each axis; bare numbers are world units."""

    z: Annotated[Quantity, SPACING]
    y: Annotated[Quantity, SPACING]
    x: Annotated[Quantity, SPACING]


class Times(Model):
    """The moments of a series whose file states none."""

    first: Annotated[Quantity, MOMENT]
    step: Annotated[Quantity, MOMENT]

    @model_validator(mode="after")
    def _go_on(self) -> "Times":
        if self.step.number <= 0:
            raise Fault("expects more than 0", ("step",), self.step)
        return self

    @property
    def first_s(self) -> float:
        """The first moment in seconds."""
        return self.first.number * TIMES_S[self.first.unit]

    @property
    def step_s(self) -> float:
        """From one moment to the next, in seconds."""
        return self.step.number * TIMES_S[self.step.unit]


def _read_files(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise Fault("expects a list of files; a glob goes under file:", value=value)
    return tuple(FILE(item) for item in value)


FILES = Leaf(_read_files, {"type": "array", "items": {"type": "string"}, "minItems": 1}, "[a.tif, b.tif]", fixed=True)


class Source(Model):
    """One file (a glob and `phantom:...` are files too), or several that belong together."""

    file: Annotated[str | None, FILE] = None
    files: Annotated[tuple[str, ...], FILES] = ()
    _origin: str = PrivateAttr("")

    @model_validator(mode="after")
    def _has_one(self) -> "Source":
        if self.file is not None and self.files:
            raise Fault("states both file and files; keep one")
        if not self.paths and not self.is_of_the_surface:
            raise Fault("needs file:, files: or array:" if isinstance(self, ScalarSource) else "needs file: or files:")
        return self

    @property
    def is_of_the_surface(self) -> bool:
        """Whether it names no file, but an array of its layer's surface."""
        return False

    @property
    def paths(self) -> tuple[str, ...]:
        """The file, or the files, as text: a path, a glob, `x.h5:/PLI` or `phantom:...`."""
        return self.files or (() if self.file is None else (self.file,))

    @property
    def origin(self) -> str:
        """`file:line: key` of a source from `Scene.sources`, for messages."""
        return self._origin

    def located(self, folder: Path | None, origin: str) -> "Source":
        """A copy whose relative paths begin at `folder`."""
        file = None if self.file is None else _beside(folder, self.file)
        copy = self.model_copy(update={"file": file, "files": tuple(_beside(folder, name) for name in self.files)})
        copy._origin = origin
        return copy


def _beside(folder: Path | None, name: str) -> str:
    if folder is None or name.startswith("phantom:") or "://" in name:
        return name
    return os.path.normpath(folder / Path(name).expanduser())  # a Path would keep the `..`, a message should not


def _read_times(value: Any) -> Times | str:
    if isinstance(value, str):
        if value != "none":
            raise Fault(f"expects {{first: -100ms, step: 2ms}} or none; {nearest(value, ['none'])}", value=value)
        return "none"
    return value if isinstance(value, Times) else Times.model_validate(value)


class TimedSource(Source):
    """Data over time. Without a `clock` there must be one moment only; `times` are for files that state none."""

    times: Annotated[Times | str | None, Reads(_read_times, {"const": "none"}, written=first_of_union)] = None
    clock: Annotated[str | None, FILE] = None
    interpolate: Annotated[str, fixed(word("hold", "linear", "cubic", what="interpolation"))] = "hold"
    outside: Annotated[str, fixed(word("error", "hold", "hide"))] = "error"


class VolumeSource(TimedSource):
    """A volume: a file that describes itself, or raw slices with `dtype`, `shape`, `spacing` and `byte_order`.

    `channel` is the name or the number (from 0) of one of several; `component` chooses a number where voxels hold
    vectors or complex numbers: 0, 1 ..., real, imaginary, magnitude or phase. `space`: the file of the source space
    that a volume source estimate lies in.
    """

    interpolate: Annotated[str, TWO_MOMENTS] = "hold"
    dtype: Annotated[str | None, fixed(word(*DTYPES, what="dtype"))] = None
    shape: Shape | None = None
    spacing: Spacing | None = None
    byte_order: Annotated[str | None, fixed(word("little", "big"))] = None
    channel: Annotated[str | None, CHANNEL] = None
    component: Annotated[str | None, CHANNEL] = None
    space: Annotated[str | None, FILE] = None

    def located(self, folder: Path | None, origin: str) -> Source:
        """A copy whose relative paths begin at `folder`."""
        copy = super().located(folder, origin)
        if self.space is None:
            return copy
        found = copy.model_copy(update={"space": _beside(folder, self.space)})
        found._origin = origin
        return found

    def spacing_zyx(self, unit: str) -> tuple[float, float, float] | None:
        """(z, y, x) in millimetres (as they stand where the world's `unit` is none); None where not stated."""
        if self.spacing is None:
            return None
        bare = LENGTHS_MM.get(unit, 1.0)
        z, y, x = (
            axis.number * (LENGTHS_MM[axis.unit] if axis.unit else bare)
            for axis in (self.spacing.z, self.spacing.y, self.spacing.x)
        )
        return z, y, x


class TableSource(Source):
    """A table of labels with names and colours."""


class SurfaceSource(TimedSource):
    """A surface; one hemisphere's file means the pair unless `hemi` names one.

    `morph`: `files` are shapes of one surface, and this is which of them is seen, counted from 0; halves lie between.
    """

    hemi: Annotated[str | None, fixed(word("left", "right"))] = None
    morph: Annotated[float | Track | None, number(0, what="morph", example="0.5")] = None

    def one_of(self, name: str) -> "SurfaceSource":
        """The source of one of the `files` alone."""
        copy = self.model_copy(update={"file": name, "files": (), "morph": None})
        copy._origin = self._origin
        return copy

    @model_validator(mode="after")
    def _morphs_between_files(self) -> "SurfaceSource":
        if self.morph is None:
            return self
        last = len(self.files) - 1
        if last < 1:
            raise Fault("goes from one of several files: to the next; write files: [lh.pial, lh.inflated]", ("morph",))
        for key in ("clock", "times"):
            if getattr(self, key) is not None:
                raise Fault("says which shape is seen, and so does morph; keep one", (key,))
        track = self.morph if isinstance(self.morph, Track) else None
        for time, value in track.items() if track else ((None, self.morph),):
            if isinstance(value, int | float) and value > last:
                at = ("morph",) if time is None else ("morph", str(time))
                raise Fault(f"there are {last + 1} files, numbered 0 to {last}", at, value)
        return self


def _read_registered(value: Any) -> tuple[str, ...]:
    named = [value] if isinstance(value, str) else value
    last = named[-1] if isinstance(named, list | tuple) and named else None
    least = 1 if isinstance(last, str) and last.endswith(MORPH_MAPS) else 2
    if not isinstance(named, list | tuple) or not least <= len(named) <= 2:
        raise Fault(
            "expects two spheres: that of the values, and that of the surface they are painted on; or in place of the "
            "second a morph map, sub-01-fsaverage-morph.fif",
            value=value,
        )
    return tuple(FILE(item) for item in named)


MORPH_MAPS = (".fif", ".fif.gz", ".h5")
"""Endings of files that carry values over, in place of a sphere."""
SPHERES = Leaf(
    _read_registered,
    {
        "anyOf": [
            {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
            {"type": "string"},
        ]
    },
    "[sub-01/surf/lh.sphere.reg, fsaverage/surf/lh.sphere.reg]",
    fixed=True,
)


class PaintedSource(Source):
    """What is painted on a surface; `registered` spheres, or a morph map, carry it over from where it was computed."""

    array: Annotated[str | None, CHANNEL] = None
    hemi: Annotated[str | None, fixed(word("left", "right"))] = None
    registered: Annotated[tuple[str, ...] | None, SPHERES] = None

    @property
    def morph_map(self) -> str | None:
        """The file that carries values over, where that is no sphere."""
        last = self.registered[-1] if self.registered else ""
        return last if last.endswith(MORPH_MAPS) else None

    @property
    def spheres(self) -> tuple[str, ...]:
        """The spheres under `registered`: two, or one or none beside a morph map."""
        names = self.registered or ()
        return names[:-1] if self.morph_map else names

    @model_validator(mode="after")
    def _carries_a_file(self) -> "PaintedSource":
        if self.registered is not None and not self.paths:
            raise Fault("an array of the surface needs no carrying; leave it out, or name a file", ("registered",))
        return self

    def located(self, folder: Path | None, origin: str) -> Source:
        """A copy whose relative paths begin at `folder`."""
        copy = super().located(folder, origin)
        if self.registered is None:
            return copy
        spheres = tuple(_beside(folder, name) for name in self.registered)
        found = copy.model_copy(update={"registered": spheres})
        found._origin = origin
        return found


class ScalarSource(PaintedSource, TimedSource):
    """Values on the vertices of a surface: of a file, or the `array` of that name in the surface's own files.

    `array` beside a file chooses one of its maps or arrays, by its name or its number (from 0). `on`: whose it is where
    both vertices and triangles have an array of that name. `smooth` spreads sparse values: how often.
    """

    on: Annotated[str | None, fixed(word("vertices", "triangles"))] = None
    smooth: Annotated[int | None, integer(0, "how often values are spread")] = None

    @property
    def is_of_the_surface(self) -> bool:
        """Whether it names no file, but an array of its layer's surface."""
        return self.array is not None and not self.paths


class LabelSource(PaintedSource):
    """Labels on the vertices of a surface; `array` is the name or the number (from 0) of one of several in a file."""


VolumeData = Annotated[VolumeSource, Reads(plain_text(VolumeSource, "file"), {"type": "string"})]
SurfaceData = Annotated[SurfaceSource, Reads(plain_text(SurfaceSource, "file"), {"type": "string"})]
ScalarData = Annotated[ScalarSource, Reads(plain_text(ScalarSource, "file"), {"type": "string"})]
LabelData = Annotated[LabelSource, Reads(plain_text(LabelSource, "file"), {"type": "string"})]
