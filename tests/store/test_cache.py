import re

import numpy as np
import pytest

from brainreel.errors import MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.store.cache import PyramidCache, Wanted
from contracts.volumes import MemoryVolume


@pytest.mark.parametrize("share", [1.0, 0.75])
def test_the_budget_that_a_refused_volume_asks_for_is_enough(share):
    volume = MemoryVolume(np.zeros((140, 130, 200), np.uint8))
    with Pool(1) as pool:
        with pytest.raises(MemoryBudgetError) as refused:
            PyramidCache(pool, int(3e6 * share), share).get(volume, "a", 1)
        message = r"in memory: needs (\d+) MB of bricks, the budget leaves (\d+) MB; give --budget (\d+)MB, or .*"
        found = re.fullmatch(message, str(refused.value))
        assert found
        needed, left, budget = map(int, found.groups())
        assert left == int(3 * share) < needed
        with pytest.raises(MemoryBudgetError):
            PyramidCache(pool, int((budget - 1) * 1e6 * share), share).get(volume, "a", 1)
        PyramidCache(pool, int(budget * 1e6 * share), share).get(volume, "a", 1)


def moments(count):
    return [(MemoryVolume(np.full((20, 20, 20), 10 * k, np.uint8)), f"moment {k}", 1.0) for k in range(count)]


@pytest.mark.parametrize("weights", [(0.25, 0.75), (0.5, 0.5)])
def test_two_moments_are_blended_by_their_weights(weights):
    first, second = (volume for volume, _, _ in moments(8)[6:])
    both = (first, "first", weights[0]), (second, "second", weights[1])
    with Pool(2) as pool:
        pyramid = PyramidCache(pool, 1 << 28).get_all([Wanted(both, 1)])[0]
    assert set(np.unique(pyramid.pool)) <= {0, round(60 * weights[0] + 70 * weights[1])}
    assert pyramid.extent == (round(60 * weights[0] + 70 * weights[1]),) * 2


def test_of_a_series_two_moments_are_kept_and_read_once():
    series = moments(4)
    with Pool(1) as pool:
        cache = PyramidCache(pool, 1 << 28)
        for k in (0, 1, 1, 0, 2, 0):
            cache.get_all([Wanted((series[k],), 1, series="fmri")])
    assert [len(volume.reads) for volume, _, _ in series] == [1, 1, 1, 0]


def test_pyramids_of_one_picture_are_in_memory_together_or_refused():
    first, second = moments(2)
    size = Wanted((first,), 1).byte_count
    with Pool(1) as pool:
        wanted = [Wanted((first,), 1), Wanted((second,), 1)]
        cache = PyramidCache(pool, 2 * size)
        assert len(cache.get_all(wanted)) == 2
        cache.get_all(wanted)
        assert len(first[0].reads) == 1
        with pytest.raises(MemoryBudgetError, match="in memory"):
            PyramidCache(pool, 2 * size - 1).get_all(wanted)
