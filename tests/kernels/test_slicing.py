"""Slices, projections and parallel rays compiled against the same interpreted: one small picture of each kind.

Run as a program it draws them under whatever the environment says and writes them to the file it is given.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

KINDS = [f"slices {dtype} {kind}" for dtype in ("uint8", "uint16", "float32") for kind in ("linear", "labels")]
KINDS += ["among a volume", "parallel", "parallel blocks"]
KINDS += [f"{mode} {parallel}" for mode in ("maximum", "minimum", "average") for parallel in (False, True)]


def draw(kind: str) -> np.ndarray:
    """16 x 16 pixels of 12^3 voxels, half of them behind surfaces."""
    from brainreel.kernels.pool import Pool
    from brainreel.render.cpu.media import Part
    from brainreel.render.cpu.projection import ProjectionCaster
    from brainreel.render.cpu.rays import finish_rays
    from brainreel.render.cpu.slices import SliceCaster
    from brainreel.render.cpu.stored_bricks import StoredBricks
    from brainreel.render.cpu.volume import VolumeCaster
    from brainreel.render.quality import FINAL
    from brainreel.render.view import View
    from brainreel.store.cache import PyramidCache
    from brainreel.timeline.frame import Camera
    from brainreel.timeline.looks import DataReference, LabelColor, SliceLook, SlicePaint
    from contracts.volumes import MemoryVolume, look

    rng = np.random.default_rng(3)
    array = (rng.integers(0, 120, (12, 12, 12)) * (rng.random((12, 12, 12)) < 0.7)).astype("uint8")
    affine = np.array([[1, 0.2, 0, 3], [0, 1.5, 0, 1], [0.1, 0, 0.8, 2], [0, 0, 0, 1.0]])
    depths = np.full((16, 16, 4), np.inf, np.float32)
    depths[:, 8:, 1:] = rng.uniform(25, 45, (16, 8, 3))
    colors = rng.integers(0, 1 << 24, (16, 16, 4)).astype(np.uint32)
    scale = 2.0 if "blocks" in kind else 9.0
    camera = Camera((30, 25, 18), (9, 9, 7), (0, 0, 1), 28, scale, "parallel" in kind or "True" in kind)
    seen, out, pool = View.of(camera, (16, 16)), np.empty((16, 16, 3), np.uint8), Pool(1)
    shown = look(unit_distance=3.0)
    paints = (SlicePaint(DataReference("a"), shown.transfer),)
    if "labels" in kind:
        table = tuple(LabelColor(k, (k / 120, 1 - k / 120, 0.5), 0.8) for k in range(1, 120, 2))
        paints += (SlicePaint(DataReference("a"), table, boundaries=True),)
    if kind.startswith("slices"):
        array = array.astype(kind.split()[1])
    volume = MemoryVolume(array, affine)
    one = SliceLook("one", (9, 9, 7), (0.0, 0.6, 0.8), paints, None, (1, 1, 0), 0.05, (9, 9, 7), 0.9)
    two = SliceLook("two", (9, 9, 7), (1.0, 0.0, 0.0), paints)
    slices = SliceCaster(pool, PyramidCache(pool, 1 << 28), FINAL, lambda _: ((volume, "a", 1.0),))
    if kind.startswith("slices"):
        slices.draw((one, two), seen, (0.1, 0.2, 0.3), (depths, colors), out)
        return out
    if kind.split()[0] in ("maximum", "minimum", "average"):
        shown = look(opacities=((0, 0.2), (120, 0.9)), mode=kind.split()[0])
        caster = ProjectionCaster(pool, StoredBricks(pool, 1 << 28, 1.0, PyramidCache(pool, 1 << 28)), FINAL)
        rays = caster.march(Part(shown, (((volume, "a", 1.0),),)), shown, seen, depths, colors)
        finish_rays(pool, rays, (0.1, 0.2, 0.3), colors, out)
        return out
    if kind == "among a volume":
        depths, colors = slices.merge((one, two), seen, (depths, colors))
    rays = VolumeCaster(pool, FINAL, 1 << 28)
    rays.finish(rays.march(volume, "a", shown, seen, depths), (0.1, 0.2, 0.3), colors, out)
    return out


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory):
    path = tmp_path_factory.mktemp("slicing") / "pictures.npz"
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] += os.pathsep + os.environ["PYTHONPATH"]
    subprocess.run([sys.executable, __file__, str(path)], check=True, env=environment, timeout=300)
    with np.load(path) as pictures:
        return dict(pictures)


@pytest.mark.parametrize("kind", KINDS)
def test_the_compiled_kernels_draw_what_the_interpreted_ones_do(interpreted, kind):
    picture = draw(kind)
    assert len(np.unique(picture)) > 50
    off = np.abs(picture.astype(int) - interpreted[kind]).max(-1)
    assert (off <= 1).mean() > 0.99  # a value may fall on the other side of a border between labels


if __name__ == "__main__":
    np.savez(sys.argv[1], **{kind: draw(kind) for kind in KINDS})
