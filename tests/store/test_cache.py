import re

import numpy as np
import pytest

from brainreel.errors import MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.store.cache import PyramidCache
from contracts.volumes import MemoryVolume


@pytest.mark.parametrize("share", [1.0, 0.75])
def test_the_budget_that_a_refused_volume_asks_for_is_enough(share):
    volume = MemoryVolume(np.zeros((140, 130, 200), np.uint8))
    with Pool(1) as pool:
        with pytest.raises(MemoryBudgetError) as refused:
            PyramidCache(pool, int(3e6 * share), share).get(volume, "a", 1)
        message = r"in memory: needs (\d+) MB of bricks, the budget leaves (\d+) MB; give --budget (\d+)MB"
        found = re.fullmatch(message, str(refused.value))
        assert found
        needed, left, budget = map(int, found.groups())
        assert left == int(3 * share) < needed
        with pytest.raises(MemoryBudgetError):
            PyramidCache(pool, int((budget - 1) * 1e6 * share), share).get(volume, "a", 1)
        PyramidCache(pool, int(budget * 1e6 * share), share).get(volume, "a", 1)
