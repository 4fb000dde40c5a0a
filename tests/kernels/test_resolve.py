"""Values to colours to pixels."""

import numpy as np
import pytest

from brainreel.kernels.resolve import VALUES, Colors, put_records
from brainreel.kernels.visibility import LIGHT_UNIT, Records
from brainreel.render.colormap import CELLS, color_table, colors_at
from brainreel.timeline.looks import ColorRange


def records_of(values, light=1.0, hit=None):
    """A record for every 4 values: a pixel each, whose four samples see vertex k alone."""
    count = len(values) // 4
    vertices = np.repeat(np.arange(len(values), dtype=np.int32).reshape(count, 1, 4), 4, -1).repeat(3, 1)
    grounds = np.full((count, 16), int(light * LIGHT_UNIT) << 10, np.int32)
    if hit is not None:
        grounds[~np.broadcast_to(hit, grounds.shape)] = -1
    corners = np.stack([2 * np.arange(count), np.zeros(count)], -1).astype(np.int32)
    weights = np.zeros(count * 32, np.float32)
    shines, bare = np.zeros(0, np.float32), np.zeros(count, np.uint8)
    return Records(corners, vertices.ravel(), weights, grounds.ravel(), shines, bare)


def colors_of(values, *ranges, alpha=1.0, base=(0.0, 0.0, 0.0)):
    tables = [color_table(colors) for colors in ranges]
    first = np.cumsum([0, *(len(table.words) for table in tables)])
    return Colors(
        np.broadcast_to(np.float32(base) * 65535, (1, 2, 3)).astype(np.float32).copy(),
        np.array([0, len(ranges)]),
        np.array([(t.low, t.mid, t.rise_low, t.rise_high, alpha) for t in tables], np.float32).reshape(-1, 5),
        np.array(
            [(0, first[k] + 2 * t.middle, t.mirrored, VALUES, -1) for k, t in enumerate(tables)], np.int64
        ).reshape(-1, 5),
        np.asarray(values, np.float32),
        np.zeros(0, np.int32),
        np.concatenate([t.words for t in tables] or [np.zeros(2, np.int32)]),
        CELLS,
    )


def pixels(values, *ranges, light=1.0, hit=None, background=(0, 0, 0), **kwargs):
    """The pixel of each value, (n, 3)."""
    values = np.asarray(values, np.float32)
    records = records_of(values, light, hit)
    out = np.zeros((2, len(values) // 2, 3), np.uint8)
    put_records(0, len(values) // 4, records, colors_of(values, *ranges, **kwargs), background, out)
    return out.reshape(2, -1, 2, 3).transpose(1, 0, 2, 3).reshape(-1, 3)


@pytest.mark.parametrize(
    "colors",
    [
        ColorRange("viridis", (-3.0, 9.0)),
        ColorRange("hot", (1.0, 2.0, 8.0)),
        ColorRange("hot", (1.0, 2.0, 8.0), below_hidden=True),
        ColorRange("viridis", (1.0, 8.0), below_hidden=True),
        ColorRange("RdBu_r", (0.0, 8.0), diverging=True),
        ColorRange("coolwarm", (1.0, 2.0, 8.0), below_hidden=True, diverging=True),
    ],
)
def test_painted_pixels_are_the_colour_of_their_value(colors):
    values = np.linspace(-10, 10, 4000)
    base = np.array([0.2, 0.6, 0.4])
    rgba = colors_at(values, colors)
    expected = base + rgba[:, 3:] * (rgba[:, :3] - base)
    away_from_jumps = np.abs(np.abs(values) - colors.range[0]) > 1e-3
    difference = np.abs(pixels(values, colors, base=base) - expected * 255)[away_from_jumps]
    assert difference.max() <= 1


def test_a_value_at_the_lower_end_is_painted_and_one_below_is_hidden():
    colors = ColorRange("viridis", (1.0, 2.0), below_hidden=True)
    at, below, nan, above = pixels([1.0, np.nextafter(np.float32(1), np.float32(0)), np.nan, 1e30], colors)
    np.testing.assert_array_equal(at, np.rint(255 * colors_at(1.0, colors)[:3]))
    np.testing.assert_array_equal(above, np.rint(255 * colors_at(2.0, colors)[:3]))
    assert not below.any()
    assert not nan.any()


def test_what_is_no_number_is_not_painted_even_where_low_values_are():
    colors = ColorRange("viridis", (1.0, 2.0))
    assert not pixels([np.nan] * 4, colors).any()
    assert pixels([-1e30] * 4, colors).any()


def test_later_paints_lie_over_earlier_ones_as_much_as_their_alpha():
    below, above = ColorRange("viridis", (0.0, 1.0)), ColorRange("hot", (0.0, 1.0))
    values = np.linspace(0, 1, 64)
    first, second = (colors_at(values, colors)[:, :3] for colors in (below, above))
    under = 0.25 * first
    expected = 255 * (under + 0.25 * (second - under))
    assert np.abs(pixels(values, below, above, alpha=0.25) - expected).max() <= 1


def test_light_multiplies_colour_and_saturates():
    for light in (0.25, 0.5, 1.5):
        seen = pixels([0.0] * 4, base=(0.1, 0.5, 0.9), light=light)[0]
        assert np.abs(seen - np.minimum(255 * light * np.array([0.1, 0.5, 0.9]), 255)).max() <= 0.51


def test_samples_that_see_nothing_show_the_background():
    hit = np.array([True, True, True, False] * 4)
    background = (200, 100, 40)
    seen = pixels([0.0] * 4, base=(0, 0, 0), hit=hit, background=background)
    np.testing.assert_array_equal(seen, [(50, 25, 10)] * 4)
    assert (pixels([0.0] * 4, base=(1, 1, 1), hit=hit, background=(255, 0, 0)) == (255, 191, 191)).all()
