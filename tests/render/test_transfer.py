import numpy as np
import pytest

from brainreel.kernels.sampling import BLUE_MAX, GREEN_SHIFT, MEAN_UNIT, RED_MAX, RED_SHIFT
from brainreel.render.cpu.transfer import ENTRIES, GradientTable, TransferTable
from brainreel.timeline.looks import ColorPoint, OpacityPoint, TransferFunction
from contracts.volumes import look


def test_opacity_follows_beer_lambert_over_any_distance():
    transfer = TransferFunction((ColorPoint(0, (1, 1, 1)),), (OpacityPoint(0, 0.5),), 3.0)
    table = TransferTable.of(transfer, 1.0, np.dtype(np.uint8), (0, 255), 0.0)
    assert table.opacities_over(3)[0] == pytest.approx(0.5)
    assert table.opacities_over(6)[0] == pytest.approx(0.75)
    assert table.entries([1.5, 3])[[0, -1], 0] == pytest.approx([1 - 0.5**0.5, 0.5])


def test_every_stored_value_of_uint8_has_an_entry_of_its_own():
    table = TransferTable.of(look().transfer, 1.0, np.dtype(np.uint8), (3, 9), 0.0)
    x = np.arange(256)
    assert len(table.opacities) >= 4080
    assert np.array_equal(x * table.scale + table.offset, x * 16)
    assert np.allclose(table.opacities[::16], np.minimum(x / 254, 1))


def test_packed_colors_are_within_an_eighth_of_a_grey_value():
    table = TransferTable.of(look().transfer, 1.0, np.dtype(np.uint8), (0, 255), 0.0)
    packed = table.entries([1.0])[:, 1].view(np.uint32)
    parts = packed >> RED_SHIFT, packed >> GREEN_SHIFT & RED_MAX, packed & BLUE_MAX
    colors = np.stack(parts, -1) / [RED_MAX, RED_MAX, BLUE_MAX]
    assert np.abs(colors - table.colors).max() * 255 < 1 / 8


def test_a_table_of_wide_values_spans_where_both_values_and_points_are():
    transfer = TransferFunction((ColorPoint(-10, (1, 1, 1)),), (OpacityPoint(-10, 0), OpacityPoint(90, 1)), 1.0)
    table = TransferTable.of(transfer, 1.0, np.dtype(np.uint16), (32768 - 50, 65535), -32768.0)
    assert (-10 + 32768) * table.scale + table.offset == pytest.approx(0)
    assert (90 + 32768) * table.scale + table.offset == pytest.approx(len(table.opacities) - 1)


def test_alpha_scales_opacity():
    half = TransferTable.of(look().transfer, 0.5, np.dtype(np.uint8), (0, 255), 0.0)
    assert half.opacities.max() == 0.5


def test_values_beyond_a_table_have_the_colors_of_below_and_above():
    points = (ColorPoint(100, (0, 0, 0)), ColorPoint(200, (1, 1, 1)))
    transfer = TransferFunction(points, (OpacityPoint(100, 1),), 1.0, below=(0, 0, 1), above=(1, 0, 0))
    for dtype, extent in ((np.uint8, (0, 255)), (np.uint16, (0, 4000)), (np.float32, (-1e6, 1e6))):
        table = TransferTable.of(transfer, 1.0, np.dtype(dtype), extent, 0.0)
        assert table.colors[[0, -1]].tolist() == [[0, 0, 1], [1, 0, 0]]
        inside = np.rint(np.array([100.2, 199.8]) * table.scale + table.offset).astype(int)
        assert np.abs(table.colors[inside] - [[0, 0, 0], [1, 1, 1]]).max() < 0.01


def test_integrals_give_the_mean_between_any_two_values():
    transfer = TransferFunction(
        (ColorPoint(0, (1, 0.5, 0)), ColorPoint(255, (0, 0.5, 1))), (OpacityPoint(0, 0), OpacityPoint(255, 1)), 2.0
    )
    table = TransferTable.of(transfer, 1.0, np.dtype(np.uint8), (0, 255), 0.0)
    sums = table.integrals([2.0, 4.0]).view(np.uint32).astype(float).reshape(2, ENTRIES, 4) / MEAN_UNIT
    begin, end = 1000, 3000
    mean = (sums[0, end] - sums[0, begin]) / (end - begin)
    x = np.linspace(begin, end, 100_001) / (ENTRIES - 1)  # opacity is x, red 1 - x
    assert mean[3] == pytest.approx(x.mean(), abs=1e-5)
    assert mean[0] == pytest.approx((x * (1 - x)).mean(), abs=1e-5)
    assert (sums[1, end] - sums[1, begin])[3] / (end - begin) == pytest.approx((1 - (1 - x) ** 2).mean(), abs=1e-5)


def test_integrals_tell_the_faint_from_nothing_behind_much_that_is_opaque():
    points = ((0, 1), (200, 1), (201, 0), (240, 0), (241, 1e-4), (255, 1e-4))
    transfer = TransferFunction((ColorPoint(0, (1, 1, 1)),), tuple(OpacityPoint(*point) for point in points), 1.0)
    table = TransferTable.of(transfer, 1.0, np.dtype(np.uint8), (0, 255), 0.0)
    sums = table.integrals([1.0]).view(np.uint32)[:, 3].astype(float) / MEAN_UNIT
    assert sums[230 * 16] == sums[210 * 16]
    assert sums[250 * 16 + 1] - sums[250 * 16] == pytest.approx(1e-4, rel=0.03)


def test_opacity_by_the_gradient_is_held_beyond_its_last_point():
    table = GradientTable.of((OpacityPoint(0, 0.2), OpacityPoint(8, 0.2, 0.5, 1.0), OpacityPoint(10, 0.9)))
    entries = np.rint(np.array([0, 4, 8.9, 9.1, 10]) * table.scale).astype(int)
    assert table.factors[entries].tolist() == pytest.approx([0.2, 0.2, 0.2, 0.9, 0.9])
    assert entries[-1] == len(table.factors) - 1
    assert table.factors.dtype == np.float32
