"""What a ray gathers in one brick: sample after sample, leaping over cells where nothing can be seen.

Samples are counted as `march` does; `eye` is where the rays begin, one place or a place each, `local` a ray's step from
sample to sample, both in voxels of the brick's level from its first halo voxel. `gathered` is red, green, blue and
opacity of each ray.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.blocks import NO_BLOCK, find_block
from brainreel.kernels.bricks import ALL, CELL, CELLS, MIXED, SHOWN
from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.mixing import begin_values, mix, next_values, part_values, power, shifted, spans_of

f32 = np.float32

OPAQUE = f32(0.997)
FARTHEST = f32(1 << 22)


@kernel
def gather_samples(low, high, direction, inverse, origin, brick, scene, media, gathered):
    """Gather the samples of one brick between `low` and `high`, the parts of samples at both ends by their weight."""
    stride = scene.strides[brick]
    every, per_stride = f32(1 << stride), f32(1.0 / (1 << stride))
    grain = (f32(scene.grains[brick, 0]), f32(scene.grains[brick, 1]), f32(scene.grains[brick, 2]))
    local = (direction[0] * (grain[0] * every), direction[1] * (grain[1] * every), direction[2] * (grain[2] * every))
    eye = _eye(scene.eyes[brick], grain, origin)
    begin, end = low * per_stride, high * per_stride
    live = (begin < end) & (gathered[3] <= OPAQUE)
    spans = spans_of(eye, local, brick, media)
    first = L.floor(begin + f32(0.5))
    last = -L.floor(f32(0.5) - end)
    first_end, last_begin = L.minimum(first + f32(0.5), end), last - f32(0.5)
    starts = live & (first_end - begin < f32(1))
    stops = live & (last > first) & (end - last_begin < f32(1))
    if L.any_lane(starts):
        gathered = _gather_part(first, (begin, first_end), starts, eye, local, brick, media, spans, gathered)
    first = L.where(starts, first + f32(1), first)
    beyond = L.where(stops, last, last + f32(1))
    live = live & (gathered[3] <= OPAQUE)
    backward = (inverse[0] / (grain[0] * every), inverse[1] / (grain[1] * every), inverse[2] / (grain[2] * every))
    gathered = _gather_whole(first, beyond, live, eye, local, backward, origin, brick, scene, media, spans, gathered)
    stops = stops & (gathered[3] <= OPAQUE)
    if L.any_lane(stops):
        gathered = _gather_part(last, (last_begin, end), stops, eye, local, brick, media, spans, gathered)
    return gathered


@kernel
def _eye(eye, grain, origin):
    """Where rays begin: one place, or sixteen where they are parallel."""
    x, y, z = f32(eye[0]), f32(eye[1]), f32(eye[2])
    if len(origin) == 0:
        return x, y, z
    return origin[0] * grain[0] + x, origin[1] * grain[1] + y, origin[2] * grain[2] + z


@kernel
def _gather_part(k, part, on, eye, local, brick, media, spans, gathered):
    """Add one sample to each ray of `on`, of which only `part` (from, to), less than a sample, lies on the ray."""
    values = part_values(k, on, eye, local, brick, media)
    alpha, r, g, b = mix(k, on, part, values, eye, local, brick, NO_BLOCK, media, spans)
    if not L.any_lane(on & (alpha > f32(0))):  # most rays enter a volume where there is nothing yet
        return gathered
    alpha = f32(1) - power(f32(1) - alpha, part[1] - part[0])
    return _composite(alpha, r, g, b, on, gathered)


@kernel
def _gather_whole(first, beyond, live, eye, local, backward, origin, brick, scene, media, spans, gathered):
    """Add samples `first` .. `beyond` - 1 of each live ray, leaping over cells where nothing can be seen."""
    number = scene.numbers[brick]
    visible = scene.visible[number]
    if visible[6] != ALL:
        enter, leave = _visible_span(visible, scene.halo, eye, backward)
        first = L.maximum(first, L.floor(enter))
        beyond = L.minimum(beyond, L.floor(leave) + f32(2))
    live = live & (first < beyond)
    if not L.any_lane(live):
        return gathered
    k = int(L.min_lane(L.where(live, first, FARTHEST)))
    end = int(L.max_lane(L.where(live, beyond, f32(0))))
    block = find_block(eye, local, f32(end), origin)
    stop = end
    while k < end:
        if visible[6] == MIXED:
            full, until = _leap(f32(k), first, live, eye, local, backward, number, scene)
            if not L.any_lane(full):
                k = max(k + 1, int(L.min_lane(L.where(live, until, FARTHEST))))
                live = live & (beyond > f32(k))
                if not L.any_lane(live):
                    return gathered
                continue
            stop = min(end, max(k + 1, int(L.max_lane(L.where(full, until, f32(0))))))
        live, gathered = _gather_run(k, stop, first, beyond, live, eye, local, brick, block, media, spans, gathered)
        k = stop
        live = live & (beyond > f32(k))
        if not L.any_lane(live):
            return gathered
    return gathered


@kernel
def _gather_run(k, stop, first, beyond, live, eye, local, brick, block, media, spans, gathered):
    """Add samples `k` .. `stop` - 1, as long as any ray is live."""
    # One sample ahead, so that its voxels are on their way while this one's colour is.
    values = begin_values(k, first, beyond, eye, local, brick, block, media)
    while k < stop:
        values = next_values(k + 1, first, beyond, eye, local, brick, block, media, values)
        on = (first <= f32(k)) & (beyond > f32(k))
        part = (f32(k) - f32(0.5), f32(k) + f32(0.5))
        alpha, r, g, b = mix(f32(k), on, part, values, eye, local, brick, block, media, spans)
        gathered = _composite(alpha, r, g, b, live, gathered)
        live = live & (gathered[3] <= OPAQUE)
        if not L.any_lane(live):
            break
        k, values = k + 1, shifted(values, media)
    return live, gathered


@kernel
def _visible_span(visible, halo, eye, backward):
    """Where rays enter and leave the box of a brick's visible cells, in samples of its level."""
    corner = f32(halo) - f32(0.5)
    ax = (f32(visible[0]) * f32(CELL) + corner - eye[0]) * backward[0]
    bx = (f32(visible[3]) * f32(CELL) + corner - eye[0]) * backward[0]
    ay = (f32(visible[1]) * f32(CELL) + corner - eye[1]) * backward[1]
    by = (f32(visible[4]) * f32(CELL) + corner - eye[1]) * backward[1]
    az = (f32(visible[2]) * f32(CELL) + corner - eye[2]) * backward[2]
    bz = (f32(visible[5]) * f32(CELL) + corner - eye[2]) * backward[2]
    enter = L.maximum(L.minimum(ax, bx), L.maximum(L.minimum(ay, by), L.minimum(az, bz)))
    leave = L.minimum(L.maximum(ax, bx), L.minimum(L.maximum(ay, by), L.maximum(az, bz)))
    return L.minimum(L.maximum(enter, f32(0)), FARTHEST), L.minimum(L.maximum(leave, f32(-2)), FARTHEST)


@kernel
def _leap(k, first, live, eye, local, backward, number, scene):
    """Which rays are in a visible cell at sample `k`, and until which sample each meets only cells like it."""
    corner, top, per_cell = f32(scene.halo) - f32(0.5), f32(CELLS) - f32(0.01), f32(1.0 / CELL)
    cx = L.floor(L.minimum(L.maximum((eye[0] + k * local[0] - corner) * per_cell, f32(0)), top))
    cy = L.floor(L.minimum(L.maximum((eye[1] + k * local[1] - corner) * per_cell, f32(0)), top))
    cz = L.floor(L.minimum(L.maximum((eye[2] + k * local[2] - corner) * per_cell, f32(0)), top))
    cell = L.to_int(cz * f32(CELLS * CELLS) + (cy * f32(CELLS) + cx))
    found = L.gather_at(scene.reaches, number * np.int64(CELLS**3), cell, live)
    reach = L.to_float(found & (SHOWN - 1))
    ux = (L.where(local[0] > f32(0), cx + f32(1) + reach, cx - reach) * f32(CELL) + corner - eye[0]) * backward[0]
    uy = (L.where(local[1] > f32(0), cy + f32(1) + reach, cy - reach) * f32(CELL) + corner - eye[1]) * backward[1]
    uz = (L.where(local[2] > f32(0), cz + f32(1) + reach, cz - reach) * f32(CELL) + corner - eye[2]) * backward[2]
    until = L.floor(L.minimum(ux, L.minimum(uy, uz))) + f32(1)
    waiting = first > k
    return live & ((found & SHOWN) > 0) & ~waiting, L.where(waiting, first, until)


@kernel
def _composite(alpha, r, g, b, on, gathered):
    """What a ray has gathered after one more sample, behind all before."""
    weight = L.where(on, (f32(1) - gathered[3]) * alpha, f32(0))
    return (
        gathered[0] + weight * r,
        gathered[1] + weight * g,
        gathered[2] + weight * b,
        gathered[3] + weight,
    )
