"""Frames that are expected are read less often and announced; their pixels are the same."""

import os

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.render import Renderer
from brainreel.render.quality import Quality
from brainreel.store.stored import open_store
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import DataReference, LabelColor, LabelsLook, SliceLook, SlicePaint
from contracts.conversions import store_of
from contracts.volumes import look, noisy_ball

FINEST = Quality(error_px=1e-6)
SLOT = 66**3 + 2 * 8**3 + 2048
"""Bytes that a brick of one byte a voxel takes in memory, about."""


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    ball = noisy_ball(180)
    return {
        name: open_store(store_of(array, tmp_path_factory.mktemp(name)))
        for name, array in (("a", ball), ("b", np.ascontiguousarray(ball[::-1])))
    }


def frame(index, name="a", layer=None, **settings):
    angle = 0.05 * index
    eye = (90 - 260 * np.sin(angle), 90 - 260 * np.cos(angle), 120.0)
    camera = Camera(eye, (90.0, 90.0, 90.0), (0.0, 0.0, 1.0), 30.0, 1.0)
    shown = layer or look(unit_distance=40.0)
    shown = shown if layer else type(shown)(shown.name, DataReference(name), shown.transfer, shown.shading)
    return Frame((96, 72), (0.0, 0.0, 0.0), (Panel(camera, (shown,), ()),), index, **settings)


def drawn(stores, frames, slots, expected):
    prints = {name: store.fingerprint() for name, store in stores.items()}
    with Renderer(stores, prints, FINEST, slots * SLOT * 5 // 4, 2) as renderer:  # a fifth is for slices
        if expected:
            renderer.expect(frames)
        return [renderer.draw(one) for one in frames], renderer.reads()


def test_expected_frames_have_the_same_pixels_and_are_read_no_more(stores):
    frames = [frame(4 * index) for index in range(6)]
    plain, reads = drawn(stores, frames, 20, False)
    foreseen, fewer = drawn(stores, frames, 20, True)
    assert all(np.array_equal(*pair) for pair in zip(plain, foreseen, strict=True))
    assert sum(one.bricks for one in fewer.values()) <= sum(one.bricks for one in reads.values())
    assert sum(one.again for one in reads.values()) > 0


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system cannot be told what is read next")
@pytest.mark.parametrize("kind", ["volume", "slice"])
def test_what_the_next_frame_needs_and_memory_lacks_is_announced(stores, monkeypatch, kind):
    told = []
    monkeypatch.setattr(os, "posix_fadvise", lambda handle, *span: told.append(span))
    paint = SlicePaint(DataReference("a"), look().transfer)
    planes = [SliceLook("s", (90.0, at, 90.0), (0.0, 1.0, 0.0), (paint,)) for at in (20.0, 150.0)]
    frames = [frame(0), frame(1, "b")] if kind == "volume" else [frame(0, layer=planes[0]), frame(1, layer=planes[1])]
    prints = {name: store.fingerprint() for name, store in stores.items()}
    with Renderer(stores, prints, FINEST, 1 << 30, 2) as renderer:
        renderer.draw(frames[0])
        assert not told
        renderer.expect(frames)
        renderer.draw(frames[0])
    assert len(told) >= 9


def test_stores_that_dissolve_into_each_other_share_the_budget(stores):
    over = frame(0, "b")
    frames = [frame(0, dissolve=(over, part)) for part in (0.2, 0.5, 0.8)]
    _, reads = drawn(stores, frames, 400, False)
    assert all(one.bricks > 0 for one in reads.values())
    assert all(one.again == 0 for one in reads.values())


def test_labels_that_cannot_be_drawn_are_refused_with_a_remedy_where_they_are_foreseen(tmp_path):
    store = open_store(store_of(np.ones((8, 8, 8), np.int32), tmp_path, reduction="mode"))
    shown = LabelsLook("atlas", DataReference("a"), (LabelColor(1, (1.0, 0.0, 0.0), 1.0),))
    with pytest.raises(FormatError, match="convert the source"):
        drawn({"a": store}, [frame(index, layer=shown) for index in range(2)], 400, True)


def test_two_openings_of_one_store_keep_their_books_together(stores):
    again = open_store(stores["a"].path)
    _, reads = drawn({"a": stores["a"], "b": again}, [frame(0), frame(1, "b")], 400, False)
    assert [one.bricks > 0 for one in reads.values()] == [True]
