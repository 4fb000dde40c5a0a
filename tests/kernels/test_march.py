"""The march compiled against the march interpreted: one small picture of each kind of voxel, shaded or not.

Run as a program it draws them under whatever the environment says and writes them to the file it is given.
"""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

KINDS = [(dtype, shaded, 28) for dtype in ("uint8", "uint16", "float32") for shaded in (False, True)]
KINDS += [("uint8", False, 8), ("uint8", True, 8)]  # so near that bricks are read by blocks
MEDIA = ("two volumes", "labels", "lit labels", "colors", "fading", "means", "nearest")


def draw(dtype: str, shaded: bool, angle: float) -> np.ndarray:
    """16 x 16 pixels of 12^3 voxels: cut, stretched, half of them behind surfaces."""
    from brainreel.kernels.pool import Pool
    from brainreel.render.cpu.volume import VolumeCaster
    from brainreel.render.quality import FINAL
    from brainreel.space import Box
    from brainreel.timeline.looks import Shading
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


def draw_media(name: str) -> np.ndarray:
    """16 x 16 pixels of 12^3 voxels of other kinds; of two volumes one is cut and on a grid of its own."""
    from brainreel.kernels.pool import Pool
    from brainreel.render.cpu.media import Part
    from brainreel.render.cpu.volume import VolumeCaster
    from brainreel.render.quality import FINAL
    from brainreel.space import Box
    from brainreel.timeline.looks import ColorVolumeLook, DataReference, LabelColor, LabelsLook, OpacityPoint, Shading
    from contracts.volumes import MemoryVolume, look, view

    rng = np.random.default_rng(5)
    affine = np.array([[1, 0.2, 0, 3], [0, 1.5, 0, 1], [0.1, 0, 0.8, 2], [0, 0, 0, 1.0]])
    moved = affine.copy()
    moved[:3, 3] += 1.5, -2, 0.3

    def part(shown, *arrays, affine=affine):
        volumes = [MemoryVolume(array, affine) for array in arrays]
        return Part(shown, tuple(((volume, str(number), 1.0),) for number, volume in enumerate(volumes)))

    values = [rng.integers(0, 120, (12, 12, 12)).astype(np.uint8) for _ in range(3)]
    labels = rng.choice(np.array([0, 3, 70_000, -8]), (12, 12, 12))
    colors = (LabelColor(3, (1, 0, 0), 0.7), LabelColor(70_000, (0, 1, 0.5), 0.2), LabelColor(-8, (0.2, 0, 1)))
    plain = look(unit_distance=3.0)
    fading = replace(plain.transfer, gradient_opacities=(OpacityPoint(0, 0), OpacityPoint(60, 1)))
    light, data = Shading(0.2, 0.7, 0.3, 8), DataReference("data")
    cut = replace(plain, keep=Box((4, -10, -10), (30, 14, 9)), shading=light)
    parts = {
        "two volumes": [part(plain, values[0]), part(cut, values[1], affine=moved)],
        "labels": [part(LabelsLook("labels", data, colors), labels)],
        "lit labels": [part(LabelsLook("labels", data, colors, light), labels)],
        "colors": [part(ColorVolumeLook("colors", (data,) * 3, plain.transfer, light), *values)],
        "fading": [part(replace(plain, transfer=fading), values[0])],
        "means": [part(replace(plain, preintegrated=True), values[0].astype(np.float32))],
        "nearest": [part(replace(plain, nearest=True), values[0])],
    }[name]
    caster, out = VolumeCaster(Pool(1), FINAL, 1 << 28), np.empty((16, 16, 3), np.uint8)
    seen = view((30, 25, 18), (9, 9, 7), angle=28, size=(16, 16))
    caster.finish(caster.march_together(parts, seen), (0.1, 0.2, 0.3), None, out)
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


@pytest.mark.parametrize("name", MEDIA)
def test_compiled_media_look_as_interpreted_ones_do(interpreted, name):
    picture = draw_media(name)
    assert len(np.unique(picture)) > 50
    assert np.abs(picture.astype(int) - interpreted[name]).max() <= 1


if __name__ == "__main__":
    pictures = {" ".join(map(str, kind)): draw(*kind) for kind in KINDS}
    np.savez(sys.argv[1], **pictures, **{name: draw_media(name) for name in MEDIA})
