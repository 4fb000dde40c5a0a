"""What goes wrong around a conversion: each time one message, and nothing that looks like a store."""

import errno
import os
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from brainreel.errors import DiskError, FormatError, InputError, Interrupted
from brainreel.formats import ReadOptions, open_data
from brainreel.store import cascade, conversion
from brainreel.store.conversion import convert, require_room
from contracts.conversions import files_of, plan_of, store_of
from contracts.volumes import MemoryVolume

SHAPE = (9, 64 * 7, 130)


@pytest.fixture(scope="module")
def voxels():
    return np.random.default_rng(0).integers(0, 9, SHAPE).astype(np.uint8)


@pytest.fixture(scope="module")
def whole(voxels, tmp_path_factory):
    return files_of(store_of(voxels, tmp_path_factory.mktemp("whole")))


@pytest.fixture
def slices(voxels, tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    for k, plane in enumerate(voxels):
        (folder / f"s{k}.raw").write_bytes(plane.tobytes())
    return folder


def plan_slices(folder):
    return plan_of(open_data(folder, ReadOptions(dtype="uint8", shape=SHAPE, spacing=(1, 1, 1))))


def before_band(monkeypatch, number, do):
    """Have `do()` done before row of bricks `number` of level 0 is worked on."""
    feed = cascade.Cascade.feed

    def fed(self, band, *args):
        if band == number:
            do()
        return feed(self, band, *args)

    monkeypatch.setattr(cascade.Cascade, "feed", fed)


@pytest.mark.parametrize("nth", [*range(8), 10, 13])
def test_on_a_full_disk_it_stops_and_goes_on_when_there_is_room(tmp_path, monkeypatch, voxels, whole, nth):
    output, writes, write = tmp_path / "a.ome.zarr", [], cascade.ShardWriter.write

    def full(writer, path, *args):
        writes.append(path)
        if len(writes) > nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(writer, path, *args)

    with monkeypatch.context() as patch:
        patch.setattr(cascade.ShardWriter, "write", full)
        with pytest.raises(DiskError, match=r"disk is full.*goes on where it stopped"):
            convert(plan_of(voxels), output, 2)
    assert not output.exists()
    with pytest.raises(FormatError, match="unfinished conversion"):
        open_data(tmp_path / "a.ome.zarr.part")
    convert(plan_of(voxels), output, 2)
    assert files_of(output) == whole
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.ome.zarr"]


@pytest.mark.parametrize("name", ["write_record", "write_descriptions", "write_metadata"])
def test_a_disk_that_fills_up_at_the_end_leaves_no_store_either(tmp_path, monkeypatch, voxels, whole, name):
    write = getattr(conversion, name)

    def full(*args):
        write(*args)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(conversion, name, full)
        with pytest.raises(DiskError):
            convert(plan_of(voxels), tmp_path / "a.ome.zarr", 2)
    with pytest.raises(FormatError, match="unfinished conversion"):
        open_data(tmp_path / "a.ome.zarr.part")
    convert(plan_of(voxels), tmp_path / "a.ome.zarr", 2)
    assert files_of(tmp_path / "a.ome.zarr") == whole


def test_a_disk_that_is_too_small_is_known_before(tmp_path, monkeypatch):
    plan = plan_of(np.random.default_rng(0).integers(0, 255, (64, 200, 200)).astype(np.uint8))
    monkeypatch.setattr(conversion.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    with pytest.raises(DiskError, match=r"needs about 0\.00\d+ GB, an unpacked copy .*0\.001 GB are free; make room"):
        require_room(plan, tmp_path / "a.ome.zarr")


@pytest.mark.parametrize("change", ["grow", "cut", "touch", "delete"])
@pytest.mark.parametrize("band", [1, 6])
def test_a_slice_that_changes_meanwhile_is_named(tmp_path, monkeypatch, slices, change, band):
    slice_ = slices / "s4.raw"
    changes = {
        "grow": lambda: slice_.write_bytes(slice_.read_bytes() + b"more"),
        "cut": lambda: slice_.write_bytes(slice_.read_bytes()[:100]),
        "touch": lambda: os.utime(slice_, ns=(0, 12345)),
        "delete": lambda: slice_.unlink(),
    }
    before_band(monkeypatch, band, changes[change])
    with pytest.raises(FormatError, match=r"s4\.raw: .*(has changed|No such file|ends before)"):
        convert(plan_slices(slices), tmp_path / "a.ome.zarr", 2)
    assert not (tmp_path / "a.ome.zarr").exists()


def test_a_slice_that_changes_between_two_runs_is_named(tmp_path, monkeypatch, slices):
    stopped = threading.Event()
    with monkeypatch.context() as patch:
        before_band(patch, 3, stopped.set)
        with pytest.raises(Interrupted):
            convert(plan_slices(slices), tmp_path / "a.ome.zarr", 2, cancelled=stopped.is_set)
    (slices / "s4.raw").write_bytes(bytes(SHAPE[1] * SHAPE[2]))
    with pytest.raises(InputError, match=r"something else.*s4\.raw has changed"):
        convert(plan_slices(slices), tmp_path / "a.ome.zarr", 2)


def test_an_unfinished_store_of_something_else_is_left_alone(tmp_path, monkeypatch, voxels):
    stopped, output = threading.Event(), tmp_path / "a.ome.zarr"
    with monkeypatch.context() as patch:
        before_band(patch, 3, stopped.set)
        with pytest.raises(Interrupted):
            convert(plan_of(voxels), output, 2, cancelled=stopped.is_set)
    held = files_of(tmp_path / "a.ome.zarr.part")
    for plan, word in (
        (plan_of(voxels, codec="lz4"), "codec was zstd, now it is lz4"),
        (plan_of(voxels, reduction="max"), "reduction was mean"),
        (plan_of(voxels[:, :-1]), "another source"),
        (plan_of(voxels, spacing=(1, 1, 2)), "place was"),
    ):
        with pytest.raises(InputError, match=f"something else.*{word}"):
            convert(plan, output, 2)
    assert files_of(tmp_path / "a.ome.zarr.part") == held
    report = convert(plan_of(voxels), output, 2)
    assert 0 < report.reused <= 4


def test_a_folder_in_the_way_that_is_no_conversion_is_left_alone(tmp_path, voxels):
    (tmp_path / "a.ome.zarr.part").mkdir()
    (tmp_path / "a.ome.zarr.part" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError, match=r"holds thesis\.txt"):
        convert(plan_of(voxels), tmp_path / "a.ome.zarr", 2)
    assert (tmp_path / "a.ome.zarr.part" / "thesis.txt").read_text() == "precious"


def test_of_two_at_once_one_works_and_the_other_is_told(tmp_path, monkeypatch, voxels, whole):
    output, told = tmp_path / "a.ome.zarr", []

    def second():
        with pytest.raises(InputError, match="has been writing it since") as refused:
            convert(plan_of(voxels), output, 1)
        told.append(str(refused.value))

    before_band(monkeypatch, 2, lambda: told or second())
    convert(plan_of(voxels), output, 2)
    assert len(told) == 1
    assert files_of(output) == whole


@pytest.mark.parametrize("threads", [1, 3])
def test_more_or_fewer_threads_make_the_same_bytes(tmp_path, voxels, whole, threads):
    assert files_of(store_of(voxels, tmp_path, threads=threads)) == whole


def test_a_shard_that_was_lost_is_made_again(tmp_path, monkeypatch, voxels, whole):
    stopped, output = threading.Event(), tmp_path / "a.ome.zarr"
    with monkeypatch.context() as patch:
        before_band(patch, 5, stopped.set)
        with pytest.raises(Interrupted):
            convert(plan_of(voxels), output, 2, cancelled=stopped.is_set)
    (tmp_path / "a.ome.zarr.part/0/c/0/1/0").unlink()
    assert convert(plan_of(voxels), output, 2).reused == 1
    assert files_of(output) == whole


def test_two_volumes_of_one_place_in_the_disk_are_spilled_one_at_a_time(tmp_path, monkeypatch):
    from brainreel.data import Channel, Channels

    arrays = [np.random.default_rng(k).integers(0, 9, (9, 300, 130)).astype(np.uint8) for k in range(3)]
    image = Channels("c", tuple(Channel(f"c{k}", MemoryVolume(one, np.eye(4))) for k, one in enumerate(arrays)))
    copies = []
    before_band(
        monkeypatch, 2, lambda: copies.append(sorted(p.name for p in (tmp_path / "m.zarr.part/.work").glob("rows*")))
    )
    convert(plan_of(image), tmp_path / "m.zarr", 2)
    assert copies == [["rows0"], ["rows1"], ["rows2"]]
