"""Projections and parallel rays against VTK's two volume mappers, whose own difference is the measure."""

import sys
from pathlib import Path

import numpy as np
import pytest

from brainreel.kernels.pool import Pool
from brainreel.phantom import open_phantom
from brainreel.render.cpu.media import Part
from brainreel.render.cpu.projection import ProjectionCaster
from brainreel.render.cpu.rays import finish_rays
from brainreel.render.cpu.stored_bricks import StoredBricks
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import Quality
from brainreel.render.view import View
from brainreel.store.cache import PyramidCache
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import Shading
from contracts.volumes import MemoryVolume, look

pytest.importorskip("vtk", reason="needs VTK, of the extra `bench`")
sys.path.insert(0, str(Path(__file__).parents[2]))
from benchmarks.peers_vtk import VtkVolume

EDGE = 128
SIZE = (320, 240)
WARM = ((0, (0.1, 0.1, 0.4)), (60, (0.9, 0.5, 0.1)), (140, (1, 1, 1)))
FADING = ((0, 0.1), (140, 0.9))
BLENDS = {"maximum": "Maximum", "minimum": "Minimum", "average": "Average"}


def camera(parallel):
    center = (EDGE - 1) / 2
    return Camera((center + 150, center - 190, center + 85), (center,) * 3, (0, 0, 1), 30, 0.62 * EDGE, parallel)


@pytest.fixture(scope="module")
def voxels():
    phantom = open_phantom(f"phantom:pli?size={EDGE}")["volume"]
    return phantom.read((slice(0, EDGE),) * 3)


def peer(voxels, shown, mapper, parallel):
    volume = VtkVolume(voxels, shown.transfer, shown.shading, SIZE, mapper)
    if shown.mode != "composite":
        drawing = volume._renderer.GetVolumes().GetItemAsObject(0).GetMapper()
        getattr(drawing, f"SetBlendModeTo{BLENDS[shown.mode]}Intensity")()
    volume.draw(camera(parallel))
    return volume.picture().astype(float)


def ours(voxels, shown, parallel):
    out = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
    seen, volume = View.of(camera(parallel), SIZE), MemoryVolume(voxels)
    with Pool(2) as pool:
        exact = Quality(error_px=0)
        if shown.mode == "composite":
            caster = VolumeCaster(pool, exact, 1 << 30)
            caster.finish(caster.march(volume, "phantom", shown, seen), (0, 0, 0), None, out)
        else:
            caster = ProjectionCaster(pool, StoredBricks(pool, 1 << 30, 1.0, PyramidCache(pool, 1 << 30)), exact)
            part = Part(shown, (((volume, "phantom", 1.0),),))
            finish_rays(pool, caster.march(part, shown, seen), (0, 0, 0), None, out)
    return out.astype(float)


def difference(a, b, lit):
    return np.abs(a - b)[lit].mean()


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("mode", BLENDS)
def test_a_projection_looks_as_vtks_gpu_mapper_draws_it_and_one_voxel_aside_it_does_not(voxels, mode, parallel):
    """VTK's fixed point mapper knows no mean: there the bound is half of what a voxel aside makes. And VTK shows a mean
    of opacity times value in grey, which is ours where opacity is 1 and colours are grey over all values."""
    if mode == "minimum":  # what is dark all around shows nothing else
        voxels = np.pad(np.maximum(voxels, 30)[32:96, 32:96, 32:96], 32, constant_values=200)
    grey = ((float(voxels.min()), (0, 0, 0)), (float(voxels.max()), (1, 1, 1)))
    shown = look(WARM, FADING, 1.0, mode=mode) if mode != "average" else look(grey, ((0, 1), (255, 1)), mode=mode)
    gpu = peer(voxels, shown, "gpu", parallel)
    lit = gpu.max(-1) > 8
    assert lit.mean() > 0.2
    here = difference(ours(voxels, shown, parallel), gpu, lit)
    aside = difference(ours(np.roll(voxels, 1, axis=2), shown, parallel), gpu, lit)
    assert here <= aside / 2
    if mode != "average":
        assert here <= difference(peer(voxels, shown, "fixed point", parallel), gpu, lit)


@pytest.mark.parametrize("shading", [None, Shading(0.1, 0.7, 0.2, 10)])
def test_a_volume_under_parallel_rays_looks_as_vtk_draws_it(voxels, shading):
    shown = look(unit_distance=3**0.5, shading=shading)
    fixed, gpu = (peer(voxels, shown, mapper, True) for mapper in ("fixed point", "gpu"))
    lit = (fixed.max(-1) > 8) & (gpu.max(-1) > 8)
    assert lit.mean() > 0.2
    bound = difference(fixed, gpu, lit)
    assert difference(ours(voxels, shown, True), gpu, lit) <= bound
    assert difference(ours(np.roll(voxels, 1, axis=2), shown, True), gpu, lit) > bound
