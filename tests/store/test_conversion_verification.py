"""A store is looked at, and what is damaged is named."""

import shutil

import numpy as np
import pytest
import zarr

from brainreel.errors import FormatError
from brainreel.store.codecs import checksum
from brainreel.store.stored import open_store
from brainreel.store.verification import verify
from contracts.conversions import store_of

MISSING = 2**64 - 1


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    array = np.random.default_rng(0).integers(1, 9, (194, 260, 530)).astype(np.uint8)
    array[:64, :64, 64:192] = 0
    return store_of(array, tmp_path_factory.mktemp("whole"))


@pytest.fixture
def store(whole, tmp_path):
    return shutil.copytree(whole, tmp_path / "copy.ome.zarr")


def chunks_of(store):
    """All stored chunks as (level, brick, file, offset, length), the shards being as wide as the level."""
    found = []
    for level in range(5):
        array = zarr.open_array(store / str(level), mode="r")
        deep, _, wide = (n // 64 for n in array.shards)
        for file in sorted((store / str(level) / "c").rglob("*")):
            if not file.is_file():
                continue
            z, y, x = (int(part) for part in file.relative_to(store / str(level) / "c").parts)
            index = np.frombuffer(file.read_bytes()[-deep * wide * 16 - 4 : -4], "<u8").reshape(-1, 2).tolist()
            for number, (offset, length) in enumerate(index):
                if offset != MISSING:
                    brick = z * deep + number // wide, y, x * wide + number % wide
                    found.append((level, brick, file, offset, length))
    return found


def flip(file, at):
    content = bytearray(file.read_bytes())
    content[at] ^= 0x10
    file.write_bytes(content)


def test_a_store_as_it_was_made_is_whole(whole):
    found = verify(whole, 2)
    assert not found.damage
    assert found.chunks == len(chunks_of(whole)) > 200
    assert found.empty == 2
    files = [file for level in range(5) for file in (whole / str(level) / "c").rglob("*") if file.is_file()]
    assert found.files == len(files)
    assert found.byte_count == sum(file.stat().st_size for file in files)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_flipped_byte_in_each_of_many_chunks_is_found_and_all_are_named(store, threads):
    rng = np.random.default_rng(threads)
    chunks = chunks_of(store)
    for _, _, file, offset, length in chunks:
        flip(file, offset + int(rng.integers(length)))
    found = verify(store, threads).damage
    assert [(one.level, one.file, one.brick) for one in found] == sorted(
        (level, str(file.relative_to(store)), brick) for level, brick, file, _, _ in chunks
    )
    assert "brick z=0, y=0, x=0: 0/c/0/0/0 is damaged at bytes 0 to" in str(found[0])


def test_a_missing_file_is_named_with_all_its_chunks(store):
    lost = store / "0/c/0/1/0"
    lost.unlink()
    found = verify(store, 2)
    assert [(one.file, one.chunks, one.problem) for one in found.damage] == [("0/c/0/1/0", 36, "is missing")]


@pytest.mark.parametrize("cut", [1, 5, 3000])
def test_a_file_that_is_cut_off_is_named(store, cut):
    file = store / "1/c/0/0/0"
    file.write_bytes(file.read_bytes()[:-cut])
    assert [(one.level, one.file) for one in verify(store, 2).damage] == [(1, "1/c/0/0/0")]


def test_a_file_that_grew_or_whose_index_is_damaged_is_named(store):
    grown, damaged = store / "0/c/0/2/0", store / "0/c/0/3/0"
    grown.write_bytes(bytes(100) + grown.read_bytes())
    flip(damaged, -30)
    assert [one.file for one in verify(store, 2).damage] == ["0/c/0/2/0", "0/c/0/3/0"]


def test_a_shard_of_another_place_is_no_replacement(store):
    shutil.copyfile(store / "0/c/0/1/0", store / "0/c/0/2/0")
    found = verify(store, 2).damage
    assert len(found) == 36
    assert all(one.problem == "holds another chunk than was written" for one in found)


def test_a_chunk_where_there_should_be_none_is_named(store, tmp_path):
    array = np.zeros((64, 64, 128), np.uint8)
    array[:, :, 64:] = 1
    half = store_of(array, tmp_path)
    full = store_of(np.ones((64, 64, 128), np.uint8), tmp_path / "full")
    shutil.copyfile(full / "0/c/0/0/0", half / "0/c/0/0/0")
    assert [one.brick for one in verify(half, 1).damage] == [(0, 0, 0)]


@pytest.mark.parametrize("name", ["0/extremes", "0/occupied", "1/spread"])
def test_what_is_known_of_bricks_is_checked_too(store, name):
    file = next(one for one in (store / "brainreel" / name / "c").rglob("*") if one.is_file())
    flip(file, -6)
    assert [one.file for one in verify(store, 2).damage] == [f"brainreel/{name}"]
    file.unlink()
    assert [one.problem for one in verify(store, 2).damage] == ["lacks some of its files"]


def test_a_list_of_checksums_that_was_changed_is_refused(store):
    group = zarr.open_group(store, mode="r+")
    group["brainreel/0/checksums"][0, 0, 0] = 5
    with pytest.raises(FormatError, match="not those of its fingerprint"):
        verify(store, 2)


def test_stores_of_others_are_refused_by_name(tmp_path):
    zarr.open_group(tmp_path / "other.zarr", mode="w")
    with pytest.raises(FormatError, match="no store that brainreel convert made"):
        verify(tmp_path / "other.zarr", 1)


def test_a_brick_whose_checksum_is_0_is_there(tmp_path):
    """Its last voxels solve for it: each of their bits changes always the same bits of the checksum."""
    voxels = np.random.default_rng(3).integers(1, 255, 64**3, np.uint8)

    def with_last(bits):
        voxels[-4:] = np.array([bits], "<u4").view(np.uint8)
        return checksum(voxels.tobytes())

    none = with_last(0)
    rows = [(with_last(1 << k) ^ none, 1 << k) for k in range(32)]  # what a bit changes, which bits
    wanted, bits = none, 0
    for k in range(32):
        pivot = next(row for row in rows if row[0] >> k & 1)
        rows = [(a ^ pivot[0], b ^ pivot[1]) if a >> k & 1 else (a, b) for a, b in rows if (a, b) != pivot]
        if wanted >> k & 1:
            wanted, bits = wanted ^ pivot[0], bits ^ pivot[1]
    assert with_last(bits) == 0
    store = store_of(voxels.reshape(64, 64, 64), tmp_path, codec="none")
    assert open_store(store).pyramid.present.all()
    found = verify(store, 2)
    assert not found.damage
    assert not found.empty
