"""The march compiled against the march interpreted: one small picture of each kind of voxel, shaded or not.

Run as a program it draws them under whatever the environment says and writes them to the file it is given.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

KINDS = [(dtype, shaded, 28) for dtype in ("uint8", "uint16", "float32") for shaded in (False, True)]
KINDS += [("uint8", False, 8), ("uint8", True, 8)]  # so near that bricks are read by blocks


def draw(dtype: str, shaded: bool, angle: float) -> np.ndarray:
    """16 x 16 pixels of 12^3 voxels: cut, stretched, half of them behind surfaces."""
    from brainreel.kernels.pool import Pool
    from brainreel.render.cpu.volume import VolumeCaster
    from brainreel.render.quality import FINAL
    from brainreel.space import Box
    from brainreel.timeline.frame import Shading
    from contracts.volumes import MemoryVolume, look, view

    rng = np.random.default_rng(3)
    array = (rng.integers(0, 120, (12, 12, 12)) * (rng.random((12, 12, 12)) < 0.7)).astype(dtype)
    if dtype == "float32":
        array[3, 4, 5] = np.nan
    affine = np.array([[1, 0.2, 0, 3], [0, 1.5, 0, 1], [0.1, 0, 0.8, 2], [0, 0, 0, 1.0]])
    light = Shading(0.2, 0.7, 0.3, 8) if shaded else None
    shown = look(unit_distance=3.0, shading=light, keep=Box((-10, -10, -10), (11, 30, 30)))
    depths = np.full((16, 16, 4), np.inf, np.float32)
    depths[:, 8:, 1:] = rng.uniform(25, 45, (16, 8, 3))
    colors = rng.integers(0, 1 << 24, (16, 16, 4)).astype(np.uint32)
    seen = view((30, 25, 18), (9, 9, 7), angle=angle, size=(16, 16))
    caster, out = VolumeCaster(Pool(1), FINAL, 1 << 28), np.empty((16, 16, 3), np.uint8)
    volume = MemoryVolume(array, affine)
    caster.finish(caster.march(volume, "a", shown, seen, depths), (0.1, 0.2, 0.3), colors, out)
    return out


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory):
    path = tmp_path_factory.mktemp("march") / "pictures.npz"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, __file__, str(path)], check=True, env=environment, timeout=300)
    with np.load(path) as pictures:
        return dict(pictures)


@pytest.mark.parametrize(("dtype", "shaded", "angle"), KINDS)
def test_the_compiled_march_draws_what_the_interpreted_one_does(interpreted, dtype, shaded, angle):
    picture = draw(dtype, shaded, angle)
    assert len(np.unique(picture)) > 50
    assert np.abs(picture.astype(int) - interpreted[f"{dtype} {shaded} {angle}"]).max() <= 1


if __name__ == "__main__":
    np.savez(sys.argv[1], **{" ".join(map(str, kind)): draw(*kind) for kind in KINDS})
