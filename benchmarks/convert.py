"""Raw slices to a pyramid: side by side with others on one core, against what disk and codec allow, and at full size.

All data are made here, of the phantom: crops and whole slices of its 31076 x 28721 x 234 voxels of uint8, as the seed
recipe has them. Every run is a process of its own, timed from its start to its end by the clock; what is compared takes
turns, and each figure is the median. Sources are read from the disk, never from the system's cache.
"""

import itertools
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from benchmarks.convert_peers import PEERS, RECIPE
from benchmarks.convert_slices import FULL, SPACING_UM, Slices, made
from benchmarks.limits import CodecAlone, Seconds, moving_seconds, reading_seconds
from benchmarks.processes import Run, forget, run
from brainreel.kernels.pool import available_cores
from brainreel.store.levels import SIZE, Triple

_PEERS_SHAPE: Triple = (234, 320, 30720)
"""Halved evenly five times and more, for not all peers keep an odd last voxel."""
_TISSUE = 0.02
_MOST_LEVELS = 32


def cases(
    parts: tuple[str, ...] = ("peers", "crop", "whole", "sparse"),
    rounds: int = 5,
    rows: int = 2048,
    slices: int = 20,
    peer_rows: int = _PEERS_SHAPE[1],
    python: str = sys.executable,
    folder: Path | None = None,
) -> Iterator[dict[str, Any]]:
    """One row a comparison; every time is the median of `rounds`.

    peers: on one core, `peer_rows` rows of all slices. crop: `rows` rows of all slices. whole: as many whole `slices`.
    sparse: half of `rows`. `python` has the peers installed. Works in `folder`, or a temporary one, and clears it away.
    """
    with tempfile.TemporaryDirectory(prefix="brainreel-convert-", dir=folder) as held:
        scratch = Path(held)
        _warm_up(scratch)
        for part in parts:
            if part == "peers":
                yield from _beside_peers(scratch, (FULL[0], peer_rows, _PEERS_SHAPE[2]), rounds, python)
            elif part == "sparse":
                yield from _sparse(scratch, (FULL[0], rows // 2, FULL[2]), rounds)
            else:
                shape = (FULL[0], rows, FULL[2]) if part == "crop" else (slices, *FULL[1:])
                yield from _against_limits(scratch, shape, rounds, part)


def _beside_peers(scratch: Path, shape: Triple, rounds: int, python: str) -> Iterator[dict[str, Any]]:
    source = made(scratch, shape)
    said = json.dumps({"shape": source.shape, "factors": source.factors()})
    script = Path(__file__).with_name("convert_peers.py")
    runs: dict[str, Callable[[], Run]] = {"brainreel": lambda: _converted(source, scratch / "out.ome.zarr", 1)}
    for peer in (*PEERS, RECIPE):
        runs[peer] = lambda peer=peer: run([python, script, peer, source.folder, scratch / "out.ome.zarr", said], 1)
    taken: dict[str, list[Run]] = {name: [] for name in runs}
    looks: dict[str, list[tuple[Any, float]]] = {}
    for _ in range(rounds):
        for name, one in runs.items():
            forget(source.folder)
            taken[name].append(one())
            looks[name] = _look(scratch / "out.ome.zarr")
            shutil.rmtree(scratch / "out.ome.zarr")
    shutil.rmtree(source.folder)
    for peer in PEERS:
        _require_alike(peer, looks["brainreel"], looks[peer])
    for peer in (*PEERS, RECIPE):
        notes = " and ".join(
            f"{name} {source.bytes / 1e6 / _median(taken[name], 'wall_s'):.0f} MB/s, on the disk after "
            f"{_median(taken[name], 'disk_s'):.1f} s, {_median(taken[name], 'peak_bytes') / 1e9:.2f} GB"
            for name in ("brainreel", peer)
        )
        yield _row(f"one core, {source.spelled}", peer, taken["brainreel"], taken[peer]) | {"notes": notes}


def _look(store: Path) -> list[tuple[Any, float]]:
    """Of each level of a pyramid its shape, and the mean of what is in its middle."""
    names = [[store / f"{k}", store / f"scale{k}" / "image"] for k in range(_MOST_LEVELS)]
    levels = [zarr.open_array(path, mode="r") for path in itertools.chain(*names) if path.exists()]
    middles = [level[tuple(slice(n // 3, n // 3 + SIZE) for n in level.shape)] for level in levels]
    return [(level.shape, float(np.asarray(one).mean())) for level, one in zip(levels, middles, strict=True)]


def _require_alike(peer: str, ours: list[tuple[Any, float]], theirs: list[tuple[Any, float]]) -> None:
    """Exit where the peer made another pyramid; means, odd last voxels and levels of a few voxels may be cut off."""
    for number, ((shape, mean), (other_shape, other_mean)) in enumerate(zip(ours, theirs, strict=False)):
        is_far = any(abs(a - b) > 1 for a, b in zip(shape, other_shape, strict=True))
        if is_far or (shape == other_shape and abs(mean - other_mean) > 1):
            raise SystemExit(
                f"{peer}: level {number} is {other_shape} of mean {other_mean:.2f}, not {shape} of mean {mean:.2f}"
            )


def _against_limits(scratch: Path, shape: Triple, rounds: int, part: str) -> Iterator[dict[str, Any]]:
    source, store, cores = made(scratch, shape), scratch / "out.ome.zarr", available_cores()
    ours: list[Run] = []
    codec: list[Seconds] = []
    disk: list[Seconds] = []
    stored = 0
    alone: CodecAlone | None = None
    for _ in range(rounds):
        ours.append(_converted(source, store, cores))
        stored = _bytes_in(store)
        alone = alone or CodecAlone(store)
        shutil.rmtree(store)
        codec.append(alone.seconds(cores))
        disk.append(moving_seconds(source.folder, stored, scratch / "moved"))
    shutil.rmtree(source.folder)
    assert alone is not None
    wall_s, peak = _median(ours, "wall_s"), max(one.peak_bytes for one in ours)
    rate = source.bytes / wall_s
    case = f"{part}, {cores} cores, {source.spelled}"
    share = max(statistics.median(wall for wall, _ in limit) for limit in (codec, disk)) / wall_s
    notes = (
        f"{rate / 1e6:.0f} MB/s, so {np.prod(FULL) / 1e9:.1f} GB in {np.prod(FULL) / rate / 60:.1f} min; at most "
        f"{peak / 1e9:.2f} GB of memory; a store of {stored / 1e9:.2f} GB; {share:.2f} of the lower limit"
    )
    if shape[0] < SIZE:
        notes += f"; bricks are {SIZE} deep, so {SIZE / shape[0]:.1f} times as many voxels are packed as there are"
    held = f", of every {alone.step}th brick" if alone.step > 1 else ""
    yield _row(case, f"Zstandard alone{held}", ours, codec) | {"notes": notes}
    yield _row(case, "the disk alone", ours, disk)


def _sparse(scratch: Path, shape: Triple, rounds: int) -> Iterator[dict[str, Any]]:
    """Of each slice a piece in the middle is tissue, the rest is zero."""
    source, store, cores = made(scratch, shape, _TISSUE), scratch / "out.ome.zarr", available_cores()
    ours, disk, stored = [], [], 0
    for _ in range(rounds):
        ours.append(_converted(source, store, cores))
        stored = _bytes_in(store)
        shutil.rmtree(store)
        disk.append(reading_seconds(source.folder))
    shutil.rmtree(source.folder)
    rate = source.bytes / 1e6 / _median(ours, "wall_s")
    read = source.bytes / 1e6 / statistics.median(wall for wall, _ in disk)
    notes = f"{rate:.0f} MB/s, the disk reads {read:.0f}; the store has {stored / source.bytes:.2%} of the source"
    yield _row(f"2 % tissue, {cores} cores, {source.spelled}", "the disk reading", ours, disk) | {"notes": notes}


def _converted(source: Slices, store: Path, cores: int) -> Run:
    z, y, x = source.shape
    spacing = ",".join(f"{axis}={size:g}um" for axis, size in SPACING_UM.items())
    grid = ["--dtype", "uint8", "--shape", f"z={z},y={y},x={x}", "--spacing", spacing]
    command = [sys.executable, "-m", "brainreel", "convert", source.folder, "-o", store, "--threads", str(cores)]
    return run([*command, *grid], cores)


def _warm_up(scratch: Path) -> None:
    """Compile what is compiled on first use."""
    source = made(scratch, (16, 128, 128))
    for cores in {1, available_cores()}:
        _converted(source, scratch / "out.ome.zarr", cores)
        shutil.rmtree(scratch / "out.ome.zarr")
    shutil.rmtree(source.folder)


def _row(case: str, peer: str, ours: list[Run], theirs: list[Run] | list[Seconds]) -> dict[str, Any]:
    """Medians of both, and what the peer's wall time is to ours."""
    taken = [(one.wall_s, one.cpu_s) if isinstance(one, Run) else one for one in theirs]
    peer_s, peer_cpu_s = (statistics.median(column) for column in zip(*taken, strict=True))
    ours_s = _median(ours, "wall_s")
    times = {"ours_s": ours_s, "peer_s": peer_s, "ours_cpu_s": _median(ours, "cpu_s"), "peer_cpu_s": peer_cpu_s}
    return {"job": "convert", "case": case, "peer": peer} | times | {"ratio": peer_s / ours_s}


def _median(runs: list[Run], what: str) -> float:
    return statistics.median(getattr(one, what) for one in runs)


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
