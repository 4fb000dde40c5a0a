"""Volumes that warps move: resampled onto their own grid, enlarged to where the warp takes them."""

import hashlib
import math
from itertools import product

import numpy as np
from numpy.typing import NDArray

from brainreel.data import Region, Volume
from brainreel.errors import BrainreelError, FormatError
from brainreel.kernels.pool import Pool
from brainreel.space import (
    Box,
    PartUndone,
    PointMap,
    Reach,
    ThinPlateField,
    Warp,
    apply_affine,
    axis_lengths,
    is_invertible,
)
from brainreel.store.placed import PlacedVolume
from brainreel.store.resampled import CORNERS, Grid
from brainreel.store.warp_lattice import STRIDE, Lattice, indices

Array = NDArray[np.float64]

VOXELS_AT_ONCE = 1 << 22
CHECKED_EVERY = 2
"""Of the voxels along an axis one in so many is asked whether the warp folds there."""
MOST_ROOM, MOST_TIMES = 1 << 28, 8
"""The room through which a warp may move a volume: so many voxels, or as often its own."""


class WarpedVolume:
    """`source` as a part of a warp moves it, which `back` undoes; values linear between voxels of the source.

    `sampling`: linear, nearest (the nearest voxel's value) or labels (the nearest too). Half a voxel beyond the
    source's outermost voxels and farther there is nothing: no number, label 0. Raises FormatError, when it is read,
    where that part of the warp folds.
    """

    def __init__(self, source: Volume, back: PartUndone, pool: Pool, sampling: str = "linear") -> None:
        self._source, self._back, self._pool, self._sampling = source, back, pool, sampling
        grid = warped_grid(source, back)
        self.name, self.unit = source.name, source.unit
        self.shape, self.world_from_voxel = grid.shape, grid.world_from_voxel
        self.dtype = source.dtype if sampling == "labels" else np.dtype(np.float32)

    def read(self, region: Region) -> NDArray:
        """The voxels of `region`; of the source only what goes there is read."""
        starts = [part.start for part in region]
        shape = [part.stop - part.start for part in region]
        if any(
            part.step not in (None, 1) or not 0 <= part.start < part.stop <= n
            for part, n in zip(region, self.shape, strict=True)
        ):
            raise BrainreelError(f"region {region} is empty or leaves the volume of shape {self.shape}")
        out = np.empty(shape, self.dtype)
        rows = max(1, VOXELS_AT_ONCE // (shape[1] * shape[2]))
        for begin in range(0, shape[0], rows):
            part = out[begin : begin + rows]
            self._sample(self._places((starts[0] + begin, *starts[1:]), part.shape), part)
        return out

    def fingerprint(self) -> str:
        """The source's with what is sampled where."""
        maps = [(one.name, one.inverse) if isinstance(one, Warp) else one.tolist() for one in self._back.maps]
        told = repr((self._source.fingerprint(), maps, self._back.amount, self._sampling))
        return hashlib.blake2b(told.encode(), digest_size=20).hexdigest()

    def _places(self, first: tuple[int, ...], shape: tuple[int, ...]) -> Array:
        """(3, z, y, x): where in the source (z, y, x, in voxels) the voxels of a region come from; NaN from nowhere."""
        places = np.full((3, *shape), np.nan)
        lattice = Lattice(self._source, self._back, self.world_from_voxel, first, shape)
        lattice.measure()
        folds: dict[int, Array] = {}

        def find_rows(begin: int, end: int) -> None:
            for row in range(begin, end):
                voxels = indices((first[0] + row, *first[1:]), (1, *shape[1:]))
                near, plain = lattice.kinds(voxels)
                out = places[:, row].reshape(3, -1)
                out[:, plain] = self._held(lattice.between(voxels[plain]))
                found, folded = self._found(voxels[near & ~plain], lattice)
                out[:, near & ~plain] = found
                if len(folded):
                    folds[row] = folded[0]

        self._pool.run(find_rows, shape[0])
        if folds:
            where = ", ".join(f"{value:.4g}" for value in folds[min(folds)])
            raise FormatError(
                f"{self._back.names}: at amount {self._back.amount:g} the warp folds around ({where}), where parts of "
                f"{self.name} would lie in one place; lower its amount:, or give the registration's warp of the other "
                "direction, with inverse: the other way"
            )
        return places

    def _found(self, voxels: Array, lattice: Lattice) -> tuple[Array, Array]:
        """Where `voxels` (n, 3) come from (3, n), and where in the world the warp folds (n, 3)."""
        targets, enough = apply_affine(self.world_from_voxel, voxels), lattice.enough
        found = self._back.find(targets, enough, lattice.guess)
        sources = apply_affine(np.linalg.inv(self._source.world_from_voxel), found.sources)
        lost = ~(np.linalg.norm(found.misses, axis=1) <= enough)
        folded = np.flatnonzero(lost)[self._is_fold(found.places[lost], found.misses[lost], sources[lost])]
        sources[lost] = np.nan
        if not self._back.is_direct:
            some = np.flatnonzero(~(voxels % CHECKED_EVERY).any(1) & self._is_inside(sources, 0.5))
            half = self.world_from_voxel[:3, :3].T / 2
            over = self._back.turns_over(found.places[some], targets[some] - found.misses[some], half)
            folded = np.concatenate([folded, some[over]])
        return self._held(sources.T[::-1]), targets[folded]

    def _held(self, sources: Array) -> Array:
        """`sources` (3, n), z first: no number where they lie half a voxel and more beyond the source."""
        ends = np.array(self._source.shape)[:, None] - 0.5
        return np.where(((sources >= -0.5) & (sources <= ends)).all(0), sources, np.nan)

    def _is_fold(self, places: Array, misses: Array, sources: Array) -> NDArray[np.bool_]:
        """Of places that were not found: whether the warp folds there, not ends, and brings voxels of the source."""
        if not len(places):
            return np.zeros(0, bool)
        near = np.linalg.norm(misses, axis=1, keepdims=True) / min(axis_lengths(self._source.world_from_voxel)) + 1
        return self._is_inside(sources, near) & ~self._back.crosses_an_end(places, misses)

    def _is_inside(self, sources: Array, beyond: float | Array) -> NDArray[np.bool_]:
        last = np.array(self._source.shape[::-1]) - 1
        return np.asarray(np.logical_and(sources >= -beyond, sources <= last + beyond).all(1))

    def _sample(self, places: Array, out: NDArray) -> None:
        """The source at `places` (3, z, y, x) into `out`."""
        nowhere = np.isnan(places[0])
        out[...] = 0 if self._sampling == "labels" else np.nan
        if nowhere.all():
            return
        last = np.array(self._source.shape)[:, None, None, None] - 1
        np.clip(places, 0, last, out=places)  # what is no number stays none
        lower = np.floor(np.nanmin(places, axis=(1, 2, 3))).astype(int)
        upper = np.floor(np.nanmax(places, axis=(1, 2, 3))).astype(int) + 2
        ends = np.minimum(upper, self._source.shape)
        z, y, x = (slice(int(a), int(b)) for a, b in zip(lower, ends, strict=True))
        voxels = self._source.read((z, y, x))
        places -= lower[:, None, None, None]
        holes = None if voxels.dtype.kind != "f" or self._sampling != "linear" else ~np.isfinite(voxels)
        if holes is not None and holes.any():
            voxels, holes = np.where(holes, 0, voxels), holes.astype(np.float32)
        else:
            holes = None

        def sample_rows(begin: int, end: int) -> None:
            for row in range(begin, end):
                there = ~nowhere[row]
                at = places[:, row][:, there]
                if self._sampling == "linear":
                    out[row, there] = _linear(voxels, holes, at)
                else:
                    out[row, there] = voxels[tuple(np.rint(at).astype(np.intp))]

        self._pool.run(sample_rows, len(out))


def is_warped(volume: Volume) -> bool:
    """Whether a warp moves `volume`, and then perhaps affines."""
    return isinstance(volume.source if isinstance(volume, PlacedVolume) else volume, WarpedVolume)


def warped_grid(source: Volume, back: PartUndone) -> Grid:
    """The grid of `source` after the affines among the maps, enlarged to where the warps take it.

    Raises FormatError where a part of the affines has no inverse, or the warps reach too far.
    """
    affine = back.affine @ source.world_from_voxel
    if not is_invertible(affine):
        raise FormatError(f"{back.names}: the part {back.amount:g} of the affine in it is flat; write another amount")
    lower, upper = np.zeros(3), np.zeros(3)
    voxel_from_world = np.linalg.inv(affine)[:3, :3] * back.amount
    for low, high, world_from_here in _reaches(source, back.maps):
        ways = Box.around([low, high]).corners() @ (voxel_from_world @ world_from_here).T
        lower, upper = lower + ways.min(0), upper + ways.max(0)
    room = float(np.prod(np.ceil(upper) - np.floor(lower) + source.shape[::-1]))
    if not room <= max(MOST_ROOM, MOST_TIMES * math.prod(source.shape)):
        farthest = float(np.max((upper - lower) * axis_lengths(affine)))
        raise FormatError(
            f"{back.names}: its vectors reach {farthest:.3g} mm, so {source.name} may lie anywhere among {room:.3g} "
            "voxels; if one is wrong mend it, else cut the field to where the volume is, or lower its amount:"
        )
    begin = np.floor(lower).astype(int)[::-1]
    end = np.ceil(upper).astype(int)[::-1] + source.shape
    lattice = Lattice(source, back, affine, tuple(begin), tuple(end - begin))
    met = np.argwhere(lattice.near)
    if len(met):
        begin = np.maximum(begin, (met.min(0) + lattice.first) * STRIDE)
        end = np.minimum(end, (met.max(0) + lattice.first + 1) * STRIDE)
    affine[:3, 3] = apply_affine(affine, begin[::-1])
    z, y, x = (int(n) for n in end - begin)
    return Grid((z, y, x), affine)


def _reaches(source: Volume, maps: tuple[PointMap, ...]) -> list[tuple[Array, Array, Array]]:
    """Of each warp its least and largest displacement, and what turns them to where all maps lead (3, 3)."""
    corners = apply_affine(source.world_from_voxel, CORNERS * np.array(source.shape[::-1]) - 0.5)
    found: list[tuple[Array, Array, Array]] = []
    for one in maps:
        if not isinstance(one, Warp):
            corners = apply_affine(one, corners)
            found = [(low, high, one[:3, :3] @ linear) for low, high, linear in found]
            continue
        low, high = np.array(_reach(one, corners.min(0), corners.max(0)))
        low, high = (-high, -low) if one.inverse else (low, high)
        found.append((low, high, np.eye(3)))
        corners = np.concatenate([corners + low, corners + high])
        corners = np.array(list(product(*zip(corners.min(0), corners.max(0), strict=True))))
    return found


def _reach(warp: Warp, lower: Array, upper: Array) -> Reach:
    """Of what lies in a box; thin plates go on beyond their landmarks."""
    field = warp.field
    low, high = np.array(field.reach())
    if isinstance(field, ThinPlateField):
        for _ in range(3 if warp.inverse else 1):
            ahead = (-high, -low) if warp.inverse else (0 * low, 0 * high)
            low, high = np.array(field.reach_in(lower + ahead[0], upper + ahead[1]))
        low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    return tuple(low.tolist()), tuple(high.tolist())  # pyright: ignore[reportReturnType]  (three each)


def _linear(voxels: NDArray, holes: NDArray[np.float32] | None, places: Array) -> NDArray[np.float32]:
    """Between voxels; no number where one of them that counts is a hole."""
    from scipy import ndimage

    def between(values: NDArray) -> NDArray[np.float32]:
        out = np.empty(places.shape[1], np.float32)
        ndimage.map_coordinates(values, places, out, order=1, mode="nearest", prefilter=False)
        return out

    values = between(voxels)
    if holes is not None:
        values[between(holes) > 0] = np.nan
    return values
