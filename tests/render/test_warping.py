"""Volumes that warps move: pictures are those of what was resampled, once for each amount, whatever is drawn when."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError, MemoryBudgetError
from brainreel.kernels.pool import Pool
from brainreel.render import Renderer
from brainreel.render.fitting import fit
from brainreel.space import GridField, PartUndone, PointMap, Warp, rotation
from brainreel.store.stored import open_store
from brainreel.store.warped import WarpedVolume
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import (
    ColorRange,
    ColorVolumeLook,
    DataReference,
    LabelColor,
    LabelsLook,
    SliceLook,
    SlicePaint,
    WarpMove,
)
from contracts.conversions import store_of
from contracts.volumes import MemoryVolume, noisy_ball
from contracts.volumes import look as volume_look

CENTER = (20.0, 22.0, 18.0)
SHAPE = (36, 44, 40)
CAMERA = Camera((120.0, 40.0, 60.0), CENTER, (0, 0, 1), 30.0, 1.0)
COLORS = ColorRange("gray", (0.0, 200.0))


@dataclass(frozen=True)
class Bend:
    """A Transform of one warp."""

    point_maps: tuple[PointMap, ...]
    name: str = "warp"

    def fingerprint(self) -> str:
        return self.name


@dataclass(frozen=True)
class Moments:
    """A VolumeSeries of two moments."""

    volumes: tuple[MemoryVolume, ...]
    name: str = "series"
    times: TimeAxis = field(default_factory=lambda: TimeAxis(0.0, 1.0, 2))

    def moment(self, index):
        return self.volumes[index]

    def fingerprint(self):
        return "series"


def bulge(height=9.0):
    """Something pushes from the middle towards the right."""
    z, y, x = np.meshgrid(*[np.linspace(-1, 1, 15)] * 3, indexing="ij")
    vectors = np.zeros((15, 15, 15, 3))
    vectors[..., 0] = height * np.exp(-3 * (x**2 + y**2 + z**2))
    world = np.diag([5.0, 5, 5, 1])
    world[:3, 3] = -15
    return Bend((Warp(GridField(vectors, world), "bulge.nii.gz"),))


BULGE = bulge()


def texture(edge=48, seed=0):
    z, y, x = SHAPE
    return np.ascontiguousarray(noisy_ball(edge, seed)[:z, :y, :x])


def segments():
    return (texture() > 60).astype(np.uint8) + (texture() > 90)


def at(amount=None, sampling="linear", asset="brain", before=(), after=()):
    warp = () if amount is None else (WarpMove("w", amount, sampling=sampling),)
    return DataReference(asset, moves=(*before, *warp, *after))


def soft(**more):
    return replace(volume_look(opacities=((0, 0), (254, 0.3))), **more)


def frame(*layers):
    return Frame((96, 72), (0, 0, 0), (Panel(CAMERA, layers),))


def drawn(data, *frames, threads=2, **more):
    data = {"w": BULGE, **data}
    named = {key: item.fingerprint() for key, item in data.items()}
    with Renderer(data, named, threads=threads, **more) as renderer:
        return [renderer.draw(one) for one in frames]


def turned(degrees):
    affine = np.eye(4)
    affine[:3, :3] = rotation(np.radians(degrees) * np.array([0, 0, 1.0]))
    affine[:3, 3] = np.array(CENTER) - affine[:3, :3] @ CENTER
    return tuple(map(tuple, affine.tolist()))


def resampled(source, amount, sampling="linear"):
    """What is drawn where the warp moves `source`."""
    volume = WarpedVolume(source, PartUndone(BULGE.point_maps, amount), Pool(1), sampling)
    return MemoryVolume(volume.read(tuple(slice(0, n) for n in volume.shape)), volume.world_from_voxel)


def shown(kind, reference):
    if kind == "slice":
        return SliceLook("brain", CENTER, (0.0, 0.6, 0.8), (SlicePaint(reference, COLORS),))
    if kind == "labels":
        return LabelsLook("brain", reference, (LabelColor(1, (1, 0.2, 0.1)), LabelColor(2, (0.2, 0.3, 1))))
    if kind == "colours":
        return ColorVolumeLook("brain", (reference,) * 3, soft().transfer)
    return soft(data=reference, mode="maximum" if kind == "projected" else "composite")


@pytest.mark.parametrize("amount", [0.5, 1.0])
@pytest.mark.parametrize("kind", ["volume", "projected", "labels", "slice", "colours"])
def test_a_warped_volume_is_drawn_as_one_that_was_resampled(kind, amount):
    sampling = "labels" if kind == "labels" else "linear"
    source = MemoryVolume(segments() if kind == "labels" else texture())
    there = drawn({"brain": resampled(source, amount, sampling)}, frame(shown(kind, at())))[0]
    found = drawn({"brain": source}, frame(shown(kind, at(amount, sampling))))[0]
    np.testing.assert_array_equal(found, there)
    still = drawn({"brain": source}, frame(shown(kind, at())))[0]
    assert found.max() > 20
    assert np.abs(found.astype(int) - still).max() > 15


def test_pictures_do_not_depend_on_what_was_drawn_before_or_on_threads():
    frames = [frame(soft(data=at(amount)), shown("slice", at(amount))) for amount in (0.25, 0.5, 1.0)]
    data = {"brain": MemoryVolume(texture())}
    together = drawn(data, *frames)
    assert len({one.tobytes() for one in together}) == 3
    for one, found in zip(frames[::-1], together[::-1], strict=True):
        np.testing.assert_array_equal(drawn(data, one, threads=3)[0], found)


def test_a_volume_is_read_once_however_often_a_growing_warp_resamples_it():
    volume = MemoryVolume(texture())
    drawn({"brain": volume}, *(frame(soft(data=at(amount))) for amount in (0.2, 0.4, 0.6, 0.8)))
    assert len(volume.reads) == 1


def test_what_turns_after_it_was_warped_is_resampled_once(monkeypatch):
    reads = []
    monkeypatch.setattr(
        WarpedVolume, "read", lambda self, region, own=WarpedVolume.read: reads.append(1) or own(self, region)
    )
    volume = MemoryVolume(texture())
    drawn({"brain": volume}, frame(soft(data=at(0.5))))
    once = len(reads)
    pictures = drawn({"brain": volume}, *(frame(soft(data=at(0.5, after=(turned(a),)))) for a in (0, 20, 40)))
    assert len(reads) == 2 * once
    assert len({one.tobytes() for one in pictures}) == 3


def test_what_turns_before_it_is_warped_is_warped_where_it_then_is():
    source = MemoryVolume(texture())
    before = turned(70)
    elsewhere = MemoryVolume(texture(), np.array(before))
    found = drawn({"brain": source}, frame(soft(data=at(0.7, before=(before,)))))[0]
    np.testing.assert_array_equal(found, drawn({"brain": elsewhere}, frame(soft(data=at(0.7))))[0])


def test_moments_of_a_volume_are_warped_and_blended():
    series = Moments((MemoryVolume(texture()), MemoryVolume(texture(seed=4))))
    there = Moments(tuple(resampled(one, 0.8) for one in series.volumes))
    moment = DataReference("brain", (0, 1), (0.25, 0.75))
    found = drawn({"brain": series}, frame(soft(data=replace(moment, moves=at(0.8).moves))))[0]
    np.testing.assert_array_equal(found, drawn({"brain": there}, frame(soft(data=moment)))[0])


def test_two_warps_follow_each_other():
    source = MemoryVolume(texture())
    twice = replace(at(0.5), moves=(*at(0.5).moves, *at(0.3).moves))
    there = drawn({"brain": resampled(resampled(source, 0.5), 0.3)}, frame(soft(data=at())))[0]
    np.testing.assert_array_equal(drawn({"brain": source}, frame(soft(data=twice)))[0], there)


def test_a_store_that_fits_is_warped_as_what_it_holds(tmp_path):
    stored = open_store(store_of(texture(), tmp_path / "a"))
    plain = MemoryVolume(texture(), stored.world_from_voxel)
    for kind in ("volume", "slice"):
        found = drawn({"brain": stored}, frame(shown(kind, at(0.6))))[0]
        np.testing.assert_array_equal(found, drawn({"brain": plain}, frame(shown(kind, at(0.6))))[0])


def test_a_store_that_does_not_fit_is_refused_with_what_helps(tmp_path):
    stored = open_store(store_of(texture(), tmp_path / "a"))
    with pytest.raises(MemoryBudgetError, match=r"--budget \d+MB; a warp moves it") as caught:
        drawn({"brain": stored}, frame(soft(data=at(0.6))), budget_bytes=1 << 20)
    assert "convert" not in str(caught.value)


def test_a_volume_that_is_made_coarser_to_fit_is_warped_as_the_coarser_one():
    whole = MemoryVolume(noisy_ball(96), np.diag([0.5, 0.5, 0.5, 1]))
    one = frame(soft(data=at(0.6)))
    data = {"brain": whole, "w": BULGE}
    named = {key: item.fingerprint() for key, item in data.items()}
    fitted = fit(data, named, [one], 1_200_000)
    with Renderer(fitted.data, fitted.fingerprints, threads=2) as renderer:
        found = renderer.draw(one)
    ((_, coarse),) = fitted.reduced.values()
    z, y, x = coarse.shape
    plain = MemoryVolume(coarse.read((slice(0, z), slice(0, y), slice(0, x))), coarse.world_from_voxel)
    np.testing.assert_array_equal(found, drawn({"brain": plain}, one)[0])


def test_a_warp_that_folds_is_refused():
    with pytest.raises(FormatError, match=r"bulge\.nii\.gz: at amount 1 the warp folds around"):
        drawn({"brain": MemoryVolume(texture()), "w": bulge(60.0)}, frame(soft(data=at(1.0))))
