"""`brainreel movie`: data or a scene to a movie."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

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
    SlowOption,
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
    parse_subject,
    parse_variables,
    reading_options,
    require_output,
)
from brainreel.errors import UsageError

if TYPE_CHECKING:
    from brainreel.cli.job import Job
    from brainreel.encode import Encoder
    from brainreel.movie import Forecast
    from brainreel.store.reads import Reads


def movie(
    data: DataArguments,
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="NAME.mp4, .webm, .mov, .wmv, .gif, NAME_%05d.png or .tif, or a folder of pictures."
        ),
    ],
    size: SizeOption = None,
    fps: Annotated[str | None, typer.Option("--fps", help="Frames a second: 30, 23.976, 30000/1001.")] = None,
    length: Annotated[str | None, typer.Option("--length", help="Of the movie: 10s, 300f, 2min.")] = None,
    frames: Annotated[str | None, typer.Option("--frames", help="Only these: 10:20 is frames 10 to 19.")] = None,
    codec: Annotated[
        str | None,
        typer.Option(
            "--codec",
            help="In place of the name's own: h264, h265, av1, vp9 (with -444 in full colour, not av1), prores, "
            "prores4444, wmv2, gif, png, png16, tiff, tiff16.",
        ),
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
    slow: SlowOption = None,
    begin: FromOption = None,
    end: ToOption = None,
    keep_segments: Annotated[
        bool, typer.Option("--keep-segments", help="Keep the parts, so that the next run draws only what changed.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is left to do and what it will take, and do nothing.")
    ] = False,
) -> None:
    """Make a movie of data, or of a scene.

    A volume alone turns once, a second one is painted over its slices, a source estimate runs on its surfaces.
    A run that was stopped goes on where it was when the same command is given again.

    \b
    brainreel movie T1.nii.gz -o T1.mp4 --size 1080p --length 10s
    brainreel movie meg-lh.stc -o meg.mp4 --subject fsaverage --subjects-dir subjects --slow 50
    brainreel movie slices/ -o slices.mp4 --spacing z=50um,y=50um,x=50um

    To say more, write a scene: brainreel scene new --help. Files read: README.md; files written: docs/outputs.md.
    """
    from brainreel.cli.console import library_warnings
    from brainreel.cli.job import check_film, drafted, movie_settings, parse_frames, prepare, read_scene
    from brainreel.encode import encoder_for

    require_output(output)
    if slow and length:
        raise UsageError(f"--slow {slow} and --length {length} both say how long the movie is; leave one of them out")
    with library_warnings():
        reading = reading_options(dtype, shape, spacing, byte_order, times, component, space)
        sets = [*(set_ or []), *movie_settings(size, fps, length)]
        chosen, budget_bytes = parse_frames(frames), parse_bytes(budget)
        scene = read_scene(
            data,
            reading,
            parse_variables(var),
            sets,
            mode,
            parse_subject(subject, subjects_dir, surface, from_subject),
            parse_course(slow, begin, end),
        )
        if draft:
            scene = drafted(scene)
        about, alpha = scene.movie, scene.movie.background == "transparent"
        encoder = encoder_for(output, about.size, about.fps, codec=codec, quality=quality, alpha=alpha)
        encoder.check(output)  # before hours of opening data
        job = prepare(scene, draft=draft, budget_bytes=budget_bytes, threads=threads)
        if not draft:
            check_film(job.film)
        if dry_run:
            print(_says(job, output, encoder, chosen))
            return
        make(job, output, encoder, chosen, keep_segments)


def make(
    job: "Job", output: Path, encoder: "Encoder", frames: range | None = None, keep_segments: bool = False
) -> None:
    """Render the job's film to `output` by `encoder`, with progress, and say what came of it."""
    from brainreel.cli.console import FrameProgress, interruptible
    from brainreel.movie import render_movie

    with interruptible() as stop:
        report = render_movie(
            job.film,
            lambda: job.renderer(encoder.bits),
            output,
            fingerprints=job.assets.fingerprints,
            quality=job.quality,
            encoder=encoder,
            frames=frames,
            progress=FrameProgress(output.name),
            cancelled=stop.is_set,
            metadata=job.metadata,
            keep_segments=keep_segments,
        )
    width, height = job.film.size
    reused = f", {report.reused} of them from before" if report.reused else ""
    print(
        f"{output}: {report.frames} frames of {width}x{height}{reused} in {report.seconds:.1f} s "
        f"({report.frames_per_s:.1f} frames/s)"
    )
    for name, reads in _named(report.reads):
        if reads.bricks:
            part = 100 * reads.seconds / max(report.seconds, 1e-9)
            print(f"  {name}: {_bricks(reads)}; {part:.0f} % of the time was reading")


def _says(job: "Job", output: Path, encoder: "Encoder", frames: range | None) -> str:
    """What is left to do, and what it will take."""
    from brainreel.cli.console import interruptible, people_seconds
    from brainreel.kernels.pool import available_cores
    from brainreel.movie import forecast

    cores = available_cores()
    with interruptible() as stop:
        found = forecast(
            job.film,
            lambda: job.renderer(encoder.bits),
            job.rehearsal,
            output,
            fingerprints=job.assets.fingerprints,
            quality=job.quality,
            encoder=encoder,
            cores=cores,
            frames=frames,
            cancelled=stop.is_set,
        )
    width, height = job.film.size
    rows = [
        f"{output}: {found.frames} frames of {width}x{height} in {found.segments} segments, {found.done} of them made; "
        f"{found.drawn} frames to draw"
    ]
    rows += [f"  {name:12} {text}" for name, text in _sources(job)]
    if not found.drawn:
        return "\n".join(rows)
    rows += [f"  {name:12} {_bricks(reads, found.scale)}" for name, reads in _named(found.reads)]
    if found.reads:
        counted = f"all {found.drawn}" if found.counted == found.drawn else f"{found.counted} of {found.drawn}"
        rows.append(
            f"  {'':12} counted for {counted} frames as if no brick hid another; rather {found.bricks} in all, by the "
            f"{found.sampled} frames that were drawn"
        )
    elif found.bricks:
        rows.append(f"  {'stores':12} about {found.bricks} bricks, by the {found.sampled} frames that were drawn")
    rows.append(f"  {'memory':12} {_memory(found, job.budget_bytes)}")
    rows.append(
        f"  {'time':12} about {people_seconds(found.seconds)} on {cores} cores: {people_seconds(found.beginning_s)} to "
        f"begin, {people_seconds(found.drawing_s)} drawing, {people_seconds(found.encoding_s)} encoding meanwhile"
        + (f", {people_seconds(found.reading_s)} reading" if found.bricks else "")
        + f" (by {found.sampled} frames that were drawn and encoded)"
    )
    return "\n".join(rows)


def _sources(job: "Job") -> list[tuple[str, str]]:
    """What is read whole: volumes that lie in no store, by name, and their bytes."""
    import math

    from brainreel.cli.console import people_bytes
    from brainreel.data import Volume, VolumeSeries
    from brainreel.store.reduced import full_volume
    from brainreel.store.stored import StoredSeries, StoredVolume

    rows = []
    for name, data in job.assets.data.items():
        if isinstance(data, StoredVolume | StoredSeries) or not isinstance(data, Volume | VolumeSeries):
            continue
        count = 1 if isinstance(data, Volume) else data.times.count
        volume = full_volume(data if isinstance(data, Volume) else data.moment(0))
        whole = people_bytes(math.prod(volume.shape) * volume.dtype.itemsize)
        rows.append((name, f"{whole} of voxels" if count == 1 else f"{count} moments, each {whole} of voxels"))
    return rows


def _named(reads: "Mapping[Path, Reads]") -> "list[tuple[str, Reads]]":
    """By names, or by paths where two stores have one name."""
    names = [folder.name for folder in reads]
    return [(folder.name if names.count(folder.name) == 1 else str(folder), one) for folder, one in reads.items()]


def _bricks(reads: "Reads", scale: float = 1.0) -> str:
    """How many bricks of which levels, how many of them again, how many bytes."""
    from brainreel.cli.console import people_bytes

    levels = ", ".join(f"{round(count * scale)} of level {level}" for level, count in sorted(reads.by_level.items()))
    again = f", {round(reads.again * scale)} of them again" if reads.again else ""
    return f"{round(reads.bricks * scale)} bricks ({levels}){again}, {people_bytes(reads.byte_count * scale)}"


def _memory(found: "Forecast", budget_bytes: int) -> str:
    from brainreel.cli.console import people_bytes

    bricks = f"{people_bytes(found.brick_bytes)} of bricks of stores, of a budget of {people_bytes(budget_bytes)}"
    if found.peak_bytes is None:
        return f"{bricks}; what the rest takes this system does not tell"
    peak = f"about {people_bytes(found.peak_bytes)} at most"
    return f"{peak}, {bricks}" if found.reads else peak
