"""`brainreel convert`: data of any size to a store that is drawn at any resolution."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from brainreel.cli.options import (
    ComponentOption,
    DtypeOption,
    OrderOption,
    ShapeOption,
    SpaceOption,
    SpacingOption,
    ThreadsOption,
    TimesOption,
    parse_bytes,
    reading_options,
    require_names,
)

if TYPE_CHECKING:
    from brainreel.store.plan import Image, Plan


def convert(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="A file, a folder of slices, phantom:NAME.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="NAME.ome.zarr")],
    reduce: Annotated[
        str,
        typer.Option("--reduce", help="How coarser levels are made: mean, max, mode (labels), nearest, angle:180."),
    ] = "mean",
    codec: Annotated[str, typer.Option("--codec", help="zstd, lz4 or none.")] = "zstd",
    budget: Annotated[str, typer.Option("--budget", help="Memory to stay within, such as 3GB.")] = "3GB",
    threads: ThreadsOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    dtype: DtypeOption = None,
    shape: ShapeOption = None,
    spacing: SpacingOption = None,
    byte_order: OrderOption = None,
    times: TimesOption = None,
    component: ComponentOption = None,
    space: SpaceOption = None,
) -> None:
    """Convert a volume of any size to OME-Zarr with all levels of resolution, in one pass over its files.

    A run that was stopped goes on where it was when the same command is given again. Nothing stands under the name
    of the output before all of it is there.

    \b
    brainreel convert slices/ -o brain.ome.zarr --spacing z=70um,y=1.33um,x=1.33um
    brainreel convert raw/ -o brain.ome.zarr --dtype uint8 --shape z=234,y=28721,x=31076
    brainreel convert directions.nii.gz -o directions.ome.zarr --reduce angle:180
    """
    from brainreel.cli.console import FrameProgress, interruptible, library_warnings
    from brainreel.kernels.pool import available_cores
    from brainreel.store.conversion import convert as make_store
    from brainreel.store.conversion import require_output, require_room
    from brainreel.store.plan import plan_conversion

    require_names([source])
    cores = threads or available_cores()
    with library_warnings():
        require_output(output)
        image = _image(source, reading_options(dtype, shape, spacing, byte_order, times, component, space))
        plan = plan_conversion(image, codec, reduce, parse_bytes(budget), cores)
        print(_says(plan, output))
        require_room(plan, output)
        if dry_run:
            return
        with interruptible() as stop:
            report = make_store(plan, output, cores, FrameProgress(output.name, "MB"), stop.is_set)
    reused = f", {report.reused} of {report.bands} bands from before" if report.reused else ""
    print(f"{output}: done{reused}")


def _image(source: str, reading: dict[str, Any]) -> "Image":
    """What is to be converted."""
    from brainreel.assets import open_image
    from brainreel.cli.job import options_blamed
    from brainreel.store.plan import image_of

    with options_blamed():
        return image_of(open_image(source, reading))


def _says(plan: "Plan", output: Path) -> str:
    """What will be done, before it is."""
    import shutil

    from brainreel.cli.console import people_bytes, people_seconds
    from brainreel.store.plan import DISK_RATE, spell_shape

    volume = plan.image.volumes[0]
    free = shutil.disk_usage(output.resolve().parent).free
    planes = "".join(f"{axis}={n}, " for axis, n in zip(plan.image.axes, plan.layout.leading, strict=True))
    levels = "\n".join(
        f"  level {k}      {spell_shape(level.shape)} voxels, {'x'.join(map(str, level.factors))} of level 0"
        for k, level in enumerate(plan.layout.levels)
    )
    spill = f", and {people_bytes(plan.spilled_bytes)} for a while to unpack the slices" if plan.spills else ""
    return (
        f"{plan.image.name}: {planes}{spell_shape(volume.shape)} voxels of {volume.dtype}, "
        f"{people_bytes(plan.source_bytes)}\n{levels}\n"
        f"  store        about {people_bytes(plan.stored_bytes)} ({plan.codec.name}){spill}; "
        f"{people_bytes(free)} are free\n"
        f"  time         about {people_seconds(max(plan.core_s, plan.disk_s))}: {people_seconds(plan.core_s)} of the "
        f"processor, {people_seconds(plan.disk_s)} of a disk of {people_bytes(DISK_RATE)}/s"
    )
