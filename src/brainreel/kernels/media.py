"""What one volume adds at a sample: the kinds of volumes, each its value, its opacity and its colour.

A volume of values has a table by value. A volume of colours has three pools and a table by luminance. A volume of
labels has a table by label: the eight voxels around are looked up first, and what they look like is interpolated.
"""

from typing import Any, NamedTuple

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.sampling import (
    BLUE_MAX,
    RED_MAX,
    Light,
    Table,
    bend_of,
    bounds_of,
    corners_around,
    gradient,
    gradient_at,
    index_of,
    interpolate,
    lit,
    look_up,
    look_up_mean,
    nearest,
    pairs_around,
    place_of,
    rows_around,
)

f32 = np.float32

LUMINANCE = (f32(0.2126), f32(0.7152), f32(0.0722))
TINY = f32(1e-15)


class Medium(NamedTuple):
    """One of the volumes that are drawn together. What is None is not there, and costs nothing.

    `scene`: its bricks, of the geometry that all of them share; `table`: by value, luminance or label; `light`: there
    too where `fading` is. `means` (levels * entries, 4): see `look_up_mean`. `others`: the Scenes of green and blue
    where `scene` is red. `labels`, `nearest`, `blocks`: True or None: what voxels are, are read one by one, are uint8
    and read fast by blocks. `wide`: True where samples before and after are looked at. `bounds` (bricks in view, n, 5):
    rows (x, y, z, low, high) in local voxels, between which it is; None: wherever all are.
    """

    scene: Any
    table: Table
    light: Light | None
    fading: Any = None
    means: Any = None
    others: Any = None
    labels: bool | None = None
    nearest: bool | None = None
    blocks: bool | None = None
    wide: bool | None = None
    bounds: Any = None


@kernel
def value_at(k, on, eye, local, brick, block, medium):
    """What a medium's table is looked up by at sample `k`; 0 for labels, which have no value between voxels."""
    return _value_at(k, on, eye, local, brick, block, medium, medium.others, medium.labels, medium.nearest)


@kernel
def _value_at(k, on, eye, local, brick, block, medium, others, labels, by_nearest):
    if labels is not None:
        return L.splat(f32(0))
    if others is not None:
        r, g, b = _colors_at(k, on, eye, local, brick, block, medium)
        return r * LUMINANCE[0] + g * LUMINANCE[1] + b * LUMINANCE[2]
    if by_nearest is not None:
        return nearest(k, on, eye, local, brick, medium.scene)
    return interpolate(k, on, eye, local, brick, medium.scene, medium.blocks, block)


@kernel
def classify(k, on, values, eye, local, brick, block, medium):
    """Opacity and colour at sample `k`, 0 where not `on`; `values` are those of samples `k` - 1, `k`, `k` + 1."""
    return _classify(k, on, values, eye, local, brick, block, medium, medium.others, medium.labels, medium.light)


@kernel
def _classify(k, on, values, eye, local, brick, block, medium, others, labels, light):
    if labels is not None:
        return _classify_labels(k, on, eye, local, brick, medium, light)
    alpha, r, g, b = _by_table(values, on, brick, medium, medium.means)
    if others is None and light is None:
        return alpha, r, g, b
    on = on & (alpha > f32(0))
    if not L.any_lane(on):
        return alpha, r, g, b
    if others is not None:
        r, g, b = _colors_at(k, on, eye, local, brick, block, medium)
        r, g, b = r * f32(RED_MAX / 255), g * f32(RED_MAX / 255), b * f32(BLUE_MAX / 255)
    if light is None:
        return alpha, r, g, b
    slope = _gradient_at(k, on, eye, local, brick, block, medium, others)
    level = medium.scene.levels[brick]
    return lit((alpha, r, g, b), slope, bend_of(values), on, local, level, light, medium.fading)


@kernel
def _by_table(values, on, brick, medium, means):
    if means is None:
        return look_up(values[1], on, brick, medium.scene, medium.table)
    return look_up_mean(values, on, brick, medium.scene, medium.table, means)


@kernel
def _colors_at(k, on, eye, local, brick, block, medium):
    """Red, green and blue, interpolated."""
    return (
        interpolate(k, on, eye, local, brick, medium.scene, medium.blocks, block),
        interpolate(k, on, eye, local, brick, medium.others[0], medium.blocks, block),
        interpolate(k, on, eye, local, brick, medium.others[1], medium.blocks, block),
    )


@kernel
def _gradient_at(k, on, eye, local, brick, block, medium, others):
    """Of the values, or of the luminance."""
    x, y, z = gradient_at(k, on, eye, local, brick, medium.scene, medium.blocks, block)
    if others is None:
        return x, y, z
    green = gradient_at(k, on, eye, local, brick, others[0], medium.blocks, block)
    blue = gradient_at(k, on, eye, local, brick, others[1], medium.blocks, block)
    return (
        x * LUMINANCE[0] + green[0] * LUMINANCE[1] + blue[0] * LUMINANCE[2],
        y * LUMINANCE[0] + green[1] * LUMINANCE[1] + blue[1] * LUMINANCE[2],
        z * LUMINANCE[0] + green[2] * LUMINANCE[1] + blue[2] * LUMINANCE[2],
    )


@kernel
def _classify_labels(k, on, eye, local, brick, medium, light):
    """The looks of the eight voxels around, interpolated; light by the gradient of their opacity."""
    scene, table = medium.scene, medium.table
    base, side, bottom, top = bounds_of(brick, scene)
    voxel, within = place_of(k, eye, local, bottom, top)
    at = index_of(voxel, side)
    corners = corners_around(scene.pool, base, side, at, on)
    alpha, r, g, b = _blended(corners, within, on, brick, scene, table)
    if light is None:
        return alpha, r, g, b
    on = on & (alpha > f32(0))
    if not L.any_lane(on):
        return alpha, r, g, b
    rows = rows_around(scene.pool, base, side, at, on)
    pairs = pairs_around(scene.pool, base, side, at, on)
    rows = (
        _opacity_of_four(rows[0], on, brick, scene, table),
        _opacity_of_four(rows[1], on, brick, scene, table),
        _opacity_of_four(rows[2], on, brick, scene, table),
        _opacity_of_four(rows[3], on, brick, scene, table),
    )
    pairs = (
        _opacity_of_pairs(pairs[0], on, brick, scene, table),
        _opacity_of_pairs(pairs[1], on, brick, scene, table),
        _opacity_of_pairs(pairs[2], on, brick, scene, table),
        _opacity_of_pairs(pairs[3], on, brick, scene, table),
    )
    slope = gradient(rows, pairs, within)
    return lit((alpha, r, g, b), slope, f32(0), on, local, scene.levels[brick], light, None)


@kernel
def _blended(corners, within, on, brick, scene, table):
    """Opacity and colour between 8 labels, colours weighted by opacity."""
    first = corners[0][0]
    differs = first != corners[0][1]
    for pair in corners[1:]:
        differs = differs | (first != pair[0]) | (first != pair[1])
    if not L.any_lane(on & differs):
        return look_up(first, on, brick, scene, table)
    fx, fy, fz = within
    gx, gy, gz = f32(1) - fx, f32(1) - fy, f32(1) - fz
    total = (L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0)), L.splat(f32(0)))
    total = _add_pair(total, corners[0], gx, fx, gy * gz, on, brick, scene, table)
    total = _add_pair(total, corners[1], gx, fx, fy * gz, on, brick, scene, table)
    total = _add_pair(total, corners[2], gx, fx, gy * fz, on, brick, scene, table)
    total = _add_pair(total, corners[3], gx, fx, fy * fz, on, brick, scene, table)
    alpha, r, g, b = total
    whole = f32(1) / L.maximum(alpha, TINY)
    return L.minimum(alpha, f32(1)), r * whole, g * whole, b * whole  # weights may add up to a little more than 1


@kernel
def _add_pair(total, pair, before, after, weight, on, brick, scene, table):
    total = _add_label(total, pair[0], before * weight, on, brick, scene, table)
    return _add_label(total, pair[1], after * weight, on, brick, scene, table)


@kernel
def _add_label(total, label, weight, on, brick, scene, table):
    alpha, r, g, b = look_up(label, on, brick, scene, table)
    opacity = weight * alpha
    return total[0] + opacity, total[1] + opacity * r, total[2] + opacity * g, total[3] + opacity * b


@kernel
def _opacity_of(label, on, brick, scene, table):
    return L.gather_f32_at(table.entries, scene.levels[brick] * table.entry_count * 2, L.to_int(label) << 1, on)


@kernel
def _opacity_of_four(labels, on, brick, scene, table):
    return (
        _opacity_of(labels[0], on, brick, scene, table),
        _opacity_of(labels[1], on, brick, scene, table),
        _opacity_of(labels[2], on, brick, scene, table),
        _opacity_of(labels[3], on, brick, scene, table),
    )


@kernel
def _opacity_of_pairs(pairs, on, brick, scene, table):
    return (
        (_opacity_of(pairs[0][0], on, brick, scene, table), _opacity_of(pairs[0][1], on, brick, scene, table)),
        (_opacity_of(pairs[1][0], on, brick, scene, table), _opacity_of(pairs[1][1], on, brick, scene, table)),
    )
