from pathlib import Path

import pytest

from brainreel.kernels.pool import Pool

pytest.register_assert_rewrite("contracts.volume", "contracts.mesh", "contracts.series", "contracts.tracts")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Public data files beside the repository; they are too large to be part of it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs public data in {folder.parent.name}/{folder.name} beside the repository")
    return folder


@pytest.fixture(scope="session")
def pool():
    """Two threads."""
    with Pool(2) as pool:
        yield pool
