"""`brainreel still`: one picture of data or of a scene."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainreel import __version__
from brainreel.cli.options import (
    BudgetOption,
    ComponentOption,
    DataArguments,
    DraftOption,
    DtypeOption,
    FromOption,
    FromSubjectOption,
    ModeOption,
    OrderOption,
    QualityOption,
    SetOption,
    ShapeOfSurfaceOption,
    ShapeOption,
    SizeOption,
    SpaceOption,
    SpacingOption,
    SubjectOption,
    SubjectsDirOption,
    ThreadsOption,
    TimesOption,
    ToOption,
    VarOption,
    parse_bytes,
    parse_course,
    parse_grid,
    parse_subject,
    parse_variables,
    parse_width,
    reading_options,
)
from brainreel.errors import UsageError

if TYPE_CHECKING:
    from brainreel.cli.job import Job
    from brainreel.encode import Image

PRINT_DPI = 300.0
LARGEST_PX = 16384


def still(
    data: DataArguments,
    output: Annotated[Path, typer.Option("-o", "--output", help="NAME.png, .tif or .jpg.")],
    time: Annotated[str | None, typer.Option("-t", "--time", help="When in the movie: 3.2s, 50%, 100f; or 0s.")] = None,
    at: Annotated[str | None, typer.Option("--at", help="When in the data: 170ms, or 3 items.")] = None,
    contact: Annotated[
        str | None, typer.Option("--contact", help="Many moments on one sheet, columns x rows: 5x4.")
    ] = None,
    size: SizeOption = None,
    width: Annotated[str | None, typer.Option("--width", help="On paper: 180mm, 18cm, 7in.")] = None,
    dpi: Annotated[
        float | None, typer.Option("--dpi", min=1, max=4800, help="Pixels an inch, stated in the file; 300 on paper.")
    ] = None,
    codec: Annotated[
        str | None, typer.Option("--codec", help="png16 or tiff16 for 16 bits; else by the name: png, tiff, jpeg.")
    ] = None,
    quality: QualityOption = None,
    draft: DraftOption = False,
    threads: ThreadsOption = None,
    budget: BudgetOption = "4GB",
    set_: SetOption = None,
    var: VarOption = None,
    dtype: DtypeOption = None,
    shape: ShapeOption = None,
    spacing: SpacingOption = None,
    byte_order: OrderOption = None,
    times: TimesOption = None,
    component: ComponentOption = None,
    space: SpaceOption = None,
    mode: ModeOption = "auto",
    subject: SubjectOption = None,
    subjects_dir: SubjectsDirOption = None,
    surface: ShapeOfSurfaceOption = None,
    from_subject: FromSubjectOption = None,
    begin: FromOption = None,
    end: ToOption = None,
    slow: Annotated[str | None, typer.Option("--slow", hidden=True)] = None,
) -> None:
    """Draw one moment of the movie, or a sheet of many, as a picture with the scene inside it.

    \b
    brainreel still T1.nii.gz -o T1.png --size 1080p
    brainreel still t1.scene.yaml -t 3s --width 180mm --dpi 300 -o figure.tif
    brainreel still meg-lh.stc lh.pial --at 170ms -o peak.png

    Files read: README.md; files written and print: docs/outputs.md; scenes: docs/scene.md.
    """
    from dataclasses import asdict

    from brainreel.cli.console import library_warnings
    from brainreel.cli.job import drafted, movie_settings, prepare, read_scene, sized
    from brainreel.encode import still_kind, write_still
    from brainreel.movie import drawing_identity
    from brainreel.work import check_writable

    if "%" in output.name:
        raise UsageError(f"-o {output}: a still is one picture, without a number; brainreel movie makes numbered ones")
    still_kind(output, codec, quality)
    check_writable(output)
    _check_moments(time, at, contact, begin, end, slow)
    grid = parse_grid(contact) if contact else None
    with library_warnings():
        reading = reading_options(dtype, shape, spacing, byte_order, times, component, space)
        sets = [*(set_ or []), *movie_settings(size, None, None)]
        scene = read_scene(
            data,
            reading,
            parse_variables(var),
            sets,
            mode,
            parse_subject(subject, subjects_dir, surface, from_subject),
            parse_course(None, begin, end),
        )
        if width:
            scene = sized(scene, *_print_size(width, dpi or PRINT_DPI, size, scene.movie.size))
        if draft:
            scene = drafted(scene)
        kind = still_kind(output, codec, quality, scene.movie.background == "transparent")
        job = prepare(scene, draft=draft, budget_bytes=parse_bytes(budget), threads=threads)
        image, when = _sheet(job, grid, kind.bits) if grid else _moment(job, time or "0s", at, kind.bits)
        density = image.shape[1] / parse_width(width) if width else dpi
        about = {"time": when, "fingerprints": job.assets.fingerprints, "quality": asdict(job.quality)}
        versions = {"brainreel": __version__, "drawing": drawing_identity()}
        write_still(output, image, job.metadata | about | {"versions": versions}, kind, density)
    on_paper = f", {width} wide at {density:.0f} dpi" if width and density else ""
    print(f"{output}: {image.shape[1]}x{image.shape[0]} at {when}{on_paper}")


def _print_size(width: str, dpi: float, size: str | None, scene_size: tuple[int, int]) -> tuple[int, int]:
    """Pixels of a picture so wide on paper, in the scene's proportions."""
    if size:
        raise UsageError(f"--width {width}: and --size {size} say the same; leave one out")
    pixels = round(parse_width(width) * dpi)
    height = round(pixels * scene_size[1] / scene_size[0])
    if not 1 <= min(pixels, height) <= max(pixels, height) <= LARGEST_PX:
        raise UsageError(f"--width {width} --dpi {dpi:g}: is {pixels}x{height} pixels, sides lie in 1..{LARGEST_PX}")
    return pixels, height


def _check_moments(
    time: str | None, at: str | None, contact: str | None, begin: str | None, end: str | None, slow: str | None
) -> None:
    """Raise UsageError where options choose moments in two ways, or a course for one moment."""
    if contact and (time or at):
        raise UsageError(f"--contact {contact}: shows many moments; leave --{'time' if time else 'at'} out")
    if time and at:
        raise UsageError(f"--at {at}: and -t {time} say the same; leave one out")
    if slow:
        raise UsageError(f"--slow {slow}: nothing runs on a picture; leave it out, the moment is --at 170ms")
    if (begin or end) and not contact:
        option = f"--from {begin}" if begin else f"--to {end}"
        raise UsageError(f"{option}: a still shows one moment; name it, --at 170ms, or show many, --contact 5x4")


def _instant(job: "Job", time: str, at: str | None) -> tuple[float, str]:
    """Seconds of the movie at `time`, or where the data are `at` theirs, and how that is told."""
    from brainreel.cli.job import moment_s

    if at:
        moment = _showing_s(job, at)
        return moment, f"{at} ({moment:.3f} s of the movie)"
    moment = moment_s(job.scene, time)
    if moment > job.scene.length_s:
        raise UsageError(
            f"-t {time}: is outside, the movie lasts {float(job.scene.length_s):g} s; choose a time in it, such as 50%"
        )
    moment = min(moment, job.film.duration_s)  # the length need not be a whole number of frames
    return moment, f"{moment:.3f} s"


def _showing_s(job: "Job", at: str) -> float:
    """Seconds of the movie when its data are first shown `at` a time of theirs."""
    from brainreel.scene import Fault
    from brainreel.scene.clocks import DATA_TIME, ITEMS, plain_time
    from brainreel.timeline import Film, first_showing, shown_span

    try:
        time = DATA_TIME.read(at)
    except Fault as fault:
        raise UsageError(f"--at {at}: {fault.message}") from None
    if not isinstance(job.film, Film):
        raise UsageError(f"--at {at}: each chapter of a reel has clocks of its own; name the movie's time, -t 3s")
    counts_items = time.unit in ITEMS
    span = shown_span(job.film, counts_items)
    if span is None:
        kind = "items" if counts_items else "moments with times"
        raise UsageError(f"--at {at}: none of the data have {kind}; name the movie's time, -t 3s")
    moment = first_showing(job.film, min(max(plain_time(time), span[0]), span[1]), counts_items)
    if moment is None or not _is_near(plain_time(time), span):
        first, last = (f"{value:g} items" if counts_items else f"{1000 * value:g} ms" for value in span)
        raise UsageError(f"--at {at}: the movie shows {first} to {last}; state a time between them")
    return moment


def _is_near(time: float, span: tuple[float, float]) -> bool:
    """Whether `time` lies in `span`, or all but: ends are written with few digits."""
    slack = 1e-3 * (span[1] - span[0])
    return span[0] - slack <= time <= span[1] + slack


def _moment(job: "Job", time: str, at: str | None, bits: int) -> "tuple[Image, str]":
    """The picture at `time`, or where the data are `at` theirs, and when that is."""
    from brainreel.cli.console import interruptible
    from brainreel.render import DRAFT, check_frame

    moment, told = _instant(job, time, at)
    frame = job.film.frame_at(moment)
    if job.quality != DRAFT:
        check_frame(frame)
    with job.renderer(bits) as renderer, interruptible() as stop:
        return renderer.draw(frame, stop.is_set), told


def _sheet(job: "Job", grid: tuple[int, int], bits: int) -> "tuple[Image, str]":
    """Evenly spaced frames, the first among them, as a sheet of the scene's width, and when they are."""
    from brainreel.cli.console import interruptible
    from brainreel.encode import Sheet

    count = grid[0] * grid[1]
    if count > job.film.frame_count:
        frames = job.film.frame_count
        raise UsageError(f"--contact {grid[0]}x{grid[1]}: is {count} pictures of a movie of {frames}; choose fewer")
    sheet = Sheet(*grid, job.film.size)
    indices = [k * job.film.frame_count // count for k in range(count)]
    with job.renderer(bits) as renderer, interruptible() as stop:
        tiles: Any = (renderer.draw(job.film.frame(k).sized(sheet.tile), stop.is_set) for k in indices)
        image = sheet.arrange(tiles, job.film.frame(0).background)
    return image, f"frames 0 to {indices[-1]}"
