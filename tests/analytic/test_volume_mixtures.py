"""Several volumes at once, labels, colours, gradients and moments whose picture is known."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from brainreel.render.cpu.media import Part
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL, Quality
from brainreel.space import Box
from brainreel.timeline.looks import ColorVolumeLook, DataReference, LabelColor, LabelsLook, OpacityPoint, Shading
from contracts.volumes import WHITE, MemoryVolume, look, view

BACKGROUND = np.array((0.25, 0.5, 0.75))
RED, GREEN, BLUE = np.eye(3)
TOLERANCE = 1.001 / 255


def draw(pool, parts, seen, depths=None, colors=None, quality=FINAL):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    caster = VolumeCaster(pool, quality, 1 << 30)
    caster.finish(caster.march_together(parts, seen, depths), tuple(BACKGROUND), colors, out)
    return out / 255


def part(look, *arrays, affine=None):
    volumes = [MemoryVolume(array, np.eye(4) if affine is None else affine) for array in arrays]
    return Part(look, tuple(((volume, volume.fingerprint(), 1.0),) for volume in volumes))


def fog(color, opacity, **others):
    return look(((0, tuple(color)),), ((0, opacity),), **others)


def fog_of(edge, value=100):
    return np.full((edge, edge, edge), value, np.uint8)


def rays(seen):
    """Each pixel's ray (h, w, 3) per unit of depth."""
    a = 2 * (np.arange(seen.width) + 0.5) / seen.width - 1
    b = 1 - 2 * (np.arange(seen.height) + 0.5) / seen.height
    return seen.forward + a[None, :, None] * seen.right * seen.tan_x + b[:, None, None] * seen.up * seen.tan_y


def interval(seen, lower, upper):
    """Between which lengths along each ray it is in a box."""
    along = rays(seen)
    with np.errstate(divide="ignore"):
        t = np.stack([(np.asarray(face) - seen.eye) / along for face in (lower, upper)])
    length = np.linalg.norm(along, axis=-1)
    first, last = np.maximum(t.min(0).max(-1), 0) * length, t.max(0).min(-1) * length
    return first, np.maximum(last, first)


def through_media(seen, media):
    """The picture of media (lower, upper, color, extinction per unit), integrated from one face to the next."""
    spans = [interval(seen, lower, upper) for lower, upper, _, _ in media]
    cuts = np.sort(np.stack([end for span in spans for end in span]), 0)
    light, left = np.zeros((seen.height, seen.width, 3)), np.ones((seen.height, seen.width, 1))
    for begin, end in pairwise(cuts):
        middle = (begin + end) / 2
        rates = [
            rate * ((middle > first) & (middle < last)) for (first, last), (*_, rate) in zip(spans, media, strict=True)
        ]
        total = np.maximum(sum(rates), 1e-12)[..., None]
        color = sum(rate[..., None] * medium[2] for rate, medium in zip(rates, media, strict=True)) / total
        stays = np.exp(-total * (end - begin)[..., None])
        light += left * (1 - stays) * color
        left = left * stays
    return light + left * BACKGROUND


def rate(opacity, distance=1.0):
    return -np.log(1 - opacity) / distance


def test_two_channels_in_fog_mix_by_their_extinctions(pool):
    seen = view((90, 70, 60), (20, 20, 20), angle=35)
    first, second = fog(RED, 0.02), fog(GREEN, 0.06, unit_distance=2.0)
    picture = draw(pool, [part(first, fog_of(41)), part(second, fog_of(41, 7))], seen)
    box = (0, 0, 0), (40, 40, 40)
    expected = through_media(seen, [(*box, RED, rate(0.02)), (*box, GREEN, rate(0.06, 2.0))])
    assert np.abs(picture - expected).max() <= TOLERANCE


@pytest.mark.parametrize("second", [np.uint8, np.float32])
def test_volumes_of_other_grids_meet_on_the_finest(pool, second):
    coarse = np.array([[2.0, 0, 0, 10], [0, 2, 0, 6], [0, 0, 2, -7], [0, 0, 0, 1]])
    seen = view((110, 80, 60), (25, 20, 15), angle=40)
    parts = [part(fog(RED, 0.03), fog_of(41)), part(fog(GREEN, 0.05), fog_of(21).astype(second), affine=coarse)]
    media = [((0, 0, 0), (40, 40, 40), RED, rate(0.03)), ((10, 6, -7), (50, 46, 33), GREEN, rate(0.05))]
    assert np.abs(draw(pool, parts, seen) - through_media(seen, media)).max() <= TOLERANCE
    assert np.array_equal(draw(pool, parts, seen), draw(pool, parts[::-1], seen))


def test_each_volume_is_cut_by_its_own_box(pool):
    seen = view((-70, 33, 25), (20, 20, 20), angle=35)
    keep = Box((12.3, -5, 9.1), (60, 31.7, 60))
    parts = [part(fog(RED, 0.03), fog_of(41)), part(fog(GREEN, 0.08, keep=keep), fog_of(41, 3))]
    media = [((0, 0, 0), (40, 40, 40), RED, rate(0.03)), ((12.3, 0, 9.1), (40, 31.7, 40), GREEN, rate(0.08))]
    assert np.abs(draw(pool, parts, seen) - through_media(seen, media)).max() <= TOLERANCE


def test_light_that_adds_is_the_sum_of_the_channels_alone(pool):
    seen = view((90, 70, 60), (20, 20, 20), angle=35)
    looks = [fog(RED, 0.05, mix="add"), fog((0.2, 0.9, 0), 0.03, mix="add")]
    picture = draw(pool, [part(one, fog_of(41, 9 + k)) for k, one in enumerate(looks)], seen)
    first, last = interval(seen, (0, 0, 0), (40, 40, 40))
    stays = [np.exp(-rate(opacity) * (last - first))[..., None] for opacity in (0.05, 0.03)]
    light = (1 - stays[0]) * RED + (1 - stays[1]) * (0.2, 0.9, 0)
    expected = np.minimum(light + stays[0] * stays[1] * BACKGROUND, 1)
    assert np.abs(picture - expected).max() <= TOLERANCE


def test_a_mixture_ends_at_surfaces(pool):
    seen = view((90, 20, 20), (20, 20, 20), angle=35)
    parts = [part(fog(RED, 0.02), fog_of(41)), part(fog(GREEN, 0.03), fog_of(41, 7))]
    depths = np.full((seen.height, seen.width, 4), 65, np.float32)
    blue = np.full(depths.shape, 255 << 16, np.uint32)
    first, last = interval(seen, (0, 0, 0), (40, 40, 40))
    last = np.minimum(last, 65 * np.linalg.norm(rays(seen), axis=-1))
    both = rate(0.02) + rate(0.03)
    stays = np.exp(-both * np.maximum(last - first, 0))[..., None]
    expected = (1 - stays) * (rate(0.02) * RED + rate(0.03) * GREEN) / both + stays * BLUE
    assert np.abs(draw(pool, parts, seen, depths, blue) - expected).max() <= TOLERANCE


SPARSE = (0, -7, 5_000_000_000, 12)


def labels_look(*colors, **others):
    named = tuple(LabelColor(label, tuple(color), opacity) for label, color, opacity in colors)
    return LabelsLook("labels", DataReference("labels"), named, **others)


def test_a_label_is_fog_of_its_own_color_and_opacity(pool):
    affine = np.diag([1.5, 1.0, 2.0, 1.0])
    array = np.full((30, 41, 33), SPARSE[2], np.int64)
    shown = labels_look((SPARSE[1], RED, 1.0), (SPARSE[2], (1, 0.5, 0), 0.1), alpha=0.4)
    seen = view((90, 70, 60), (24, 20, 30), angle=35)
    media = [((0, 0, 0), (48, 40, 58), np.array((1, 0.5, 0)), rate(0.04))]
    assert np.abs(draw(pool, [part(shown, array, affine=affine)], seen) - through_media(seen, media)).max() <= TOLERANCE


@pytest.mark.parametrize("shading", [None, Shading(0.3, 0.7)])
def test_between_two_labels_no_third_is_seen(pool, shading):
    """Labels in the order red, green, blue: blending numbers of red and blue would give green."""
    array = np.full((40, 40, 40), SPARSE[0], np.int64)
    array[5:35, 5:35, 5:20] = SPARSE[1]
    array[5:35, 5:35, 20:35] = SPARSE[3]
    array[0, 0, :2] = SPARSE[2]
    shown = labels_look((SPARSE[1], RED, 1.0), (SPARSE[2], GREEN, 1.0), (SPARSE[3], BLUE, 1.0), shading=shading)
    picture = draw(pool, [part(shown, array)], view((20, -60, 22), (20, 20, 20), angle=30))
    green = picture[..., 1] - BACKGROUND[1] * (1 - picture[..., 0] - (picture[..., 2] - 0.75) / 0.25)
    inside = picture[10:-10, 15:-15]
    assert inside[..., 1].max() <= TOLERANCE
    assert inside[..., 0].max() > 0.9
    assert inside[..., 2].max() > 0.9
    assert np.isfinite(green).all()


def test_coarse_levels_of_labels_are_labels(pool):
    z, y, x = np.indices((130, 130, 130))
    array = np.where((x - 65) ** 2 + (y - 65) ** 2 + (z - 65) ** 2 < 55**2, 3 + 4 * (x > 65), 0).astype(np.uint8)
    shown = labels_look((3, RED, 1.0), (5, GREEN, 1.0), (7, BLUE, 1.0))
    picture = draw(pool, [part(shown, array)], view((65, -900, 65), (65, 65, 65), angle=15), quality=Quality(3.0))
    middle = picture[18:-18, 26:-26]
    assert np.abs(middle[:, 8:, 1]).max() <= TOLERANCE
    assert np.abs(middle[:, 2] - RED).max() <= TOLERANCE
    assert np.abs(middle[:, -2] - BLUE).max() <= TOLERANCE


def test_a_color_volume_shows_its_own_colors(pool):
    x = np.broadcast_to(np.arange(64, dtype=np.uint8) * 4, (64, 64, 64))
    channels = [np.ascontiguousarray(one) for one in (x, 255 - x, np.full_like(x, 40))]
    transfer = look(opacities=((0, 1), (255, 1))).transfer
    shown = ColorVolumeLook("rgb", (DataReference("r"), DataReference("g"), DataReference("b")), transfer)
    seen = view((31.5, -2000, 31.5), (31.5, 31.5, 31.5), angle=1.6)
    picture = draw(pool, [part(shown, *channels)], seen, quality=Quality(error_px=0))
    at = seen.eye[0] + rays(seen)[..., 0] * 2000
    inside = np.abs(seen.eye + rays(seen) * 2000 - (31.5, 0, 31.5))[..., [0, 2]].max(-1) < 30
    expected = np.stack([4 * at, 255 - 4 * at, np.full_like(at, 40)], -1) / 255
    assert np.abs(picture - expected)[inside].max() <= TOLERANCE


def test_luminance_says_how_opaque_a_color_is(pool):
    channels = [np.full((41, 41, 41), value, np.uint8) for value in (200, 100, 50)]
    luminance = 0.2126 * 200 + 0.7152 * 100 + 0.0722 * 50
    transfer = look(opacities=((0, 0), (255, 0.1))).transfer
    shown = ColorVolumeLook("rgb", (DataReference("r"), DataReference("g"), DataReference("b")), transfer)
    seen = view((90, 70, 60), (20, 20, 20), angle=35)
    media = [((0, 0, 0), (40, 40, 40), np.array((200, 100, 50)) / 255, rate(0.1 * luminance / 255))]
    assert np.abs(draw(pool, [part(shown, *channels)], seen) - through_media(seen, media)).max() <= TOLERANCE


@pytest.mark.parametrize("slope", [2, 5])
def test_gradient_opacity_is_by_value_per_world_unit(pool, slope):
    affine = np.diag([0.5, 2.0, 1.0, 1.0])
    array = np.broadcast_to(np.arange(81, dtype=np.float32) * slope, (41, 21, 81))
    points = (OpacityPoint(0, 0), OpacityPoint(20, 1))
    shown = look(WHITE, ((0, 0.08), (500, 0.08)))
    shown = replace(shown, transfer=replace(shown.transfer, gradient_opacities=points))
    seen = view((90, 70, 60), (20, 20, 20), angle=35)
    # VTK multiplies the opacity of a step, which is half a unit here.
    step_opacity = (1 - 0.92**0.5) * 2 * slope / 20
    media = [((0.5, 0, 0), (39.5, 40, 40), np.ones(3), rate(step_opacity, 0.5))]
    ends = [((0, 0, 0), (0.5, 40, 40), np.ones(3), rate(step_opacity * 0.75, 0.5))]
    ends += [((39.5, 0, 0), (40, 40, 40), np.ones(3), rate(step_opacity * 0.75, 0.5))]
    picture = draw(pool, [part(shown, np.ascontiguousarray(array), affine=affine)], seen, quality=Quality(error_px=0))
    assert np.abs(picture - through_media(seen, media + ends)).max() <= 1.5 * TOLERANCE


def test_means_over_intervals_of_values_remove_terraces(pool):
    """A wavy surface that turns opaque and changes its colour within a step: against samples sixteen times as near."""
    z, y, x = np.mgrid[:64, :64, :64].astype(np.float32)
    tissue = (128 + 6 * (y - 31.5 + 4 * np.sin(x / 11) + 3 * np.cos(z / 9))).astype(np.float32)
    steep = look(((127, (1, 0, 0)), (133, (0, 1, 0))), ((127, 0), (133, 1)))
    seen = view((31.5, -160, 45), (31.5, 31.5, 31.5), angle=17, size=(120, 120))
    exact = draw(pool, [part(steep, tissue)], seen, quality=Quality(0, step_voxels=1 / 16))
    samples, means = (
        np.abs(draw(pool, [part(one, tissue)], seen, quality=Quality(0)) - exact)[10:-10, 10:-10] * 255
        for one in (steep, replace(steep, preintegrated=True))
    )
    assert samples.max() > 40
    assert means.max() <= 5
    assert means.mean() <= samples.mean() / 4


def test_nearest_voxels_have_sharp_edges(pool):
    array = np.zeros((16, 16, 16), np.uint8)
    array[:, :, 8:] = 200
    colors = ((0, (1, 0, 0)), (99, (1, 0, 0)), (100, (0, 0, 1)))
    shown = look(colors, ((0, 1), (255, 1)), nearest=True)
    seen = view((7.5, -500, 7.5), (7.5, 7.5, 7.5), angle=1.4, size=(160, 64))
    picture = draw(pool, [part(shown, array)], seen)
    at = seen.eye[0] + rays(seen)[..., 0] * 500
    rows = slice(20, 44)
    assert np.abs(picture[rows][(at[rows] > 0.5) & (at[rows] < 7.45)] - RED).max() <= TOLERANCE
    assert np.abs(picture[rows][(at[rows] > 7.55) & (at[rows] < 14.5)] - BLUE).max() <= TOLERANCE


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_between_two_moments_values_are_blended(pool, dtype):
    before, after = (MemoryVolume(fog_of(41, value).astype(dtype)) for value in (100, 200))
    ramp = look(WHITE, ((0, 0), (250, 0.1)))
    seen = view((90, 70, 60), (20, 20, 20), angle=35)
    moments = ((before, "before", 0.3), (after, "after", 0.7))
    picture = draw(pool, [Part(ramp, (moments,), ("series",))], seen)
    media = [((0, 0, 0), (40, 40, 40), np.ones(3), rate(0.1 * 170 / 250))]
    assert np.abs(picture - through_media(seen, media)).max() <= TOLERANCE
