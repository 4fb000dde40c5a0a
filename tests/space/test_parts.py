"""The way back through parts of maps."""

import numpy as np
import pytest
from scipy.optimize import fsolve

from brainreel.errors import FormatError
from brainreel.space import GridField, PartUndone, SplineField, ThinPlateField, Warp, apply_affine, map_points

RNG = np.random.default_rng(3)
POINTS = RNG.uniform(3, 16, (60, 3))
TURN = np.array([[0.9, -0.2, 0, 3], [0.2, 0.9, 0, -1], [0, 0, 1.1, 0.5], [0, 0, 0, 1.0]])
ENOUGH = 1e-6


def bump(height: float) -> GridField:
    """A displacement along x, `height` high in the middle and none at the borders."""
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, 21)] * 3, indexing="ij")
    vectors = np.zeros((21, 21, 21, 3))
    vectors[..., 0] = height * np.clip(1 - x**2 - y**2 - z**2, 0, 1) ** 2
    return GridField(vectors, np.eye(4))


SPLINE = SplineField(RNG.normal(scale=0.8, size=(12, 12, 12, 3)), np.diag([3.0, 3, 3, 1]) + np.eye(4, k=3) * -6)
PLATES = ThinPlateField(POINTS[:8], POINTS[:8] + RNG.normal(scale=0.5, size=(8, 3)))


def moved(maps, amount, points):
    """The part as it is meant, of points one by one."""
    return points + amount * (map_points(maps, points) - points)


@pytest.mark.parametrize("amount", [-0.5, 0.3, 1.0, 1.2])
@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("field", [bump(4.0), SPLINE, PLATES], ids=["grid", "spline", "plates"])
def test_what_a_part_moved_is_found_where_it_was(field, inverse, amount):
    maps = (TURN, Warp(field, "w", inverse))
    there = moved(maps, amount, POINTS)
    found = PartUndone(maps, amount).find(there, ENOUGH)
    np.testing.assert_allclose(found.sources, POINTS, atol=1e-4)
    assert np.abs(there - POINTS).max() > 0.2


def test_a_way_back_that_a_file_holds_needs_no_search():
    maps = (Warp(bump(6.0), "w", inverse=True), np.linalg.inv(TURN))
    back = PartUndone(maps, 1.0)
    assert back.is_direct
    expected = apply_affine(TURN, POINTS)
    expected += bump(6.0).displacement(expected)
    np.testing.assert_allclose(back.find(POINTS, ENOUGH).sources, expected, rtol=1e-14)
    assert not PartUndone(maps, 0.5).is_direct


def test_the_search_agrees_with_a_general_solver():
    maps = (Warp(SPLINE, "w"), TURN)
    found = PartUndone(maps, 0.6).find(POINTS[:10], ENOUGH)
    for target, source in zip(POINTS, found.sources, strict=False):
        expected = fsolve(lambda x, to=target: moved(maps, 0.6, x[None])[0] - to, target, xtol=1e-12)
        np.testing.assert_allclose(source, expected, atol=1e-5)


def test_a_good_guess_leads_to_the_same_places():
    back = PartUndone((Warp(bump(5.0), "w"),), 1.0)
    found = back.find(POINTS, ENOUGH)
    near = back.find(POINTS, ENOUGH, lambda targets: targets - 0.9 * bump(5.0).displacement(targets))
    np.testing.assert_allclose(near.places, found.places, atol=1e-5)


def test_where_a_part_folds_is_told():
    back = PartUndone((Warp(bump(40.0), "steep"),), 1.0)

    def turns_over(part, places):
        return part.turns_over(places, part.blend(places), np.eye(3) / 2)

    falling = np.array([[16.5, 10.0, 10.0], [12.0, 10, 10]])
    assert turns_over(back, falling).all()
    assert not turns_over(back, np.array([[4.0, 10, 10]])).any()
    assert not turns_over(PartUndone(back.maps, 0.1), falling).any()


def test_an_end_of_a_field_is_crossed_where_only_one_of_two_places_lies_in_it():
    field = GridField(np.ones((4, 4, 4, 3)), np.eye(4))
    back = PartUndone((Warp(field, "w"),), 1.0)
    places = np.array([[1.0, 1, 1], [3.4, 1, 1], [9, 1, 1]])
    np.testing.assert_array_equal(back.crosses_an_end(places, np.array([0.5, 0, 0])), [False, True, False])


def test_half_of_a_half_turn_is_flat_and_has_no_way_back():
    turn = np.diag([-1.0, -1, 1, 1])
    with pytest.raises(FormatError, match=r"w: the part 0\.5 of the affine in it turns space over"):
        PartUndone((turn, Warp(bump(1.0), "w")), 0.5).find(POINTS, ENOUGH)
