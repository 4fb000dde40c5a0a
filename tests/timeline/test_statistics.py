"""Percentiles over both hemispheres."""

from itertools import pairwise

import numpy as np
import pytest

from brainreel.timeline.automatic import has_both_signs, paint_range, unit_distance, volume_opacities
from brainreel.timeline.statistics import Distribution, ascending, series_distribution

LEVELS = np.linspace(0, 1, 2001)


def quantiles(values) -> tuple[float, ...]:
    return tuple(map(float, np.quantile(values, LEVELS)))


@pytest.mark.parametrize("percent", [0, 1, 10, 50, 90, 96, 97.5, 99.9, 100])
def test_two_parts_give_the_percentile_of_all_values(percent: float) -> None:
    rng = np.random.default_rng(0)
    left, right = rng.normal(0, 1, 30_000), rng.exponential(5, 10_000) + 1
    merged = Distribution((quantiles(left), quantiles(right)), (30_000, 10_000))
    expected = np.percentile(np.concatenate([left, right]), percent)
    assert merged.value_below(percent / 100) == pytest.approx(expected, abs=0.02)


def test_values_that_repeat_are_weighed_rightly() -> None:
    left = np.repeat([0.0, 5.0], [900, 100])
    right = np.repeat([0.0, 1.0], [500, 500])
    merged = Distribution((quantiles(left), quantiles(right)), (1.0, 1.0))
    every = np.concatenate([left, right])
    for percent in (10, 60, 75, 90, 97, 99):
        assert merged.value_below(percent / 100) == pytest.approx(np.percentile(every, percent), abs=0.01), percent


def test_one_hemisphere_counted_twice_is_itself(facts) -> None:
    left = facts.series("left")
    alone, both = series_distribution([left], False), series_distribution([left, left], False)
    for fraction in (0.1, 0.5, 0.96, 0.999):
        assert both.value_below(fraction) == pytest.approx(alone.value_below(fraction), rel=1e-9)


def test_the_automatic_range_is_that_of_mne(facts) -> None:
    rng = np.random.default_rng(3)
    positive, signed = rng.exponential(2, 50_000), rng.normal(0, 2, 50_000)
    assert paint_range([facts.series("left", positive)], False) == pytest.approx(
        np.percentile(positive, [96, 97.5, 99.95]), rel=0.01
    )
    assert paint_range([facts.series("left", signed)], True) == pytest.approx(
        np.percentile(np.abs(signed), [96, 97.5, 99.95]), rel=0.01
    )
    assert has_both_signs([facts.series("left", signed)])
    assert not has_both_signs([facts.series("left", positive)])
    assert not has_both_signs([facts.series("left", positive - 0.01)])


def test_levels_that_coincide_are_told_apart() -> None:
    low, middle, high = ascending([0.0, 0.0, 0.0])
    assert low < middle < high < 1e-20
    assert ascending([0.0, 0.0, 4.0])[1] == pytest.approx(0, abs=1e-5)
    assert ascending([0.0, 1.0, 4.0]) == (0, 1, 4)
    with pytest.raises(ValueError, match="1 comes after 2"):
        ascending([0.0, 2.0, 1.0])


def test_the_automatic_unit_distance_is_that_of_paraview(facts) -> None:
    diagonal = np.linalg.norm([63 * 3, 63 * 3, 92 * 2])
    assert unit_distance(facts.volume()) == pytest.approx(diagonal / (63 * 63 * 92) ** (1 / 3))


def test_the_automatic_opacity_hides_the_background_and_shows_what_is_inside(facts) -> None:
    points = volume_opacities(facts.volume())
    assert points[0] == (20.0, 0.0)
    xs, ys = zip(*points, strict=True)
    assert list(xs) == sorted(set(xs))
    assert list(ys) == sorted(ys)
    volume = facts.volume()
    tenth = np.mean(np.ptp(volume.hull, axis=0)) / 10 / unit_distance(volume)
    assert 0.05 < (1 - ys[-2]) ** tenth < 0.9
    assert ys[-1] < 1


def test_the_automatic_opacity_does_not_depend_on_resolution(facts) -> None:
    coarse, fine = facts.volume(), facts.volume(shape=(372, 256, 256), spacing=(0.75, 0.75, 0.5))

    def transmitted(volume) -> float:
        return (1 - volume_opacities(volume)[2][1]) ** (100 / unit_distance(volume))

    assert transmitted(coarse) == pytest.approx(transmitted(fine), rel=0.05)


@pytest.mark.parametrize("values", [np.zeros(501), np.linspace(0, 1e-9, 501), np.full(501, -1000.0)])
def test_automatic_functions_of_flat_data_still_ascend(facts, values) -> None:
    flat = facts.volume(quantiles=tuple(map(float, values)), background=float(values[0]))
    xs = [x for x, _ in volume_opacities(flat)]
    assert all(before < after for before, after in pairwise(xs))
