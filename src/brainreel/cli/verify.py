"""`brainreel verify`: whether a store is as it was made."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from brainreel.cli.options import ThreadsOption
from brainreel.errors import FormatError

if TYPE_CHECKING:
    from brainreel.store.verification import Findings


def verify(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="NAME.ome.zarr, made by brainreel convert.")],
    threads: ThreadsOption = None,
) -> None:
    """Check every chunk of a store that brainreel convert made against its checksum; name those that are damaged.

    \b
    brainreel verify brain.ome.zarr
    """
    from brainreel.cli.console import FrameProgress, interruptible
    from brainreel.kernels.pool import available_cores
    from brainreel.store.verification import verify as look_at

    _require_store(store)
    with interruptible() as stop:
        found = look_at(store, threads or available_cores(), FrameProgress(store.name, "files"), stop.is_set)
    if not found.damage:
        print(_whole(store, found))
        return
    for one in found.damage:
        print(one)
    raise FormatError(
        f"{store}: {found.damaged_chunks:,} of {found.chunks:,} chunks are damaged, in "
        f"{len({one.file for one in found.damage}):,} files; convert the source again, or copy the store again"
    )


def _require_store(store: Path) -> None:
    if not store.exists():
        raise FormatError(f"{store}: there is nothing of that name; check the path")
    if store.name.endswith(".zarr.part"):
        raise FormatError(
            f"{store}: is an unfinished conversion; give the same brainreel convert command again, which goes on where "
            "it stopped"
        )


def _whole(store: Path, found: "Findings") -> str:
    from brainreel.cli.console import people_bytes

    return (
        f"{store}: whole. {found.chunks:,} chunks in {found.files:,} files, {people_bytes(found.byte_count)}, have the "
        f"checksums they were written with; {found.empty:,} empty ones are not stored, and nothing else is missing"
    )
