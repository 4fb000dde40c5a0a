import csv
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from brainreel.errors import SceneError
from brainreel.kernels.sampling import BLUE_MAX, GREEN_SHIFT, RED_MAX, RED_SHIFT
from brainreel.render.cpu.transfer import TransferTable, color_curve, opacity_curve
from brainreel.timeline.frame import ColorPoint, OpacityPoint, TransferFunction
from contracts.volumes import SEED_COLORS, look


def golden(name):
    """Rows of what VTK itself computed."""
    path = Path(__file__).parents[3] / "shared" / "golden" / name
    if not path.is_file():
        pytest.skip(f"needs golden/{name} beside the repository")
    with path.open() as file:
        return list(csv.DictReader(file))


def test_opacity_is_vtks_for_all_midpoints_and_sharpnesses():
    curves = defaultdict(list)
    for row in golden("opacity_function.csv"):
        curves[float(row["midpoint"]), float(row["sharpness"])].append((float(row["x"]), float(row["y"])))
    for (midpoint, sharpness), samples in curves.items():
        x, y = np.array(samples).T
        ours = opacity_curve((OpacityPoint(0, 0, midpoint, sharpness), OpacityPoint(1, 1)), x)
        assert np.abs(ours - y).max() < 1e-6, (midpoint, sharpness)


def test_colors_are_vtks_in_rgb():
    rows = [row for row in golden("color_spaces.csv") if row["space"] == "RGB"]
    x, *rgb = np.array([[float(row[key]) for key in ("value", "r", "g", "b")] for row in rows]).T
    ours = color_curve([ColorPoint(at, color) for at, color in SEED_COLORS], x)
    assert np.abs(ours - np.transpose(rgb)).max() < 1e-5


def test_the_sharpest_opacity_is_a_step_at_the_midpoint():
    points = (OpacityPoint(0, 0.2, 0.25, 1.0), OpacityPoint(8, 0.9))
    assert opacity_curve(points, np.array([0, 1.99, 2.01, 7.9, 8, 9])).tolist() == [0.2, 0.2, 0.9, 0.9, 0.9, 0.9]


def test_functions_are_held_outside_their_points():
    assert opacity_curve((OpacityPoint(2, 0.3), OpacityPoint(4, 0.5)), np.array([-9, 99])).tolist() == [0.3, 0.5]
    assert color_curve((ColorPoint(2, (0, 0, 1)),), np.array([-9, 99])).tolist() == [[0, 0, 1]] * 2


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


def test_other_color_spaces_are_refused():
    transfer = TransferFunction((ColorPoint(0, (1, 1, 1)),), (OpacityPoint(0, 1),), 1.0, "Lab")
    with pytest.raises(SceneError, match="Lab"):
        TransferTable.of(transfer, 1.0, np.dtype(np.uint8), (0, 255), 0.0)
