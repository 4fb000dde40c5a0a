"""Maps of points, their inverses, and the fields of warps."""

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.space import GridField, SplineField, ThinPlateField, Warp, affine_of, inverse_of, map_points

RNG = np.random.default_rng(5)
POINTS = RNG.uniform(2, 17, (500, 3))
TURN = np.array([[0, -1, 0, 3], [1, 0, 0, 4], [0, 0, 2, 5], [0, 0, 0, 1.0]])


def bump(height: float) -> GridField:
    """A displacement along x, `height` high in the middle and none at the borders."""
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, 21)] * 3, indexing="ij")
    vectors = np.zeros((21, 21, 21, 3))
    vectors[..., 0] = height * np.clip(1 - x**2 - y**2 - z**2, 0, 1) ** 2
    return GridField(vectors, np.eye(4))


def test_maps_are_applied_first_to_last_and_undone_last_to_first():
    maps = (TURN, Warp(bump(3.0), "bump"), np.linalg.inv(TURN))
    points = (POINTS - 4) @ np.diag([0.5, 0.5, 0.25])
    there = map_points(maps, points)
    assert np.abs(there - points).max() > 1
    np.testing.assert_allclose(map_points(inverse_of(maps), there), points, atol=1e-6)
    assert affine_of(maps) is None
    np.testing.assert_allclose(affine_of((TURN, np.linalg.inv(TURN))), np.eye(4), atol=1e-15)


def test_a_grid_is_linear_between_voxels_holds_for_half_a_voxel_and_then_moves_nothing():
    vectors = RNG.normal(size=(3, 4, 5, 3))
    field = GridField(vectors, np.diag([2.0, 1, 1, 1]))
    z, y, x = 1, 2, 3
    np.testing.assert_allclose(field.displacement(np.array([[2.0 * x, y, z]])), [vectors[z, y, x]])
    middle = field.displacement(np.array([[2 * x - 1.0, y, z]]))
    np.testing.assert_allclose(middle, [(vectors[z, y, x] + vectors[z, y, x - 1]) / 2])
    np.testing.assert_allclose(field.displacement(np.array([[8.9, y, z]])), [vectors[z, y, 4]])
    np.testing.assert_array_equal(field.displacement(np.array([[9.1, y, z], [0, 0, -0.6]])), np.zeros((2, 3)))


def test_a_warp_that_folds_has_no_inverse_and_says_where():
    with pytest.raises(FormatError, match=r"steep.nii.gz: the warp has no inverse at [\d,]+ of 500 points, such as \("):
        map_points([Warp(bump(40.0), "steep.nii.gz", inverse=True)], POINTS)


def test_the_inverse_of_a_point_does_not_depend_on_the_others():
    warp = [Warp(bump(6.0), "bump", inverse=True)]
    together = map_points(warp, POINTS)
    np.testing.assert_array_equal(together[17:18], map_points(warp, POINTS[17:18]))


@pytest.mark.parametrize(
    "field",
    [
        bump(5.0),
        SplineField(RNG.normal(size=(9, 9, 9, 3)), np.diag([3.0, 3, 3, 1])),
        ThinPlateField(RNG.uniform(0, 20, (9, 3)), RNG.uniform(0, 20, (9, 3))),
    ],
    ids=["grid", "spline", "plates"],
)
def test_no_displacement_inside_is_beyond_the_reach(field):
    low, high = field.reach()
    found = field.displacement(POINTS)
    slack = 0.2 * np.subtract(high, low) if isinstance(field, ThinPlateField) else 1e-12
    assert (found >= np.array(low) - slack).all()
    assert (found <= np.array(high) + slack).all()
    assert np.abs(found).max() > 0.1


def test_thin_plates_take_landmarks_to_their_targets_and_an_affine_everywhere():
    sources = RNG.uniform(0, 20, (15, 3))
    targets = sources @ TURN[:3, :3].T + TURN[:3, 3]
    field = ThinPlateField(sources, targets)
    np.testing.assert_allclose(POINTS + field.displacement(POINTS), map_points([TURN], POINTS), atol=1e-9)
    bent = ThinPlateField(sources, targets + RNG.normal(size=(15, 3)), power=3)
    np.testing.assert_allclose(sources + bent.displacement(sources), bent.targets, atol=1e-8)
