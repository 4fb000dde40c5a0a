"""Colour ranges as functions of values."""

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.render.colormap import CELLS, color_table, colormap, colors_at, sample_colors
from brainreel.timeline.looks import ColorPoint, ColorRange, OpacityPoint, TransferFunction


def exact(name, places):
    return colormap(name)(np.array(places), N=1 << 14)


def test_two_numbers_are_the_ends_of_the_map():
    colors = colors_at([0, 2, 3, 4, 9], ColorRange("hot", (2.0, 4.0)))
    np.testing.assert_allclose(colors, exact("hot", [0, 0, 0.5, 1, 1]), atol=1e-6)


def test_three_numbers_put_the_second_at_the_middle():
    colors = colors_at([1, 1.5, 2, 5, 8], ColorRange("hot", (1.0, 2.0, 8.0)))
    np.testing.assert_allclose(colors, exact("hot", [0, 0.25, 0.5, 0.75, 1]), atol=1e-6)


def test_hidden_below_the_range_and_rising_to_opaque_at_the_middle_of_three():
    alpha = colors_at([0.99, 1, 1.25, 2, 8], ColorRange("hot", (1.0, 2.0, 8.0), below_hidden=True))[:, 3]
    np.testing.assert_allclose(alpha, [0, 0, 0.25, 1, 1], atol=1e-6)
    alpha = colors_at([0.99, 1, 8], ColorRange("hot", (1.0, 8.0), below_hidden=True))[:, 3]
    np.testing.assert_allclose(alpha, [0, 1, 1])


def test_diverging_maps_are_mirrored_about_zero():
    twofold = ColorRange("RdBu_r", (0.0, 4.0), diverging=True)
    expected = exact("RdBu_r", [0, 0.25, 0.5, 0.75, 1])
    np.testing.assert_allclose(colors_at([-4, -2, 0, 2, 4], twofold), expected, atol=1e-6)
    hidden = ColorRange("RdBu_r", (1.0, 2.0, 8.0), below_hidden=True, diverging=True)
    np.testing.assert_allclose(colors_at([-9, -1.5, -0.5, 0.5, 1.5, 9], hidden)[:, 3], [1, 0.5, 0, 0, 0.5, 1])


def test_what_is_no_number_is_transparent():
    assert colors_at(np.nan, ColorRange("hot", (0.0, 1.0)))[3] == 0


def test_tables_are_fine_enough_that_no_cell_shows():
    assert CELLS >= 1024
    words = color_table(ColorRange("hot", (0.0, 1.0))).words.reshape(-1, 2)
    red = (words[1:, 0] & 65535) / 65535
    assert np.abs(np.diff(red)).max() < 0.5 / 255


def test_an_unknown_map_names_the_nearest():
    with pytest.raises(SceneError, match=r"colour map virdis: is no colour map; did you mean viridis?"):
        colors_at(0, ColorRange("virdis", (0.0, 1.0)))


@pytest.mark.parametrize("numbers", [(1.0,), (2.0, 1.0), (1.0, 1.0), (1.0, 3.0, 2.0), (1.0, 2.0, 3.0, 4.0)])
def test_ranges_that_do_not_ascend_are_refused(numbers):
    with pytest.raises(SceneError, match="ascending"):
        color_table(ColorRange("hot", numbers))


def test_a_diverging_range_that_begins_below_zero_is_refused():
    with pytest.raises(SceneError, match="mirrored"):
        color_table(ColorRange("RdBu", (-1.0, 1.0), diverging=True))


def test_a_scalar_bar_shows_the_range_from_end_to_end():
    bar = sample_colors(ColorRange("RdBu_r", (0.0, 4.0), diverging=True), 5)
    np.testing.assert_allclose(bar, exact("RdBu_r", np.linspace(0, 1, 5)), atol=1e-6)
    points = (ColorPoint(1, (0, 0, 0)), ColorPoint(3, (1, 0.5, 0)))
    transfer = TransferFunction(points, (OpacityPoint(0, 0), OpacityPoint(1, 1)), 1.0)
    np.testing.assert_allclose(sample_colors(transfer, 3), [(0, 0, 0, 1), (0.5, 0.25, 0, 1), (1, 0.5, 0, 1)])
