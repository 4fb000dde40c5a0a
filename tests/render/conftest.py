import pytest

from brainreel.store.stored import open_store
from contracts.conversions import store_of
from contracts.volumes import noisy_ball


@pytest.fixture(scope="module")
def ball():
    """A noisy ball (z, y, x), in 3 x 3 x 3 bricks."""
    return noisy_ball(132)


@pytest.fixture(scope="module")
def stored(ball, tmp_path_factory):
    """The ball in a store."""
    return open_store(store_of(ball, tmp_path_factory.mktemp("ball")))
