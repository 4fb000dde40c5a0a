"""A volume's values where rays meet a plane, for sixteen neighbouring pixels of a row at a time.

Places on a slice are homogeneous in the picture: a coordinate of the voxel that a ray meets is a linear function of the
place in the picture over another, which all coordinates share. So is depth, and so is the distance from any border,
whichever way rays go. Coordinates are taken from a voxel near each packet in float64, so that no volume is too large.
"""

from typing import NamedTuple

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.bricks import SIZE
from brainreel.kernels.compiler import borrowing_kernel as kernel

f32 = np.float32

PACKET = 16
SAMPLES = 4
LINEAR, NEAREST, BORDERS = 0, 1, 2

TINY = f32(1e-30)
NOWHERE = np.int32(2**31 - 1)


class Source(NamedTuple):
    """One level of a volume, as a slice meets it. `pool` and `halo` are the bricks', value = stored + `offset`.

    Brick (x, y, z) of `grid` has number `first` + its place in C order and is where `slots` of that says, below 0 where
    it is not in the pool and nothing is seen of it; `last` are the level's last voxels (x, y, z).
    Rows of `place` (4, 3) are x, y, z and what they are divided by: at pixel place (px, py) each is
    `row[0] + row[1] * px + row[2] * py`. `edges` (n, 3) likewise are signed distances from borders, in pixels, inside
    positive. `kind` is LINEAR, NEAREST or BORDERS, the latter of labels and `border_px` wide.
    """

    pool: np.ndarray
    halo: int
    offset: float
    first: int
    slots: np.ndarray
    grid: tuple[int, int, int]
    last: tuple[int, int, int]
    place: np.ndarray
    edges: np.ndarray
    kind: int
    border_px: float


@kernel
def row_span(edges, y, distance, width):
    """The pixels [left, right) of the row at `y` whose centres are at least `distance` from each of `edges` (n, 3)."""
    left, right = 0.0, float(width)
    for edge in range(len(edges)):
        here = edges[edge, 0] + edges[edge, 2] * y - distance
        slope = edges[edge, 1]
        if slope > 0:
            left = max(left, -here / slope - 0.5)
        elif slope < 0:
            right = min(right, -here / slope + 0.5)
        elif here < 0:
            right = 0.0
    return int(np.ceil(min(left, float(width)))), int(np.floor(max(right, 0.0)))


@kernel
def sample_rows(begin, end, first_row, width, source, weight, adding, values):
    """Values of rows `begin` .. `end` - 1 times `weight`, stored or, where `adding`, added.

    `values` (planes, rows, at least `width` and a multiple of PACKET) float32 begin at `first_row`: one plane of
    interpolated values at pixels' centres, or SAMPLES of nearest ones at the samples of `sample_x` and `sample_y`;
    NaN where there is no value, or no border. Pixels that lie half a pixel out of an edge are left as they are.
    """
    stride = values.shape[2]
    for row in range(begin, end):
        left, right = row_span(source.edges, row + 0.5, -0.5, width)
        for x in range(left // PACKET * PACKET, right, PACKET):
            at = (row - first_row) * stride + x
            if source.kind == LINEAR:
                value = _value(x + 0.5, row + 0.5, source)
                _put(values, at, value * f32(weight), adding)
            else:
                for sample in range(SAMPLES):
                    value = _nearest_value(x + sample_x(sample), row + sample_y(sample), source)
                    _put(values, sample * values.shape[1] * stride + at, value * f32(weight), adding)


@kernel
def sample_x(sample):
    """Where a pixel's sample lies, from its left border: in an order that makes a rotated grid, as surfaces have."""
    return 0.375 if sample == 0 else 0.875 if sample == 1 else 0.125 if sample == 2 else 0.625


@kernel
def sample_y(sample):
    """Where a pixel's sample lies, from its upper border."""
    return 0.125 + 0.25 * sample


@kernel
def _put(values, at, value, adding):
    L.store(values, at, L.load_f32(values, at) + value if adding else value)


@kernel
def _nearest_value(px, py, source):
    """Nearest values; of labels whose borders are wanted NaN where no other is within the border's width."""
    own = _value(px, py, source)
    if source.kind != BORDERS:
        return own
    same = own == own
    for step in range(4):  # left, right, up and down the picture
        far = source.border_px if step % 2 else -source.border_px
        across = step < 2
        other = _value(px + (far if across else 0.0), py + (0.0 if across else far), source)
        same = same & (own == other)
    return L.where(same, f32(np.nan), own)


@kernel
def _value(px, py, source):
    """(16 lanes) values at picture places (`px` + lane, `py`), of the volume's border beyond it."""
    place = source.place
    middle = px + PACKET // 2
    over = place[3, 0] + place[3, 1] * middle + place[3, 2] * py
    along = L.to_float(L.iota() - PACKET // 2)
    inverse = f32(1) / L.maximum(along * f32(place[3, 1]) + f32(over), TINY)
    x, ix = _coordinate(place, 0, middle, py, over, along, inverse, source.last[0])
    y, iy = _coordinate(place, 1, middle, py, over, along, inverse, source.last[1])
    z, iz = _coordinate(place, 2, middle, py, over, along, inverse, source.last[2])
    if source.kind == LINEAR:
        fx, fy, fz = L.floor(x), L.floor(y), L.floor(z)
        return _in_bricks((L.to_int(fx) + ix, L.to_int(fy) + iy, L.to_int(fz) + iz), (x - fx, y - fy, z - fz), source)
    half = f32(0.5)
    voxel = (
        L.to_int(L.floor(x + half)) + ix,
        L.to_int(L.floor(y + half)) + iy,
        L.to_int(L.floor(z + half)) + iz,
    )
    return _in_bricks(voxel, None, source)


@kernel
def _coordinate(place, axis, px, py, over, along, inverse, last):
    """A coordinate of sixteen places within 0 .. `last`, counted from a whole number near them; and that number."""
    here = place[axis, 0] + place[axis, 1] * px + place[axis, 2] * py
    base = np.floor(min(max(here / over, 0.0), float(last))) if over > 0 else 0.0
    rise = f32(place[axis, 1] - base * place[3, 1])
    place_from_base = (along * rise + f32(here - base * over)) * inverse
    return L.minimum(L.maximum(place_from_base, f32(-base)), f32(last - base)), np.int32(base)


@kernel
def _in_bricks(voxel, within, source):
    """Values at voxels (x, y, z), brick after brick; `within` is how far after each of them, None for the voxel's."""
    side = SIZE + 2 * source.halo
    x, y, z = voxel
    number = ((z >> 6) * np.int32(source.grid[1]) + (y >> 6)) * np.int32(source.grid[0]) + (x >> 6)
    local = (((z & 63) + np.int32(source.halo)) * np.int32(side) + ((y & 63) + np.int32(source.halo))) * np.int32(side)
    local = local + (x & 63) + np.int32(source.halo)
    value = L.splat(f32(0))
    pending = number >= 0
    while L.any_lane(pending):
        brick = L.min_lane(L.where(pending, number, NOWHERE))
        mine = pending & (number == brick)
        slot = np.int64(source.slots[source.first + brick])
        if slot >= 0:
            found = interpolate(source.pool, slot * np.int64(side * side * side), side, local, within, mine)
            value = L.where(mine, found, value)
        else:
            value = L.where(mine, f32(np.nan), value)
        pending = pending & ~mine
    return value + f32(source.offset)


@kernel
def interpolate(pool, base, side, local, within, on):
    """Between the 8 voxels from `local` on, or the first of them."""
    first, second = L.gather_two_at(pool, base, local, on)
    if within is None:
        return first
    fx, fy, fz = within
    low = first + fx * (second - first)
    first, second = L.gather_two_at(pool, base + side, local, on)
    front = low + fy * (first + fx * (second - first) - low)
    first, second = L.gather_two_at(pool, base + side * side, local, on)
    low = first + fx * (second - first)
    first, second = L.gather_two_at(pool, base + side * side + side, local, on)
    back = low + fy * (first + fx * (second - first) - low)
    return front + fz * (back - front)
