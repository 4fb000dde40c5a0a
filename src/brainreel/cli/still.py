"""`brainreel still`: one picture of data or of a scene."""

from pathlib import Path
from typing import Annotated

import typer

from brainreel import __version__
from brainreel.cli.options import (
    BudgetOption,
    DataArguments,
    DraftOption,
    DtypeOption,
    ModeOption,
    OrderOption,
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
)
from brainreel.errors import UsageError


def still(
    data: DataArguments,
    output: Annotated[Path, typer.Option("-o", "--output", help="NAME.png.")],
    time: Annotated[str, typer.Option("-t", "--time", help="When in the movie: 3.2s, 50%, 100f.")] = "0s",
    size: SizeOption = None,
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
    mode: ModeOption = "rotation",
) -> None:
    """Draw one moment of the movie as a PNG, with the scene inside it."""
    from dataclasses import asdict

    from brainreel.cli.console import interruptible, library_warnings
    from brainreel.cli.job import drafted, moment_s, movie_settings, prepare, read_scene
    from brainreel.encode import write_still
    from brainreel.movie import drawing_identity
    from brainreel.work import check_writable

    if output.suffix.lower() != ".png":
        raise UsageError(f"-o {output}: stills are written as PNG; name it {output.stem}.png")
    check_writable(output)
    with library_warnings():
        reading = reading_options(dtype, shape, spacing, byte_order, times)
        sets = [*(set_ or []), *movie_settings(size, None, None)]
        scene = read_scene(data, reading, parse_variables(var), sets, mode)
        if draft:
            scene = drafted(scene)
        job = prepare(scene, draft=draft, budget_bytes=parse_bytes(budget), threads=threads)
        moment = moment_s(job.scene, time)
        if moment <= job.scene.length_s:  # which need not be a whole number of frames
            moment = min(moment, job.film.duration_s)
        with job.renderer() as renderer, interruptible() as stop:
            image = renderer.draw(job.film.frame_at(moment), stop.is_set)
        about = {"time": time, "fingerprints": job.assets.fingerprints, "quality": asdict(job.quality)}
        versions = {"brainreel": __version__, "drawing": drawing_identity()}
        write_still(output, image, job.metadata | about | {"versions": versions})
    print(f"{output}: {image.shape[1]}x{image.shape[0]} at {moment:.3f} s")
