"""What several volumes add together at a sample: extinctions add, and colours are weighted by extinction.

`media` is a tuple of one to MOST Mediums, each a type of its own, so that no loop can run over them: functions name
them, and what a shorter tuple lacks is cut off before it is compiled (calling themselves with the rest would leave
calls that are not inlined). `values` holds for each medium what it is looked up by at samples k - 1, k and k + 1.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.blocks import NO_BLOCK
from brainreel.kernels.compiler import borrowing_kernel as kernel
from brainreel.kernels.media import TINY, classify, value_at

f32 = np.float32

MOST = 4
ALWAYS = f32(1 << 23)
LEAST_THROUGH = f32(1e-7)  # a sample that is opaque has an extinction of 16
LN_2 = f32(np.log(2))


@kernel
def spans_of(eye, local, brick, media):
    """From and until which sample of its level each medium is on each ray."""
    first = _span_of(eye, local, brick, media[0].bounds)
    if len(media) == 1:
        return (first,)
    second = _span_of(eye, local, brick, media[1].bounds)
    if len(media) == 2:
        return first, second
    third = _span_of(eye, local, brick, media[2].bounds)
    if len(media) == 3:
        return first, second, third
    return first, second, third, _span_of(eye, local, brick, media[3].bounds)


@kernel
def _span_of(eye, local, brick, bounds):
    near, far = L.splat(-ALWAYS), L.splat(ALWAYS)
    if bounds is None:
        return near, far
    for row in range(bounds.shape[1]):
        x, y, z = f32(bounds[brick, row, 0]), f32(bounds[brick, row, 1]), f32(bounds[brick, row, 2])
        along = local[0] * x + local[1] * y + local[2] * z
        inverse = f32(1) / L.where((along < TINY) & (along > -TINY), TINY, along)
        begin = eye[0] * x + eye[1] * y + eye[2] * z
        low = (f32(bounds[brick, row, 3]) - begin) * inverse
        high = (f32(bounds[brick, row, 4]) - begin) * inverse
        near, far = L.maximum(near, L.minimum(low, high)), L.minimum(far, L.maximum(low, high))
    return near, far


@kernel
def _shows(brick, medium):
    """Whether anything of a medium is to be seen in a brick."""
    return medium.scene.visible[medium.scene.numbers[brick], 3] > 0


@kernel
def begin_values(k, first_k, beyond, eye, local, brick, block, media):
    """The values before a run of samples begins with sample `k`; those of `k` + 1 are yet to come."""
    first = _begin(k, first_k, beyond, eye, local, brick, block, media[0], media[0].wide)
    if len(media) == 1:
        return (first,)
    second = _begin(k, first_k, beyond, eye, local, brick, block, media[1], media[1].wide)
    if len(media) == 2:
        return first, second
    third = _begin(k, first_k, beyond, eye, local, brick, block, media[2], media[2].wide)
    if len(media) == 3:
        return first, second, third
    return first, second, third, _begin(k, first_k, beyond, eye, local, brick, block, media[3], media[3].wide)


@kernel
def _begin(k, first, beyond, eye, local, brick, block, medium, wide):
    near = _near(k, first, beyond, wide)
    value = value_at(f32(k), near, eye, local, brick, block, medium)
    if wide is None:
        return value, value, value
    before = value_at(f32(max(k - 1, 0)), near, eye, local, brick, block, medium)
    return before, value, value


@kernel
def _near(k, first, beyond, wide):
    """Which rays need the value of sample `k`."""
    margin = 0 if wide is None else 1
    return (first <= f32(k + margin)) & (beyond > f32(k - margin))


@kernel
def next_values(k, first_k, beyond, eye, local, brick, block, media, values):
    """`values` with those of sample `k`, which is one ahead."""
    first = _next(k, first_k, beyond, eye, local, brick, block, media[0], values[0])
    if len(media) == 1:
        return (first,)
    second = _next(k, first_k, beyond, eye, local, brick, block, media[1], values[1])
    if len(media) == 2:
        return first, second
    third = _next(k, first_k, beyond, eye, local, brick, block, media[2], values[2])
    if len(media) == 3:
        return first, second, third
    return first, second, third, _next(k, first_k, beyond, eye, local, brick, block, media[3], values[3])


@kernel
def _next(k, first, beyond, eye, local, brick, block, medium, values):
    near = _near(k, first, beyond, medium.wide)
    return values[0], values[1], value_at(f32(k), near, eye, local, brick, block, medium)


@kernel
def shifted(values, media):
    """The values one sample on."""
    first = (values[0][1], values[0][2], values[0][2])
    if len(media) == 1:
        return (first,)
    second = (values[1][1], values[1][2], values[1][2])
    if len(media) == 2:
        return first, second
    third = (values[2][1], values[2][2], values[2][2])
    if len(media) == 3:
        return first, second, third
    return first, second, third, (values[3][1], values[3][2], values[3][2])


@kernel
def part_values(k, on, eye, local, brick, media):
    """The values of one sample by itself."""
    first = _part(k, on, eye, local, brick, media[0], media[0].wide)
    if len(media) == 1:
        return (first,)
    second = _part(k, on, eye, local, brick, media[1], media[1].wide)
    if len(media) == 2:
        return first, second
    third = _part(k, on, eye, local, brick, media[2], media[2].wide)
    if len(media) == 3:
        return first, second, third
    return first, second, third, _part(k, on, eye, local, brick, media[3], media[3].wide)


@kernel
def _part(k, on, eye, local, brick, medium, wide):
    value = value_at(k, on, eye, local, brick, NO_BLOCK, medium)
    if wide is None:
        return value, value, value
    before = value_at(k - f32(1), on, eye, local, brick, NO_BLOCK, medium)
    return before, value, value_at(k + f32(1), on, eye, local, brick, NO_BLOCK, medium)


@kernel
def mix(k, on, part, values, eye, local, brick, block, media, spans):
    """Opacity and colour of sample `k`, of which `part` (from, to) is on the ray, for the rays of `on`."""
    alpha, r, g, b = _within(
        classify(k, on, values[0], eye, local, brick, block, media[0]), part, spans[0], media[0].bounds
    )
    if len(media) == 1:
        return alpha, r, g, b
    extinction = _extinction(alpha)
    total = (f32(1) - alpha, extinction, extinction * r, extinction * g, extinction * b)
    total = _add(k, on, part, values[1], eye, local, brick, block, media[1], spans[1], total)
    if len(media) == 2:
        return _mean(total)
    total = _add(k, on, part, values[2], eye, local, brick, block, media[2], spans[2], total)
    if len(media) == 3:
        return _mean(total)
    return _mean(_add(k, on, part, values[3], eye, local, brick, block, media[3], spans[3], total))


@kernel
def _mean(total):
    """Opacity and colour of what was added up."""
    whole = f32(1) / L.maximum(total[1], TINY)
    return f32(1) - total[0], total[2] * whole, total[3] * whole, total[4] * whole


@kernel
def _add(k, on, part, values, eye, local, brick, block, medium, span, total):
    """`total` (transparency, extinction, extinction times colour) and what one medium adds."""
    if _shows(brick, medium):
        color = classify(k, on, values, eye, local, brick, block, medium)
        alpha, r, g, b = _within(color, part, span, medium.bounds)
        extinction = _extinction(alpha)
        total = (
            total[0] * (f32(1) - alpha),
            total[1] + extinction,
            total[2] + extinction * r,
            total[3] + extinction * g,
            total[4] + extinction * b,
        )
    return total


@kernel
def _within(color, part, span, bounds):
    alpha, r, g, b = color
    if bounds is None:
        return alpha, r, g, b
    inside = L.minimum(part[1], span[1]) - L.maximum(part[0], span[0])
    share = L.maximum(inside, f32(0)) / (part[1] - part[0])
    if not L.any_lane((share < f32(1)) & (alpha > f32(0))):
        return alpha, r, g, b
    return L.where(share < f32(1), f32(1) - power(f32(1) - alpha, share), alpha), r, g, b


@kernel
def power(base, exponent):
    """`base` ** `exponent`, both 0..1, within 1e-3 of itself: by the bits of the exponent and as many square roots."""
    result = L.splat(f32(1))
    root, rest = base, exponent
    for _ in range(8):
        root = L.sqrt(root)
        rest = rest + rest
        has = rest >= f32(1)
        result = L.where(has, result * root, result)
        rest = L.where(has, rest - f32(1), rest)
    return result * (f32(1) + rest * (root - f32(1)))


@kernel
def _extinction(alpha):
    """-log(1 - `alpha`): the exponent of what is left by its bits, its mantissa by the series of 2 atanh(s)."""
    left = L.maximum(f32(1) - alpha, LEAST_THROUGH)
    bits = L.float_bits(left)
    mantissa = L.to_float(bits & 0x7FFFFF) * f32(2**-23)  # less one
    exponent = L.to_float((bits >> 23) - 127)
    upper = mantissa > f32(0.4142136)
    beyond = L.where(upper, (mantissa - f32(1)) * f32(0.5), mantissa)  # mantissa less one, -0.29 .. 0.41
    exponent = L.where(upper, exponent + f32(1), exponent)
    beyond = L.where(exponent == f32(0), -alpha, beyond)
    s = beyond / (beyond + f32(2))
    ss = s * s
    series = f32(1) + ss * (f32(1 / 3) + ss * (f32(1 / 5) + ss * f32(1 / 7)))
    return -(exponent * LN_2 + f32(2) * s * series)
