"""What lies between affines."""

import numpy as np
import pytest

from brainreel.space import between, mirrors, rotation

AXIS = np.array([1.0, 2, -2]) / 3


def turned(degrees: float, axis=AXIS, offset=(0, 0, 0)) -> np.ndarray:
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = rotation(np.radians(degrees) * np.asarray(axis)), offset
    return affine


def test_a_rotation_turns_counter_clockwise_seen_from_where_its_axis_points():
    np.testing.assert_allclose(rotation(np.array([0, 0, np.pi / 2])) @ [1, 0, 0], [0, 1, 0], atol=1e-15)


@pytest.mark.parametrize("part", [0, 0.25, 0.5, 1, 1.5, -1])
@pytest.mark.parametrize("end", [1e-9, 40, 179.9, 180])
def test_rotations_turn_evenly_and_shifts_are_straight(part, end):
    found = between(np.eye(4), turned(end, offset=(4, -8, 2)), part)
    expected = turned(end * part, offset=np.multiply((4, -8, 2), part))
    if end == 180:  # either way round
        other = turned(-end * part, offset=np.multiply((4, -8, 2), part))
        expected = min(expected, other, key=lambda one: np.abs(one - found).max())
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_between_two_poses_the_shorter_way_is_taken():
    np.testing.assert_allclose(between(turned(170), turned(-170), 0.5), turned(180), atol=1e-9)


def test_stretches_are_straight_and_do_not_turn():
    stretch = np.diag([2.0, 1, 0.5, 1])
    np.testing.assert_allclose(between(np.eye(4), stretch, 0.5), np.diag([1.5, 1, 0.75, 1]), atol=1e-12)
    both = turned(60) @ stretch
    middle = between(np.eye(4), both, 0.5)
    np.testing.assert_allclose(middle, turned(30) @ np.diag([1.5, 1, 0.75, 1]), atol=1e-9)


def test_ends_are_met_and_mirrors_stay_mirrors():
    rng = np.random.default_rng(2)
    for sign in (1, -1):
        pair = []
        while len(pair) < 2:
            affine = np.eye(4)
            affine[:3] = rng.normal(size=(3, 4))
            if np.sign(np.linalg.det(affine[:3, :3])) == sign:
                pair.append(affine)
        for part in (0, 1):
            np.testing.assert_allclose(between(*pair, part), pair[part], atol=1e-9)
        assert mirrors(pair[0]) == (sign < 0)
        assert mirrors(between(*pair, 0.5)) == (sign < 0)
