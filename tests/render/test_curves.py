"""Transfer functions as functions of values; golden/ is what VTK itself computed."""

import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.render.colors.difference import ciede2000
from brainreel.render.colors.mixing import MIXES
from brainreel.render.curves import color_curve, transfer_colors
from brainreel.timeline.looks import ColorPoint, OpacityPoint, TransferFunction
from brainreel.timeline.piecewise import opacity_curve
from contracts.volumes import SEED_COLORS

COOL, WARM = (0.23137254902, 0.298039215686, 0.752941176471), (0.705882352941, 0.0156862745098, 0.149019607843)


def golden(name):
    with (Path(__file__).parent / "golden" / name).open() as file:
        return list(csv.DictReader(file))


def colors(*points):
    """Points from (x, color[, midpoint, sharpness])."""
    return tuple(ColorPoint(*point) for point in points)


def transfer(*points, **others):
    return TransferFunction(colors(*points), (OpacityPoint(0, 1),), 1.0, **others)


def test_opacity_is_vtks_for_all_midpoints_and_sharpnesses():
    curves = defaultdict(list)
    for row in golden("opacity_function.csv"):
        curves[float(row["midpoint"]), float(row["sharpness"])].append((float(row["x"]), float(row["y"])))
    assert len(curves) == 20
    for (midpoint, sharpness), samples in curves.items():
        x, y = np.array(samples).T
        ours = opacity_curve((OpacityPoint(0, 0, midpoint, sharpness), OpacityPoint(1, 1)), x)
        assert np.abs(ours - y).max() < 1e-6, (midpoint, sharpness)


def test_the_sharpest_opacity_is_a_step_at_the_midpoint():
    points = (OpacityPoint(0, 0.2, 0.25, 1.0), OpacityPoint(8, 0.9))
    assert opacity_curve(points, [0, 1.99, 2.01, 7.9, 8, 9]).tolist() == [0.2, 0.2, 0.9, 0.9, 0.9, 0.9]


@pytest.mark.parametrize("space", MIXES)
def test_colors_are_vtks_in_every_space(space):
    rows = [row for row in golden("color_spaces.csv") if row["space"] == space]
    assert len(rows) > 60
    x, *rgb = np.array([[float(row[key]) for key in ("value", "r", "g", "b")] for row in rows]).T
    assert np.abs(color_curve(colors(*SEED_COLORS), x, space) - np.transpose(rgb)).max() < 1e-5


@pytest.mark.parametrize("space", MIXES)
def test_a_point_has_its_own_color_in_every_space(space):
    points = colors((0, (0.2, 0.4, 0.8)), (1, (0.9, 0.1, 0.1)))
    assert color_curve(points, [-1, 0, 2], space).tolist() == [[0.2, 0.4, 0.8]] * 2 + [[0.9, 0.1, 0.1]]


def test_midpoint_and_sharpness_bend_colors_as_they_do_opacities():
    points = colors((0, (0, 0, 0), 0.2, 0.6), (1, (1, 1, 1)))
    x = np.linspace(0, 1, 41)
    expected = opacity_curve((OpacityPoint(0, 0, 0.2, 0.6), OpacityPoint(1, 1)), x)
    assert np.abs(color_curve(points, x) - expected[:, None]).max() < 1e-12
    lightness = color_curve(points, x, "HSV")
    assert np.abs(lightness - expected[:, None]).max() < 1e-12


@pytest.mark.parametrize("space", MIXES)
def test_the_sharpest_colors_are_a_step_at_the_midpoint(space):
    points = colors((0, (0, 0.5, 1), 0.25, 1.0), (8, (1, 0.5, 0)))
    assert color_curve(points, [0.5, 1.99, 2.01, 7], space)[:, 0].tolist() == [0, 0, 1, 1]


def test_diverging_is_morelands_cool_to_warm():
    middle = color_curve(colors((0, COOL), (1, WARM)), [0.5], "Diverging")
    assert np.abs(middle - 0.865).max() < 0.001  # as his paper has it


def test_near_hues_diverge_by_the_shorter_way_to_their_own_colors():
    points = colors((0, (0.18, 0.55, 0.53)), (1, (0.32, 0.98, 0.66)))
    shades = color_curve(points, np.linspace(0, 1, 50), "Diverging")
    assert np.abs(np.diff(shades, axis=0)).max() < 0.02


def test_ciede2000_is_the_published_difference():
    # G. Sharma et al. 2005, pairs 1, 7, 13, 17 and 25 of table 1
    pairs = [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ]
    for first, second, expected in pairs:
        assert ciede2000(np.array(first, float), np.array(second, float)) == pytest.approx(expected, abs=1e-4)


def test_functions_are_held_outside_their_points():
    assert opacity_curve((OpacityPoint(2, 0.3), OpacityPoint(4, 0.5)), [-9, 99]).tolist() == [0.3, 0.5]
    assert color_curve(colors((2, (0, 0, 1))), [-9, 99]).tolist() == [[0, 0, 1]] * 2


def test_steps_are_even_parts_with_the_colors_of_both_ends():
    shown = transfer((0, (0, 0, 0)), (10, (1, 1, 1)), steps=5)
    x = [-1, 0, 1.99, 2.01, 5, 7.9, 8.1, 10, 11]
    assert transfer_colors(shown, x)[:, 0].tolist() == [0, 0, 0, 0.25, 0.5, 0.75, 1, 1, 1]


def test_values_beyond_the_points_have_colors_of_their_own():
    shown = transfer((0, (0, 0, 0)), (10, (1, 1, 1)), below=(0, 0, 1), above=(1, 0, 0))
    expected = [[0, 0, 1], [0, 0, 0], [1, 1, 1], [1, 0, 0]]
    assert transfer_colors(shown, [-0.1, 0, 10, 10.1]).tolist() == expected


def test_an_unknown_space_names_those_that_are_known():
    with pytest.raises(SceneError, match="colour space XYZ: write one of RGB, HSV"):
        color_curve(colors((0, (0, 0, 0))), [0], "XYZ")
