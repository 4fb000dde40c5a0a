import numpy as np
import pytest

from brainreel.space import Box, apply_affine, axis_lengths, is_invertible, split_quantity


def test_spacing_is_what_a_step_of_one_voxel_is_in_the_world_also_when_oblique():
    turn = np.array([[0.6, -0.8, 0], [0.8, 0.6, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([0.5, 2, 3])
    assert axis_lengths(affine) == pytest.approx((0.5, 2, 3))
    assert np.allclose(apply_affine(affine, [[1, 0, 0]]), [[0.3, 0.4, 0]])


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_tiny_and_huge_voxels_are_no_reason_to_call_an_affine_flat(scale):
    assert is_invertible(np.diag([scale, scale, scale, 1]))


@pytest.mark.parametrize("affine", [np.zeros((4, 4)), np.diag([1, 1, 0, 1]), np.full((4, 4), np.nan), np.eye(3)])
def test_what_flattens_space_is_not_invertible(affine):
    assert not is_invertible(affine)


def test_boxes_hold_their_points_and_each_other():
    box = Box.around([[0, 5, 2], [4, 1, 2]])
    assert box == Box((0, 1, 2), (4, 5, 2))
    assert box.center == (2, 3, 2)
    assert len(np.unique(box.corners(), axis=0)) == 4
    assert Box.union([box, Box((9, 9, 9), (9, 9, 9))]).upper == (9, 9, 9)
    assert box.diagonal == pytest.approx(32**0.5)


@pytest.mark.parametrize(
    ("text", "parts"),
    [("2mm", (2, "mm")), (" 1.33 um ", (1.33, "um")), ("-100ms", (-100, "ms")), ("1e-3s", (1e-3, "s")), ("7", (7, ""))],
)
def test_quantities_are_a_number_and_a_unit(text, parts):
    assert split_quantity(text) == parts


@pytest.mark.parametrize("text", ["", "mm", "1 2mm", "2mm 3mm", "--1s"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(ValueError, match="number with a unit"):
        split_quantity(text)
