"""The options that several commands share, and the parsers of their values."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from brainreel.errors import UsageError

if TYPE_CHECKING:
    from brainreel.assets import Subject
    from brainreel.assets.courses import Course

DataArguments = Annotated[
    list[str],
    typer.Argument(
        metavar="DATA...|SCENE",
        help="Volumes, surfaces, time courses: files, folders of slices, phantom:NAME; or one scene file (.yaml).",
    ),
]
SizeOption = Annotated[
    str | None,
    typer.Option("--size", help="Pixels: 1920x1080, 720p, 1080p, 1440p, 4k, square, portrait.", show_default=False),
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the scene: layers.pli.alpha=0.5.")
]
VarOption = Annotated[list[str] | None, typer.Option("--var", metavar="NAME=TEXT", help="Set a variable of the scene.")]
ThreadsOption = Annotated[int | None, typer.Option("--threads", min=1, help="Cores to use; all when left out.")]
BudgetOption = Annotated[str, typer.Option("--budget", help="Memory that caches may take, such as 4GB.")]
DraftOption = Annotated[bool, typer.Option("--draft", help="Half the size, coarser, quickly.")]
DtypeOption = Annotated[str | None, typer.Option("--dtype", help="Of raw files: uint8, uint16, int16, float32 ...")]
ShapeOption = Annotated[str | None, typer.Option("--shape", help="Of raw data: z=93,y=64,x=64.")]
SpacingOption = Annotated[str | None, typer.Option("--spacing", help="Of voxels: z=2mm,y=3mm,x=3mm.")]
OrderOption = Annotated[str | None, typer.Option("--byte-order", help="Of raw files: little or big.")]
ComponentOption = Annotated[
    str | None, typer.Option("--component", help="Of vectors and complex numbers: 0, 1 ..., magnitude, real, phase ...")
]
SpaceOption = Annotated[
    str | None, typer.Option("--space", help="Of a volume source estimate, -vl.stc: its source space, -src.fif.")
]
TimesOption = Annotated[str | None, typer.Option("--times", help="Of .npy rows: first=-100ms,step=2ms, or none.")]
ModeOption = Annotated[
    Literal["auto", "rotation", "views", "sweep", "fade"],
    typer.Option(
        "--mode",
        help="Of data alone: turn, hemispheres from their sides, a slice going through, a fade to a second volume.",
    ),
]
SubjectOption = Annotated[
    str | None, typer.Option("--subject", help="Whose surfaces a source estimate is shown on, where none are named.")
]
SubjectsDirOption = Annotated[
    Path | None, typer.Option("--subjects-dir", help="Where FreeSurfer keeps subjects; $SUBJECTS_DIR when left out.")
]
ShapeOfSurfaceOption = Annotated[
    str | None, typer.Option("--surface", help="Of the subject: inflated (when left out), pial, white ...")
]
FromSubjectOption = Annotated[
    str | None,
    typer.Option(
        "--from-subject",
        help="Whose values these are, where --subject is another: they are carried over by both's spheres.",
    ),
]
SlowOption = Annotated[
    str | None, typer.Option("--slow", help="How many times slower than in life data run: 50 shows 20 ms in a second.")
]
FromOption = Annotated[str | None, typer.Option("--from", help="The data time that is shown first: -100ms.")]
ToOption = Annotated[str | None, typer.Option("--to", help="The data time that is shown last: 400ms.")]

QualityOption = Annotated[
    str | None, typer.Option("--quality", help="draft, good or best, or a number on the codec's own scale.")
]

MOVIES = (".mp4", ".m4v", ".mov", ".webm", ".mkv", ".wmv", ".avi", ".mpg", ".mpeg", ".gif")
"""Endings of movies, which are never data."""

_INCHES = {"in": 1.0, "cm": 1 / 2.54, "mm": 1 / 25.4}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "MIB": 1 << 20, "GIB": 1 << 30}


def parse_bytes(text: str) -> int:
    """Bytes of `4GB`, `500 MB`, `2GiB`."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*", text)
    if not match or match[2].upper() not in _BYTES:
        raise UsageError(f"--budget {text}: not an amount of memory; write 4GB or 500MB")
    if not float(match[1]):
        raise UsageError(f"--budget {text}: caches need some memory; write 4GB or 500MB")
    return int(float(match[1]) * _BYTES[match[2].upper()])


def require_names(data: list[str]) -> None:
    """Raise UsageError where one of `data` is empty, as an unset variable of a shell is."""
    if not all(name.strip() for name in data):
        raise UsageError("one of the names of data is empty; is a variable of your shell unset?")


def require_output(output: Path) -> None:
    """The same for the name of an output."""
    if output == Path():  # what an empty name is to it, and also the folder that we are in
        raise UsageError("-o: names no file; write -o NAME.mp4, or for pictures here -o ./frame_%05d.png")


def parse_width(text: str) -> float:
    """Inches of `180mm`, `18cm`, `7in`."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(mm|cm|in)\s*", text)
    if not match or not float(match[1]):
        raise UsageError(f"--width {text}: not a width on paper; write 180mm, 18cm or 7in (pixels are --size)")
    return float(match[1]) * _INCHES[match[2]]


def parse_grid(text: str) -> tuple[int, int]:
    """Columns and rows of `5x4`."""
    match = re.fullmatch(r"(\d+)[x×](\d+)", text)
    if not match or not (1 <= int(match[1]) <= 100 and 1 <= int(match[2]) <= 100):
        raise UsageError(f"--contact {text}: write columns x rows, such as 5x4, up to 100x100")
    return int(match[1]), int(match[2])


def parse_axes(option: str, text: str) -> dict[str, str]:
    """`z=93,y=64,x=64` as a mapping; the axes are named because every tool orders them otherwise."""
    pairs = [part.partition("=") for part in text.split(",")]
    axes = {key.strip(): value.strip() for key, _, value in pairs}
    if sorted(axes) != ["x", "y", "z"] or len(pairs) != 3 or not all(axes.values()):
        example = "z=93,y=64,x=64" if option == "--shape" else "z=2mm,y=3mm,x=3mm"
        raise UsageError(f"{option} {text}: name each axis once, such as {option} {example}")
    return axes


def parse_times(text: str) -> Any:
    """`first=-100ms,step=2ms` as a mapping, `none` as itself."""
    if text == "none":
        return text
    split = [part.partition("=") for part in text.split(",")]
    pairs = {key.strip(): value.strip() for key, _, value in split}
    if sorted(pairs) != ["first", "step"]:
        raise UsageError(f"--times {text}: write --times first=-100ms,step=2ms, or --times none")
    return pairs


def reading_options(
    dtype: str | None,
    shape: str | None,
    spacing: str | None,
    byte_order: str | None,
    times: str | None,
    component: str | None = None,
    space: str | None = None,
) -> dict[str, Any]:
    """What the options say about files that do not say it themselves, as a scene's source has it."""
    reading: dict[str, Any] = {}
    if dtype:
        reading["dtype"] = dtype
    if shape:
        reading["shape"] = {axis: _whole(shape, value) for axis, value in parse_axes("--shape", shape).items()}
    if spacing:
        reading["spacing"] = parse_axes("--spacing", spacing)
    if byte_order:
        reading["byte_order"] = byte_order
    if times:
        reading["times"] = parse_times(times)
    if component:
        reading["component"] = component
    if space:
        reading["space"] = space
    return reading


def parse_subject(
    name: str | None, folder: Path | None, shape: str | None, from_subject: str | None = None
) -> "Subject | None":
    """The subject that `--subject` names."""
    from brainreel.assets import Subject

    if name:
        return Subject(name, folder, shape or "inflated", from_subject)
    if from_subject:
        raise UsageError(
            f"--from-subject {from_subject}: onto whose surfaces? name it by --subject, such as --subject fsaverage"
        )
    if folder or shape:
        raise UsageError(f"--{'subjects-dir' if folder else 'surface'}: of which subject? name it by --subject")
    return None


def parse_course(slow: str | None, begin: str | None, end: str | None) -> "Course | None":
    """How time courses run, where one of the options says so."""
    from brainreel.assets.courses import Course

    if slow is None and begin is None and end is None:
        return None
    if slow is not None and not re.fullmatch(r"\d+\.?\d*|\.\d+", slow):
        raise UsageError(f"--slow {slow}: write how many times slower than in life, such as --slow 50")
    if slow is not None and not float(slow):
        raise UsageError(f"--slow {slow}: nothing would move; write --slow 50, or --slow 0.5 for twice as fast")
    return Course(None if slow is None else float(slow), begin, end)


def parse_variables(pairs: list[str] | None) -> dict[str, str]:
    """`NAME=TEXT` of each `--var`."""
    variables: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--var {pair}: write --var NAME=TEXT")
        variables[name] = value
    return variables


def _whole(text: str, value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise UsageError(f"--shape {text}: {value!r} is not a number of voxels; write --shape z=93,y=64,x=64")
    return int(value)
