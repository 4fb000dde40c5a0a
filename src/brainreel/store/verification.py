"""Whether a store is as it was made: every chunk, every index, and what is known of the bricks."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import zarr
from numpy.typing import NDArray

from brainreel.errors import FormatError, Interrupted
from brainreel.kernels.pool import Pool
from brainreel.store.codecs import CHECKSUM_BYTES, checksum, known_by
from brainreel.store.finishing import digest_of
from brainreel.store.levels import Triple
from brainreel.store.metadata import OURS, read_ours
from brainreel.store.shards import MISSING, index_bytes, read_index
from brainreel.store.stored import Store
from brainreel.work import SILENT, Cancelled, DirectFile, Progress, aligned, never, stop_if

_PAGES = 8192


@dataclass(frozen=True)
class Damage:
    """What is wrong in one file: with the chunk `brick` (z, y, x) of a level, or with all `chunks` of it."""

    level: int
    file: str
    brick: Triple | None
    problem: str
    chunks: int = 1

    def __str__(self) -> str:
        what = f"brick z={self.brick[0]}, y={self.brick[1]}, x={self.brick[2]}" if self.brick else "all of it"
        return f"level {self.level}, {what}: {self.file} {self.problem}"


@dataclass
class Findings:
    """What was looked at, and the damage found. `empty` chunks hold the fill value and are stored nowhere."""

    chunks: int = 0
    empty: int = 0
    files: int = 0
    byte_count: int = 0
    damage: list[Damage] = field(default_factory=list)

    def add(self, shard: "_Shard", size: int, damage: list[Damage]) -> None:
        """Count a shard that was looked at."""
        there = int(np.count_nonzero(shard.expected))
        self.chunks += there
        self.empty += shard.expected.size - there
        self.files += size > 0
        self.byte_count += size
        self.damage += damage

    @property
    def damaged_chunks(self) -> int:
        """How many chunks are not what they were."""
        return sum(one.chunks for one in self.damage)


def verify(folder: Path, threads: int, progress: Progress = SILENT, cancelled: Cancelled = never) -> Findings:
    """Look at all of the store in `folder`.

    Raises FormatError where it is not one of brainreel's, or its metadata are damaged.
    """
    if read_ours(folder) is None:
        raise FormatError(
            f"{folder}: is no store that brainreel convert made; of others nothing says what they should hold"
        )
    store = Store(folder)
    _require_metadata(store)
    checksums = {key: _checksums(store, *key) for key in _parts(store)}
    _require_fingerprint(store, checksums)
    shards = [shard for key, expected in checksums.items() for shard in _shards(store, *key, expected)]
    findings = Findings()
    progress.start(sum(1 for shard in shards if shard.expected.any()))

    def check(begin: int, end: int) -> None:
        for shard in shards[begin:end]:
            size, damage = _check_shard(store, shard)
            with lock:
                findings.add(shard, size, damage)
                progress.advance(1 if shard.expected.any() else 0)

    lock = threading.Lock()
    try:
        with Pool(threads) as pool:
            pool.run(check, len(shards), cancelled=cancelled)
    finally:
        progress.finish()
    for level in range(len(store.layout.levels)):
        findings.damage += _wrong_descriptions(store, level, cancelled)
    findings.damage.sort(key=lambda one: (one.level, one.file, one.brick or (-1, -1, -1)))
    return findings


def _parts(store: Store) -> list[tuple[int, tuple[int, ...]]]:
    return [(level, plane) for level in range(len(store.layout.levels)) for plane in store.layout.planes()]


def _checksums(store: Store, level: int, plane: tuple[int, ...]) -> NDArray[np.uint32]:
    """What the packed bricks (z, y, x) should have; 0 where there should be none."""
    try:
        return store.described("checksums", level, plane).reshape(store.layout.levels[level].grid)
    except Exception as error:  # zarr's, and those of its codec
        raise FormatError(
            f"{store.folder}: the list of its checksums, {OURS}/{level}/checksums, is damaged ({error}); convert the "
            "source again"
        ) from error


def _require_metadata(store: Store) -> None:
    """Raise FormatError where the arrays are not what the group says of them."""
    layout = store.layout
    for number, level in enumerate(layout.levels):
        array = store.group[str(number)]
        wanted = (*layout.leading, *level.shape)
        if not isinstance(array, zarr.Array) or array.shape != wanted or np.dtype(array.dtype) != layout.dtype:
            raise FormatError(
                f"{store.folder / str(number)}: is not the array {wanted} of {layout.dtype} that level {number} should "
                "be; convert the source again"
            )


def _require_fingerprint(store: Store, checksums: dict[tuple[int, tuple[int, ...]], NDArray]) -> None:
    """Raise FormatError where the list of checksums, or the place in the world, is not as it was written."""
    layout = store.layout
    shape = [*layout.leading, *layout.levels[0].shape]
    if digest_of(shape, layout.dtype, store.world_from_voxel, checksums.values()) != store.fingerprint:
        raise FormatError(
            f"{store.folder}: its list of checksums or its metadata are not those of its fingerprint; they were "
            "changed: convert the source again"
        )


def _wrong_descriptions(store: Store, level: int, cancelled: Cancelled) -> Iterator[Damage]:
    """What is wrong with what else is kept of the bricks; its codec has checksums of its own."""
    group = store.group.get(f"{OURS}/{level}")
    held = dict(group.arrays()) if isinstance(group, zarr.Group) else {}
    complete = {"extremes", "occupied", *(["spread"] if level and store.said["reduction"] == "mean" else [])}
    for name in sorted({*held, *complete}):
        file = f"{OURS}/{level}/{name}"
        array = held.get(name)
        if array is None or (name in complete and array.nchunks_initialized < array.nchunks):
            yield Damage(level, file, None, "lacks some of its files", 0)
            continue
        try:
            for block in np.ndindex(*(-(-n // c) for n, c in zip(array.shape, array.chunks, strict=True))):
                stop_if(cancelled)
                array.blocks[block]
        except Interrupted:
            raise
        except Exception as error:  # zarr's, and those of its codec
            yield Damage(level, file, None, f"is damaged: {error}", 0)


@dataclass(frozen=True)
class _Shard:
    """A file and the checksums (z, x) of its chunks, those of layers `z` and columns `x` of row of bricks `y`."""

    level: int
    file: str
    y: int
    z: range
    x: range
    expected: NDArray[np.uint32]

    def damage(self, place: Triple | None, problem: str) -> Damage:
        """Of one of the bricks, or of all that there should be."""
        chunks = 1 if place else int(np.count_nonzero(self.expected))
        return Damage(self.level, self.file, place, problem, chunks)


def _shards(store: Store, level: int, plane: tuple[int, ...], checksums: NDArray[np.uint32]) -> list[_Shard]:
    layers, bands, _ = store.layout.levels[level].grid
    return [
        _Shard(
            level, str(store.layout.path(level, plane, name)), y, z, x, checksums[z.start : z.stop, y, x.start : x.stop]
        )
        for y in range(bands)
        for name, z, x in store.layout.shards(level, range(layers), y)
    ]


def _check_shard(store: Store, shard: _Shard) -> tuple[int, list[Damage]]:
    """The size of the file, and what is wrong with it."""
    path = store.folder / shard.file
    if not path.exists():
        return 0, [shard.damage(None, "is missing")] if shard.expected.any() else []
    try:
        with DirectFile(path) as file:
            size, _ = file.state()
            return size, list(_wrong_in(store, shard, file, size))
    except FormatError as error:
        return 0, [shard.damage(None, str(error).removeprefix(f"{path}: ").split(";")[0])]
    except OSError as error:
        return 0, [shard.damage(None, f"cannot be read ({error.strerror})")]


def _wrong_in(store: Store, shard: _Shard, file: DirectFile, size: int) -> Iterator[Damage]:
    deep, _, wide = store.layout.shard(shard.level)
    index = read_index(file, deep * wide)
    lengths = index[index[:, 0] != MISSING, 1]
    if size != int(lengths.sum()) + index_bytes(deep * wide):
        yield shard.damage(None, f"has {size} bytes, other than its index says")
        return
    for number, (offset, length) in enumerate(index.tolist()):
        z, x = divmod(number, wide)
        expected = int(shard.expected[z, x]) if z < len(shard.z) and x < len(shard.x) else 0
        problem = _wrong_with(file, offset, length, expected)
        if problem:
            yield shard.damage((shard.z.start + z, shard.y, shard.x.start + x), problem)


def _wrong_with(file: DirectFile, offset: int, length: int, expected: int) -> str:
    """What is wrong with a chunk, nothing where all is well."""
    if offset == MISSING:
        return "lacks it" if expected else ""
    packed = file.read_into(aligned(length + _PAGES), offset, length).tobytes()
    own = int.from_bytes(packed[-CHECKSUM_BYTES:], "little")
    found = checksum(packed[:-CHECKSUM_BYTES])
    if found != own:
        return f"is damaged at bytes {offset} to {offset + length}"
    return "" if known_by(found) == expected else "holds another chunk than was written"
