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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import DiskError, InputError
from brainreel.kernels.pool import Pool
from brainreel.store.bands import BareBands, VolumeBands, bands_of
from brainreel.store.cascade import Cascade, Packing, Slab
from brainreel.store.finishing import write_descriptions
from brainreel.store.levels import SIZE
from brainreel.store.metadata import read_ours, write_metadata
from brainreel.store.plan import Plan
from brainreel.store.reading import read_band
from brainreel.store.records import Records, Step, read_files, write_record
from brainreel.store.spilling import spilled
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

VERSION = 1
"""Changes whenever equal sources would become other bytes."""

PART = ".part"
_WORK = ".work"
_WRITERS = 2
_POLL_S = 0.1


@dataclass(frozen=True)
class Report:
    """What a conversion did."""

    bands: int
    reused: int


def convert(
    plan: Plan, output: Path, threads: int, progress: Progress = SILENT, cancelled: Cancelled = never
) -> Report:
    """Make the store `output`. What a killed run has finished is used; the name appears when all is there.

    Raises InputError where something is in the way, a source has changed or is in use; DiskError where the disk is
    full; Interrupted once `cancelled` says so. What is done stays done.
    """
    folder = output.with_name(output.name + PART)
    require_output(output)
    with disk_errors(folder):
        (folder / _WORK).mkdir(parents=True, exist_ok=True)
    with Lock(folder / _WORK / "lock", output), disk_errors(folder):
        conversion = _Conversion(plan, folder, output, threads)
        report = conversion.run(progress, cancelled)
        stop_if(cancelled)
        conversion.finish(cancelled)
    with disk_errors(output):
        shutil.rmtree(folder / _WORK)
        flush(folder)
        folder.rename(output)
        flush(output.parent)
    return report


def require_output(output: Path) -> None:
    """Raise InputError where no store can be made at `output`."""
    if not output.name.endswith(".zarr"):
        raise InputError(f"{output}: a store is a folder whose name ends with .zarr: -o {output.name}.ome.zarr")
    if output.exists():
        what = "is a store already" if read_ours(output) else "exists"
        raise InputError(f"{output}: {what}; delete it first, or choose another name")
    check_writable(output)


def require_room(plan: Plan, output: Path) -> None:
    """Raise DiskError where the disk will not hold the conversion."""
    part = output.with_name(output.name + PART)
    held = sum(file.stat().st_size for file in part.rglob("*") if file.is_file()) if part.exists() else 0
    free = shutil.disk_usage(output.resolve().parent).free
    if plan.disk_bytes > free + held:
        spill = ", a copy of the packed source among them" if plan.spills else ""
        raise DiskError(
            f"{output}: needs about {plan.disk_bytes / 1e9:.1f} GB{spill}, but {free / 1e9:.1f} GB are free; make "
            "room, or choose another disk"
        )


class _Conversion:
    def __init__(self, plan: Plan, folder: Path, output: Path, threads: int) -> None:
        self._plan, self._folder, self._output, self._threads = plan, folder, output, threads
        work = folder / _WORK
        self._sources = [bands_of(volume) for volume in plan.image.volumes]
        self._identity = self._require_same(work / "plan.json")
        self._ledger = Ledger(work / "bands", ".npz")
        self._ledger.clean()
        self._records = Records(plan.layout)
        self._known: set[Step] = set()
        self._packing = Packing(folder, plan.layout, plan.codec, plan.reduction, plan.binning)
        self._steps = list(_steps(plan))
        self._turn = threading.Condition()
        self._now = 0
        self._cascade: tuple[tuple[object, ...], Cascade] | None = None
        self._ahead: tuple[int, Future[NDArray]] | None = None

    def run(self, progress: Progress, cancelled: Cancelled) -> Report:
        """Make all bands that are missing."""
        done = self._done()
        self._now = len(done)
        with Pool(self._threads) as pool, ThreadPoolExecutor(_WRITERS) as writers, ThreadPoolExecutor(1) as reader:
            self._pool, self._writers, self._reader = pool, writers, reader
            units = [_Band(self, step, self._name(step)) for step in self._steps]
            outcome = Here(at_once=2).run(units, self._ledger, progress, cancelled)
        for step in self._steps[len(done) :]:
            self._know(step, outcome.files[self._name(step)])
        return Report(len(self._steps), len(done))

    def finish(self, cancelled: Cancelled) -> None:
        """Write descriptions and metadata, those that make it a store last."""
        with Pool(self._threads) as pool:
            digest = write_descriptions(self._folder, self._plan, self._records, pool, cancelled)
        write_metadata(self._folder, self._plan, digest)

    def make(self, step: Step, path: Path, advance: Advance, cancelled: Cancelled) -> None:
        """Do one step, after those before it, and keep its record at `path`."""
        with self._turn:
            while self._now != step.number:
                self._turn.wait(_POLL_S)
                stop_if(cancelled)
        if step.pass_:
            self._require_earlier(step, cancelled)
        rows = self._rows(step, cancelled)
        cascade = self._cascade_of(step)
        level = self._plan.passes[step.pass_].levels[0]
        fine = self._records.array("fine", step.plane, level, step.band, step.layers) if step.pass_ else None
        made = cascade.feed(step.band, rows, fine, cancelled)
        write_record(path, made)
        with self._turn:
            self._now += 1
            self._turn.notify_all()
        made.wait()
        advance(self._megabytes(step))

    def steps_of(self, step: Step) -> int:
        """How much progress a step is, in megabytes."""
        return self._megabytes(step)

    def _megabytes(self, step: Step) -> int:
        level = self._plan.layout.levels[self._plan.passes[step.pass_].levels[0]]
        depth = min(step.layers.stop * SIZE, level.shape[0]) - step.layers.start * SIZE
        rows = min(SIZE, level.shape[1] - step.band * SIZE)
        return max(1, depth * rows * level.shape[2] * self._plan.layout.dtype.itemsize // 10**6)

    def _rows(self, step: Step, cancelled: Cancelled) -> NDArray:
        """The band of `step`; the next one is read meanwhile."""
        if self._ahead is None or self._ahead[0] != step.number:
            self._ahead = step.number, self._reader.submit(self._read, step, cancelled)
        rows = self._ahead[1].result()
        following = self._steps[step.number + 1 :][:1]
        self._ahead = None
        if following and following[0].pass_ == step.pass_:
            self._ahead = following[0].number, self._reader.submit(self._read, following[0], cancelled)
        return rows

    def _read(self, step: Step, cancelled: Cancelled) -> NDArray:
        level = self._plan.layout.levels[self._plan.passes[step.pass_].levels[0]]
        if step.pass_:
            first = self._plan.passes[step.pass_].levels[0]
            layout, codec = self._plan.layout, self._plan.codec
            return read_band(self._folder, layout, codec, first, step.plane, step.band, step.layers)
        z = range(step.layers.start * SIZE, min(step.layers.stop * SIZE, level.shape[0]))
        y = range(step.band * SIZE, min((step.band + 1) * SIZE, level.shape[1]))
        plane = int(np.ravel_multi_index(step.plane, self._plan.layout.leading)) if step.plane else 0
        return self._source(plane, cancelled).read(z, y, cancelled)

    def _source(self, plane: int, cancelled: Cancelled) -> BareBands | VolumeBands:
        source = self._sources[plane]
        if self._plan.spills and isinstance(source, VolumeBands):
            copy = self._folder / _WORK / f"rows{plane}"
            self._sources[plane] = spilled(self._plan.image.volumes[plane], copy, source, cancelled)
        return self._sources[plane]

    def _cascade_of(self, step: Step) -> Cascade:
        """What goes on with the bands of one slab."""
        key = (step.pass_, step.plane, step.layers)
        if self._cascade is None or self._cascade[0] != key:
            slab = Slab(step.plane, self._plan.passes[step.pass_].levels, step.layers)
            made = Cascade(self._packing, slab, self._pool, self._writers)
            made.refill(
                step.band,
                lambda level, band: self._records.array("fine", step.plane, level, band, made.layers_of(level)),
            )
            self._cascade = key, made
        return self._cascade[1]

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
        """The steps that are done, up to the first that is not, or whose files are not as they were written."""
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

    def _require_same(self, kept: Path) -> str:
        """The identity of the conversion, the same as that of what is there already."""
        said = self._statement()
        if kept.exists():
            before = json.loads(kept.read_text())
            if before != said:
                raise InputError(
                    f"{self._folder}: holds an unfinished conversion of something else ({_difference(before, said)}); "
                    f"delete it, or choose another name than {self._output.name}"
                )
        kept.write_text(json.dumps(said))
        return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()

    def _statement(self) -> dict[str, Any]:
        plan, volume = self._plan, self._plan.image.volumes[0]
        files = [state for source in self._sources for state in source.state()]
        return {
            "version": VERSION,
            "source": files or [one.fingerprint() for one in plan.image.volumes],
            "shape": [*plan.layout.leading, *volume.shape],
            "dtype": plan.layout.dtype.name,
            "place": np.asarray(volume.world_from_voxel, float).tolist(),
            "codec": plan.codec.name,
            "reduction": plan.reduction.name,
            "bins": [plan.binning.first, plan.binning.per_value],
            "passes": [[one.levels.start, one.levels.stop, len(one.slabs[0])] for one in plan.passes],
        }


@dataclass(frozen=True)
class _Band:
    """A step as `work` knows it."""

    conversion: _Conversion
    step: Step
    name: str

    @property
    def steps(self) -> int:
        return self.conversion.steps_of(self.step)

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


def _difference(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What of two statements is not the same, in words."""
    for key in now:
        if before.get(key) == now[key]:
            continue
        if key == "source":
            files = [old for old, new in zip(before["source"], now["source"], strict=False) if old != new]
            return f"{files[0][0]} has changed" if files and isinstance(files[0], list) else "other files"
        return f"its {key} was {before.get(key)}, now it is {now[key]}"
    return "made by another version"
