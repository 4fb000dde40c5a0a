"""What is read of a store is counted, and what will be read can be announced."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from brainreel.store.stored import open_store
from contracts.conversions import store_of


@pytest.fixture
def stored(tmp_path):
    array = np.random.default_rng(0).integers(1, 255, (70, 130, 130), np.uint8)
    array[:, :, 64:] = 0
    return open_store(store_of(array, tmp_path)).pyramid


def test_bricks_are_counted_by_level_and_again_where_they_were_read_before(stored):
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(stored.read, [0, 3, 6, 0, 3]))
    stored.read(stored.levels[1].first)
    reads = stored.store.reads
    assert dict(reads.by_level) == {0: 5, 1: 1}
    assert (reads.bricks, reads.again) == (6, 2)
    assert reads.seconds > 0


def test_bricks_that_are_not_stored_are_not_counted(stored):
    stored.read(2)
    assert not stored.present[2]
    assert stored.store.reads.bricks == 0


def test_skipping_keeps_the_books_of_reading(stored):
    numbers = [0, 1, 2, 3, 0]
    for number in numbers:
        stored.read(number)
    read, skipped = stored.store.reads, stored.store.new_reads()
    for number in numbers:
        stored.skip(number, skipped)
    assert read.bricks == 3
    assert (skipped.by_level, skipped.again, skipped.byte_count) == (read.by_level, read.again, read.byte_count)
    assert read.byte_count > 4 * 64**3 * 0.5
    assert skipped.seconds == 0


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system cannot be told what is read next")
def test_what_is_announced_is_where_bricks_lie(stored, monkeypatch):
    told = []
    monkeypatch.setattr(os, "posix_fadvise", lambda handle, *span: told.append(span))
    stored.announce(np.array([0, 2, 3]))
    spans = [stored.store.span((), *stored.place(number))[2] for number in (0, 3)]
    assert sorted(told) == sorted((*span, os.POSIX_FADV_WILLNEED) for span in spans)
