"""What a resting view keeps beside its records: pictures without the paints that hide low values, to paint over."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from brainreel.kernels.pool import Pool
from brainreel.kernels.resolve import Colors, find_bare
from brainreel.kernels.runs import Hiding, Runs, find_shown, list_vertices
from brainreel.kernels.visibility import BLOCK, RECORD_BYTES, SHINE_BYTES, Records
from brainreel.render.colormap import color_table
from brainreel.render.cpu.clip import Cuts
from brainreel.timeline.looks import Paint, ParcelPaint, SurfaceLook

Shown = tuple[tuple[int, int, int], tuple[SurfaceLook, ...]]
"""A background and what is before it: all that a picture of one view depends on."""

_KEPT = 4
"""Pictures of a view: with and without the paints that hide, on two backgrounds where they are transparent."""

_RUNS_AT_A_TIME = 1024
_RECORDS_AT_A_TIME = 4096


@dataclass(eq=False)
class Pictures:
    """The last pictures of a view that were drawn more than once; `byte_count` is what they take."""

    _kept: list[tuple[Shown, NDArray[np.uint8] | None]] = field(default_factory=list)

    @property
    def byte_count(self) -> int:
        """What they take."""
        return sum(picture.nbytes for _, picture in self._kept if picture is not None)

    def find(self, shown: Shown) -> tuple[bool, NDArray[np.uint8] | None]:
        """Whether `shown` was asked for lately, and its picture if that is kept."""
        for place, (one, picture) in enumerate(self._kept):
            if one == shown:
                self._kept.append(self._kept.pop(place))
                return True, picture
        self.keep(shown, None)
        return False, None

    def keep(self, shown: Shown, picture: NDArray[np.uint8] | None) -> None:
        """Keep `picture` of `shown`, or only that it was asked for."""
        self._kept = [(one, other) for one, other in self._kept if one != shown][1 - _KEPT :]
        self._kept.append((shown, picture))


@dataclass(eq=False)
class Seen:
    """What is known of a view that was drawn before: quads per tile, and once they are kept their records, which end
    at `run_ends` run by run, the `runs` with their vertices, and pictures, unless it is too `crowded` for these two.
    The records' bits of what is bare are of the `parcels` painted last, once they are `noted`.
    """

    quads: NDArray[np.int64]
    cuts: Cuts | None
    glossy: bool
    records: Records | None = None
    run_ends: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))
    runs: Runs | None = None
    pictures: Pictures = field(default_factory=Pictures)
    crowded: bool = False
    parcels: tuple[ParcelPaint, ...] = ()
    noted: bool = False

    @property
    def record_bytes(self) -> int:
        """What keeping the records takes."""
        return int(self.quads.sum()) * (RECORD_BYTES + self.glossy * SHINE_BYTES)

    @property
    def bytes(self) -> int:
        """What is kept takes, once records are."""
        return self.record_bytes + bytes_of(self.runs) + self.pictures.byte_count

    @property
    def ends(self) -> NDArray[np.int64]:
        """Where each tile's records begin, and the last one's end."""
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(self.quads)])

    def forget(self) -> None:
        """Let go of all that is kept."""
        self.records, self.runs, self.pictures = None, None, Pictures()
        self.crowded, self.parcels, self.noted = False, (), False


def bytes_of(runs: Runs | None) -> int:
    """What `runs` take."""
    return sum(array.nbytes for array in runs) if runs else 0


def without_hiding(looks: tuple[SurfaceLook, ...]) -> tuple[SurfaceLook, ...]:
    """`looks` without the paints that hide low values."""
    return tuple(replace(look, paints=tuple(p for p in look.paints if not _hides(p))) for look in looks)


def _hides(paint: object) -> bool:
    if not isinstance(paint, Paint):
        return False
    table = color_table(paint.colors)
    return not table.words[2 * table.middle + 1] >> 16


def hiding(looks: tuple[SurfaceLook, ...], colors: Colors) -> Hiding:
    """The paints of `looks` that hide low values, as `find_shown` reads them."""
    paints = [paint for look in looks for paint in look.paints]
    numbers = [k for k, paint in enumerate(paints) if _hides(paint)]
    return Hiding(colors.places[numbers, 0], colors.curves[numbers, 0], colors.places[numbers, 2] != 0)


def note_bare(pool: Pool, seen: Seen, records: Records, looks: tuple[SurfaceLook, ...], colors: Colors) -> None:
    """Have the `records` of `seen` tell where parcels show nothing, if `looks` have those of the last picture."""
    parcels = tuple(paint for look in looks for paint in look.paints if isinstance(paint, ParcelPaint))
    if parcels != seen.parcels:
        seen.parcels, seen.noted = parcels, not parcels
        records.bare[:] = 0
    elif not seen.noted:
        pool.run(find_bare, len(records.corners), records, colors, chunk=_RECORDS_AT_A_TIME)
        seen.noted = True


def blocks_of(records: Records) -> NDArray[np.int64]:
    """Where the runs of `records` that lie in one block begin, and the last one's end."""
    blocks = records.corners // (2 * BLOCK)
    begins = np.flatnonzero((blocks[1:] != blocks[:-1]).any(-1)) + 1
    return np.concatenate([[0], begins, [len(blocks)]]).astype(np.int64)


def runs_of(pool: Pool, records: Records, ends: NDArray[np.int64]) -> Runs:
    """The runs of `records` between `ends`, and the vertices that each sees."""
    firsts = np.zeros(len(ends), np.int64)
    vertex_count = int(records.vertices.max(initial=0)) + 1
    args = (ends, records, vertex_count, firsts)
    pool.run(list_vertices, len(ends) - 1, *args, np.zeros(0, np.int32), chunk=_RUNS_AT_A_TIME)
    np.cumsum(firsts, out=firsts)
    listed = np.zeros(firsts[-1] + 16, np.int32)
    pool.run(list_vertices, len(ends) - 1, *args, listed, chunk=_RUNS_AT_A_TIME)
    return Runs(ends, firsts, listed)


def shown_runs(pool: Pool, runs: Runs, looks: tuple[SurfaceLook, ...], colors: Colors) -> NDArray[np.int64]:
    """The numbers of the runs in which paints of `looks` that hide low values may show something."""
    shown = np.zeros(len(runs.ends) - 1, bool)
    args = (runs, hiding(looks, colors), colors.scalars, shown)
    pool.run(find_shown, len(shown), *args, chunk=_RUNS_AT_A_TIME)
    return np.flatnonzero(shown)
