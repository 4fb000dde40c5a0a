"""A conversion: bands of the source in their order, resumable after each, and at the end a store that is whole."""

import hashlib
import json
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import DiskError, InputError
from brainreel.kernels.pool import Pool
from brainreel.store.cascade import Cascade, Packing, Slab
from brainreel.store.finishing import write_descriptions
from brainreel.store.levels import SIZE
from brainreel.store.metadata import read_ours, write_metadata
from brainreel.store.plan import Plan
from brainreel.store.reading import read_band
from brainreel.store.records import Records, Step, read_files, write_record
from brainreel.store.resuming import identity_of
from brainreel.store.spilling import MEGABYTE, Sources
from brainreel.store.spreading import write_spreads
from brainreel.work import (
    SILENT,
    Advance,
    Cancelled,
    Here,
    Ledger,
    Lock,
    Progress,
    check_writable,
    disk_errors,
    flush,
    never,
    stop_if,
)

PART = ".part"
_WORK = ".work"
_WRITERS = 2
_POLL_S = 0.1


@dataclass(frozen=True)
class Report:
    """What a conversion did: how many bands there are, and how many of them were there already."""

    bands: int
    reused: int


def convert(
    plan: Plan, output: Path, threads: int, progress: Progress = SILENT, cancelled: Cancelled = never
) -> Report:
    """Make the store `output`. What a killed run has finished is used; the name appears when all is there.

    Raises InputError where something is in the way, a source has changed or is in use; DiskError where the disk is
    full; Interrupted once `cancelled` says so. What is done stays done.
    """
    folder, aside = output.with_name(output.name + PART), output.with_name(f".{output.name}.done")
    with Lock(output.with_name(f".{output.name}.lock"), output), disk_errors(folder):
        require_output(output)
        _begin(folder, aside)
        conversion = _Conversion(plan, folder, threads)
        report = conversion.run(progress, cancelled)
        stop_if(cancelled)
        conversion.finish(cancelled)
        (folder / _WORK).rename(aside)
        folder.rename(output)
        shutil.rmtree(aside)
        flush(output.parent)
    return report


def _begin(folder: Path, aside: Path) -> None:
    """Make the folder of an unfinished store, or find it as it was."""
    if aside.exists():  # left by a run that was killed within its last steps
        if folder.exists():
            aside.rename(folder / _WORK)
        else:
            shutil.rmtree(aside)
    (folder / _WORK).mkdir(parents=True, exist_ok=True)


def require_output(output: Path) -> None:
    """Raise InputError where no store can be made at `output`."""
    if not output.name.endswith(".zarr"):
        raise InputError(f"{output}: a store is a folder whose name ends with .zarr: -o {output.name}.ome.zarr")
    if output.exists():
        what = "is a store already" if read_ours(output) else "exists"
        raise InputError(f"{output}: {what}; delete it first, or choose another name")
    part = output.with_name(output.name + PART)
    if part.exists() and not part.is_dir():
        raise InputError(f"{part}: is in the way, an unfinished store lies there; delete it, or choose another name")
    check_writable(output)


def require_room(plan: Plan, output: Path) -> None:
    """Raise DiskError where the disk will not hold the conversion."""
    part = output.with_name(output.name + PART)
    held = sum(file.stat().st_size for file in part.rglob("*") if file.is_file()) if part.exists() else 0
    free = shutil.disk_usage(output.resolve().parent).free
    if plan.disk_bytes > free + held:
        spill = ", an unpacked copy of the source among them" if plan.spills else ""
        raise DiskError(
            f"{output}: needs about {plan.disk_bytes / 1e9:.3g} GB{spill}, but {free / 1e9:.3g} GB are free; make "
            "room, or choose another disk"
        )


class _Conversion:
    """One run, which holds the lock on `folder`."""

    def __init__(self, plan: Plan, folder: Path, threads: int) -> None:
        self._plan, self._folder, self._threads = plan, folder, threads
        self._layout = plan.layout
        self._sources = Sources(plan.image.volumes, folder / _WORK, spills=plan.spills)
        self._identity = identity_of(plan, self._sources.state(), folder, folder / _WORK)
        self._ledger = Ledger(folder / _WORK / "bands", ".npz")
        self._ledger.clean()
        self._records = Records(plan.layout)
        self._known: set[Step] = set()
        self._packing = Packing(folder, plan.layout, plan.codec, plan.reduction, plan.binning)
        self._steps = list(_steps(plan))
        self._turn = threading.Condition()
        self._now = 0
        self._slab: tuple[Slab, Cascade] | None = None
        self._ahead: tuple[int, Future[NDArray]] | None = None

    def run(self, progress: Progress, cancelled: Cancelled) -> Report:
        """Make all bands that are missing."""
        done = self._done()
        self._now = len(done)
        with Pool(self._threads) as pool, ThreadPoolExecutor(_WRITERS) as writers, ThreadPoolExecutor(1) as reader:
            self._pool, self._writers, self._reader = pool, writers, reader
            units = [_Unit(self, step, self._name(step)) for step in self._steps]
            outcome = Here(at_once=2).run(units, self._ledger, progress, cancelled)
        self._sources.require_same()
        for step in self._steps[len(done) :]:
            self._know(step, outcome.files[self._name(step)])
        return Report(len(self._steps), len(done))

    def finish(self, cancelled: Cancelled) -> None:
        """Write descriptions and metadata, those that make it a store last."""
        with Pool(self._threads) as pool:
            digest = write_descriptions(self._folder, self._plan, self._records, pool, cancelled)
            write_spreads(self._folder, self._plan, pool, cancelled)
        write_metadata(self._folder, self._plan, digest)

    def make(self, step: Step, path: Path, advance: Advance, cancelled: Cancelled) -> None:
        """Do one step, after those before it, and keep its record at `path`."""
        with self._turn:
            while self._now != step.number:
                self._turn.wait(_POLL_S)
                stop_if(cancelled)
        if step.pass_:
            self._require_earlier(step, cancelled)
        rows = self._rows(step, advance, cancelled)
        made = self._cascade(step).feed(step.band, rows, cancelled)
        write_record(path, made)
        with self._turn:
            self._now += 1
            self._turn.notify_all()
        made.wait()
        advance(self._megabytes(step))

    def megabytes(self, step: Step) -> int:
        """How much progress a step is; the first of a volume unpacks it."""
        is_first = not (step.pass_ or step.band or step.layers.start)
        return self._megabytes(step) + (self._sources.spilled_megabytes() if is_first else 0)

    def _megabytes(self, step: Step) -> int:
        z, y = self._region(step)
        width = self._layout.levels[self._plan.passes[step.pass_].levels[0]].shape[2]
        return max(1, len(z) * len(y) * width * self._layout.dtype.itemsize // MEGABYTE)

    def _region(self, step: Step) -> tuple[range, range]:
        """The slices and rows of a step, of the level that its pass begins with."""
        depth, height, _ = self._layout.levels[self._plan.passes[step.pass_].levels[0]].shape
        z = range(step.layers.start * SIZE, min(step.layers.stop * SIZE, depth))
        return z, range(step.band * SIZE, min((step.band + 1) * SIZE, height))

    def _rows(self, step: Step, advance: Advance, cancelled: Cancelled) -> NDArray:
        """The band of `step`; the next one is read meanwhile."""
        if self._ahead is None or self._ahead[0] != step.number:
            self._ahead = step.number, self._reader.submit(self._read, step, advance, cancelled)
        rows = self._ahead[1].result()
        following = self._steps[step.number + 1 :][:1]
        self._ahead = None
        if following and following[0].pass_ == step.pass_:
            self._ahead = following[0].number, self._reader.submit(self._read, following[0], advance, cancelled)
        return rows

    def _read(self, step: Step, advance: Advance, cancelled: Cancelled) -> NDArray:
        if step.pass_:
            level = self._plan.passes[step.pass_].levels[0]
            return read_band(self._folder, self._layout, self._plan.codec, level, step.plane, step.band, step.layers)
        volume = int(np.ravel_multi_index(step.plane, self._layout.leading)) if step.plane else 0
        return self._sources.read(volume, *self._region(step), advance, cancelled)

    def _cascade(self, step: Step) -> Cascade:
        """What goes on with the bands of the step's slab."""
        slab = Slab(step.plane, self._plan.passes[step.pass_].levels, step.layers)
        if self._slab is None or self._slab[0] != slab:
            made = Cascade(self._packing, slab, self._pool, self._writers)
            made.refill(step.band)
            self._slab = slab, made
        return self._slab[1]

    def _require_earlier(self, step: Step, cancelled: Cancelled) -> None:
        """Wait for the last of the passes before, and know what all of them left."""
        for one in self._steps[: step.number]:
            if one.pass_ < step.pass_ and one not in self._known:
                while (path := self._ledger.find(self._name(one))) is None:
                    stop_if(cancelled)
                    time.sleep(_POLL_S)
                self._know(one, path)

    def _know(self, step: Step, path: Path) -> None:
        if step not in self._known:
            self._known.add(step)
            self._records.add(step, path)

    def _done(self) -> list[Step]:
        """The steps that are done, up to the first that is not or whose files are gone."""
        done = []
        for step in self._steps:
            path = self._ledger.find(self._name(step))
            if path is None or not all((self._folder / file).is_file() for file in read_files(path)):
                break
            self._know(step, path)
            done.append(step)
        self._ledger.keep_only({self._name(step) for step in done})
        return done

    def _name(self, step: Step) -> str:
        text = json.dumps([self._identity, step.pass_, step.plane, step.layers.start, step.band])
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class _Unit:
    """A step as `work` knows it."""

    conversion: _Conversion
    step: Step
    name: str

    @property
    def steps(self) -> int:
        return self.conversion.megabytes(self.step)

    def run(self, path: Path, advance: Advance, cancelled: Cancelled) -> None:
        self.conversion.make(self.step, path, advance, cancelled)


def _steps(plan: Plan) -> Iterator[Step]:
    number = 0
    for index, one in enumerate(plan.passes):
        for plane in plan.layout.planes():
            for layers in one.slabs:
                for band in range(plan.layout.levels[one.levels[0]].grid[1]):
                    yield Step(number, index, plane, layers, band)
                    number += 1
