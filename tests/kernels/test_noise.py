import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels import noise
from brainreel.kernels.compiler import kernel

DIGEST = """
import hashlib
from brainreel.phantom import open_phantom
volume = open_phantom("phantom:pli?z=150&y=260&x=390")["volume"]
print(hashlib.sha256(volume.read((slice(70, 73), slice(100, 106), slice(100, 190))).tobytes()).hexdigest())
"""


@kernel
def fill_value_noise(out, step, seed):
    """Value noise on a grid of `step` / 256 of its period."""
    for row in range(out.shape[0]):
        for start in range(0, out.shape[1], 16):
            a = (L.iota() + start) * step
            L.store(out, row * out.shape[1] + start, noise.value_noise(a, L.splat(row * step), seed))


@kernel
def fill_grain(out, salt):
    """Grain of consecutive voxels."""
    for start in range(0, out.shape[0], 16):
        L.store(out, start, noise.grain(noise.scramble(L.iota() + start, salt)))


@kernel
def fill_depth(out, outline, sulcus, bottom, thinness):
    """`depth_below_pia` of given depths."""
    for start in range(0, out.shape[0], 16):
        depth = noise.depth_below_pia(
            L.load_i32(outline, start),
            L.load_i32(sulcus, start),
            L.load_i32(bottom, start),
            L.load_i32(thinness, start),
        )
        L.store(out, start, depth)


def value_noise(size, step, seed=5):
    out = np.empty((size, size), np.int32)
    fill_value_noise(out, step, seed)
    return out


def test_value_noise_is_spread_over_its_range_and_without_a_tilt():
    samples = value_noise(256, 256)
    assert samples.min() == 0
    assert samples.max() == 255
    assert samples.mean() == pytest.approx(127.5, abs=2)
    assert samples.std() == pytest.approx(73.9, abs=2)
    neighbours = np.corrcoef(samples[:, 1:].ravel(), samples[:, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.02


def test_value_noise_is_smooth_between_its_random_values():
    smooth = value_noise(256, 8)
    assert np.abs(np.diff(smooth, axis=0)).max() <= 13
    assert np.abs(np.diff(smooth, axis=1)).max() <= 13
    np.testing.assert_array_equal(smooth[::32, ::32], value_noise(16, 256)[:8, :8])


def test_value_noise_depends_on_its_seed():
    assert abs(np.corrcoef(value_noise(64, 256).ravel(), value_noise(64, 256, seed=1000).ravel())[0, 1]) < 0.06


def test_grain_is_bell_shaped_around_zero():
    out = np.empty(65536, np.int32)
    fill_grain(out, 77)
    assert out.mean() == pytest.approx(0, abs=3)
    assert out.std() == pytest.approx(147.8, abs=3)
    assert (np.abs(out) < 148).mean() == pytest.approx(0.68, abs=0.02)


def test_depth_below_the_pia_is_that_below_the_outline_or_beside_a_sulcus():
    outline = np.array([2560, 2560, 2560, 300, -50, 5000], np.int32)
    sulcus = np.array([9999, 0, 400, 9999, 9999, 0], np.int32)
    bottom = np.full(6, 3328, np.int32)
    thinness = np.full(6, 256, np.int32)
    padded = [np.pad(array, (0, 10)) for array in (outline, sulcus, bottom, thinness)]
    out = np.empty(16, np.int32)
    fill_depth(out, *padded)
    far, within, beside, shallow, outside, below = out[:6]
    assert (far, shallow, outside) == (2560, 300, -50)
    assert within < 0
    assert beside == 400 - 125
    assert below == 5000 - 3328


def test_the_interpreted_kernel_gives_the_compiled_voxels():
    outcomes = []
    for environment in ({}, {"NUMBA_DISABLE_JIT": "1"}):
        run = [sys.executable, "-c", DIGEST]
        done = subprocess.run(run, env=os.environ | environment, capture_output=True, text=True, check=True)
        outcomes.append(done.stdout)
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0].strip()) == hashlib.sha256().digest_size * 2
