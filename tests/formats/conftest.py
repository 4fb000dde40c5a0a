from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remembered fingerprints of one test are neither another's nor the user's."""
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def voxels() -> np.ndarray:
    """(9, 5, 6) uint16 with another value in every voxel, so that no axis can be taken for another."""
    return np.random.default_rng(1).permutation(9 * 5 * 6).astype(np.uint16).reshape(9, 5, 6) * 200


@pytest.fixture
def tetrahedron() -> tuple[np.ndarray, np.ndarray]:
    """Points (4, 3) in mm around the origin and faces (4, 3) that face outwards."""
    points = np.array([[10, 10, 10], [10, -10, -10], [-10, 10, -10], [-10, -10, 10]], np.float32)
    return points, np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]], np.int32)


@pytest.fixture
def values() -> np.ndarray:
    """(5, 7) float32 over time: 5 moments of 7 values."""
    return np.random.default_rng(2).normal(size=(5, 7)).astype(np.float32)
