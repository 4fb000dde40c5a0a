"""Voxels of the synthetic brain, from smooth fields on a coarse lattice and hashed texture.

Everything is int32, so every machine, vector width and region gives the same voxels. Depths are in 1/256 mm, shares in
1/256, coordinates across fibres in 1/256 of the finest fibre's width.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import kernel

FIBRES = ("a1", "b1", "a2", "b2")
FIELDS = ("outline", "sulcus", "bottom", "core", "ventricle", "thinness", "tract", "nucleus", *FIBRES)
"""The lattice's fields, in order: depth below the outline, signed distance from the middle of a sulcus, depth of that
sulcus' bottom, depth inside callosum and stem, depth inside a ventricle, how much thinner the cortex is than the
cerebrum's (256: the same), which system of fibres (above 0: the second), share of grey matter deep inside, and the
coordinates across the fibres of both systems."""

CORTEX = 960
"""Thickness of the cerebrum's cortex: 3.75 mm."""

_OUTLINE, _SULCUS, _BOTTOM, _CORE, _VENTRICLE, _THINNESS, _TRACT, _NUCLEUS, _A1, _B1, _A2, _B2 = range(12)
_SULCUS_HALF_WIDTH = 125
_LIP = 768  # within 3 mm of the outline, sulci open
_WIDTH = L.WIDTH


@kernel
def blend(a, b, share):
    """`a` + (`b` - `a`) share / 256, rounded down; |b - a| below 2**23."""
    return a + (((b - a) * share) >> 8)


@kernel
def between(value, low, high):
    """`value` held in `low`..`high`."""
    return L.minimum(L.maximum(value, low), high)


@kernel
def scramble(x, y):
    """32 bits that look random, from two int32."""
    h = (x * -1640531535) ^ (y * -2048144777)
    h = (h ^ L.logical_shift_right(h, 15)) * 739982445
    h = (h ^ L.logical_shift_right(h, 12)) * 695872825
    return h ^ L.logical_shift_right(h, 15)


@kernel
def value_noise(a, b, seed):
    """Noise 0..255, smooth in the coordinates `a` and `b` (int32, 256 from one random value to the next)."""
    i, j = a >> 8, (b >> 8) + seed
    u, v = a & 255, b & 255
    u = (u * u * (768 - 2 * u)) >> 16
    v = (v * v * (768 - 2 * v)) >> 16
    low = blend(L.logical_shift_right(scramble(i, j), 24), L.logical_shift_right(scramble(i + 1, j), 24), u)
    high = blend(L.logical_shift_right(scramble(i, j + 1), 24), L.logical_shift_right(scramble(i + 1, j + 1), 24), u)
    return blend(low, high, v)


@kernel
def grain(random):
    """Bell-shaped -510..510, standard deviation 148, from 32 random bits."""
    pairs = (random & 0x00FF00FF) + (L.logical_shift_right(random, 8) & 0x00FF00FF)
    return (pairs & 0xFFFF) + L.logical_shift_right(pairs, 16) - 510


@kernel
def depth_below_pia(outline, sulcus, bottom, thinness):
    """Depth below the outline or the wall of a sulcus, whichever is nearer; sulci open towards the outline."""
    half_width = ((_SULCUS_HALF_WIDTH + (L.maximum(_LIP - outline, 0) >> 2)) * (384 - (thinness >> 1))) >> 8
    wall = L.maximum(sulcus, -sulcus) - half_width
    below = outline - bottom
    beside = L.maximum(wall, below) + ((L.maximum(L.minimum(wall, below), 0) * 3) >> 3)
    return L.minimum(outline, beside)


@kernel
def grey_level(outline, depth, fibre):
    """Cortex: pale at the crowns, darker down in sulci and at their walls, with a stripe of fibres in the middle."""
    base = 16 + (between(outline, 0, 1280) * 6 >> 8)
    wall = (L.maximum(200 - depth, 0) * between(outline - 384, 0, 1024)) >> 12
    layers = between(depth, 0, CORTEX) >> 6
    off_stripe = depth - CORTEX * 9 // 16
    stripe = L.maximum(12 - (L.maximum(off_stripe, -off_stripe) >> 4), 0)
    return base + wall + layers + stripe + ((fibre - 128) >> 4)


@kernel
def white_level(fibre):
    """White matter: red, and darker the more fibres run together."""
    dense = between((fibre - 60) * 2, 0, 255)
    return 56 + ((dense * dense) >> 9) + (dense >> 3)


@kernel
def fibre_density(a, b):
    """Streaks 0..255 along fibres, from the finest to 16 times as wide."""
    fine, bundle, tract = value_noise(a, b, 101), value_noise(a >> 2, b >> 2, 7001), value_noise(a >> 4, b >> 4, 90001)
    return (fine * 5 + bundle * 6 + tract * 5) >> 4


@kernel
def tone(outline, depth, nucleus, fibre, random):
    """Grey level 1..254 of tissue `depth` below the pia."""
    white = (between((depth - (CORTEX - 64)) * 2, 0, 256) * (256 - nucleus)) >> 8
    level = blend(grey_level(outline, depth, fibre), white_level(fibre), white)
    return between(level + ((grain(random) * (6 + (white >> 6))) >> 8), 1, 254)


@kernel
def fill_tissue(out, origin, lattice, first_node, stride, seed):
    """Fill `out` (z, y, x) uint8, whose first voxel is `origin` (z, y, x) of the volume.

    `lattice` (fields, z, y, x) int32 holds `FIELDS` at every `stride`-th voxel of each axis, also one beyond the last
    voxel, padded along x to a multiple of 16 with anything not above 0; its first node is number `first_node` (z, y, x)
    of the volume's. Background becomes 0, tissue 1..254.
    """
    depth, height, width = out.shape
    padded = (width + _WIDTH - 1) // _WIDTH * _WIDTH
    node, share, tones = np.empty(padded, np.int32), np.empty(padded, np.int32), np.empty(padded, np.int32)
    for i in range(padded):
        x = origin[2] + min(i, width - 1)
        node[i] = x // stride[2] - first_node[2]
        share[i] = x % stride[2] * 256 // stride[2]
    row = np.empty((lattice.shape[0], lattice.shape[3]), np.int32)
    for k in range(depth):
        z = origin[0] + k
        for j in range(height):
            y = origin[1] + j
            nodes = (z // stride[0] - first_node[0], y // stride[1] - first_node[1])
            shares = (z % stride[0] * 256 // stride[0], y % stride[1] * 256 // stride[1])
            if _interpolate_row(lattice, row, nodes, shares):
                _paint(tones, row, node, share, origin[2], (y * 65536 + z) ^ seed)
                for i in range(width):
                    out[k, j, i] = tones[i]
            else:
                out[k, j] = 0


@kernel
def _interpolate_row(lattice, row, nodes, shares):
    """Fields of one row of voxels at the lattice's nodes along x; False, and not all of them, where none is tissue."""
    _, planes, lines, length = lattice.shape
    tissue = False
    for field in range(row.shape[0]):
        if field == _CORE + 1 and not tissue:
            return False
        corner = ((field * planes + nodes[0]) * lines + nodes[1]) * length
        beyond = corner + lines * length
        for i in range(0, length, _WIDTH):
            near = blend(L.load_i32(lattice, corner + i), L.load_i32(lattice, corner + length + i), shares[1])
            far = blend(L.load_i32(lattice, beyond + i), L.load_i32(lattice, beyond + length + i), shares[1])
            value = blend(near, far, shares[0])
            L.store(row, field * length + i, value)
            tissue |= field in (_OUTLINE, _CORE) and L.any_lane(value > 0)
    return True


@kernel
def _field(row, field, node, share, live):
    """Values of `field` at sixteen voxels."""
    start = field * row.shape[1]
    left, right = L.gather_i32_at(row, start, node, live), L.gather_i32_at(row, start + 1, node, live)
    return blend(left, right, share)


@kernel
def _paint(tones, row, node, share, first, salt):
    """Grey levels (padded,) int32 of one row of voxels, the first at `first` along x."""
    for start in range(0, tones.shape[0], _WIDTH):
        n, s = L.load_i32(node, start), L.load_i32(share, start)
        live = n >= 0
        outline, core = _field(row, _OUTLINE, n, s, live), _field(row, _CORE, n, s, live)
        live = (outline > 0) | (core > 0)
        if L.any_lane(live):
            random = scramble(first + start + L.iota(), salt)
            L.store(tones, start, _tissue(row, n, s, live, outline, core, random))
        else:
            L.store(tones, start, n * 0)


@kernel
def _tissue(row, node, share, live, outline, core, random):
    """Grey levels of sixteen voxels of a row, of which `live` ones may be tissue; 0 where there is none."""
    thinness = _field(row, _THINNESS, node, share, live)
    sulcus, bottom = _field(row, _SULCUS, node, share, live), _field(row, _BOTTOM, node, share, live)
    depth = depth_below_pia(outline, sulcus, bottom, thinness)
    live = live & (_field(row, _VENTRICLE, node, share, live) <= 0) & ((depth > 0) | (core > 0))
    depth = (L.minimum(L.maximum(depth, L.where(core > 0, core + CORTEX, 0)), 8192) * thinness) >> 8
    second = _field(row, _TRACT, node, share, live) + (L.logical_shift_right(random, 5) & 31) > 16
    pair = L.where(second, 2 * row.shape[1], 0) + node
    fibre = fibre_density(_field(row, _A1, pair, share, live), _field(row, _B1, pair, share, live))
    return L.where(live, tone(outline, depth, _field(row, _NUCLEUS, node, share, live), fibre, random), 0)
