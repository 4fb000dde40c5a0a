"""`brainreel movie`: data or a scene to a movie."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brainreel.cli.options import (
    BudgetOption,
    ComponentOption,
    DataArguments,
    DraftOption,
    DtypeOption,
    ModeOption,
    OrderOption,
    QualityOption,
    SetOption,
    ShapeOption,
    SizeOption,
    SpacingOption,
    ThreadsOption,
    TimesOption,
    VarOption,
    parse_bytes,
    parse_variables,
    reading_options,
    require_output,
)

if TYPE_CHECKING:
    from brainreel.cli.job import Job
    from brainreel.encode import Encoder


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
    mode: ModeOption = "rotation",
    keep_segments: Annotated[
        bool, typer.Option("--keep-segments", help="Keep the parts, so that the next run draws only what changed.")
    ] = False,
) -> None:
    """Make a movie of data, or of a scene.

    A volume alone turns once, a second one is painted over its slices, a source estimate runs on its surfaces.
    A run that was stopped goes on where it was when the same command is given again.

    \b
    brainreel movie T1.nii.gz -o T1.mp4 --size 1080p --length 10s
    brainreel movie meg-lh.stc lh.pial rh.pial -o meg.mp4 --draft
    brainreel movie slices/ -o slices.mp4 --spacing z=50um,y=50um,x=50um

    To say more, write a scene: brainreel scene new --help. Files read: README.md; files written: docs/outputs.md.
    """
    from brainreel.cli.console import library_warnings
    from brainreel.cli.job import drafted, movie_settings, parse_frames, prepare, read_scene
    from brainreel.encode import encoder_for

    require_output(output)
    with library_warnings():
        reading = reading_options(dtype, shape, spacing, byte_order, times, component)
        sets = [*(set_ or []), *movie_settings(size, fps, length)]
        chosen, budget_bytes = parse_frames(frames), parse_bytes(budget)
        scene = read_scene(data, reading, parse_variables(var), sets, mode)
        if draft:
            scene = drafted(scene)
        about, alpha = scene.movie, scene.movie.background == "transparent"
        encoder = encoder_for(output, about.size, about.fps, codec=codec, quality=quality, alpha=alpha)
        encoder.check(output)  # before hours of opening data
        job = prepare(scene, draft=draft, budget_bytes=budget_bytes, threads=threads)
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
