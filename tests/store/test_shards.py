import numpy as np
import pytest
import zarr

from brainreel.errors import FormatError
from brainreel.store.codecs import checksum, codec_of
from brainreel.store.shards import MISSING, ShardWriter, checked, index_bytes, read_index, shard_bytes
from brainreel.work import DirectFile


def written(path, frames):
    ShardWriter().write(path, frames, [checksum(frame) if frame else 0 for frame in frames])
    return path


def read(path, count):
    with DirectFile(path) as file:
        return read_index(file, count)


def test_chunks_lie_one_after_the_other_with_their_checksums_and_an_index_at_the_end(tmp_path):
    frames = [b"first", None, b"x" * 5000]
    path = written(tmp_path / "shard", frames)
    assert path.stat().st_size == shard_bytes(frames) == 5 + 4 + 5000 + 4 + index_bytes(3)
    index = read(path, 3)
    assert index.tolist() == [[0, 9], [MISSING, MISSING], [9, 5004]]
    content = path.read_bytes()
    assert checked(path, 2, content[9 : 9 + 5004]) == frames[2]


@pytest.mark.parametrize("name", ["zstd", "lz4", "none"])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float64"])
def test_zarr_reads_what_is_written(tmp_path, name, dtype):
    codec = codec_of(name, np.dtype(dtype))
    chunk = np.random.default_rng(0).integers(0, 99, (4, 4, 4)).astype(dtype)
    settings = {
        "zstd": zarr.codecs.ZstdCodec(level=1),
        "lz4": zarr.codecs.BloscCodec(cname="lz4", typesize=chunk.itemsize),
        "none": None,
    }[name]
    array = zarr.create_array(
        tmp_path / "a.zarr",
        shape=(4, 4, 8),
        shards=(4, 4, 8),
        chunks=(4, 4, 4),
        dtype=dtype,
        compressors=[*([settings] if settings else []), zarr.codecs.Crc32cCodec()],
        fill_value=7,
    )
    path = tmp_path / "a.zarr" / "c" / "0" / "0" / "0"
    path.parent.mkdir(parents=True)
    written(path, [None, codec.encode(chunk.ravel())])
    assert np.array_equal(array[:, :, 4:], chunk)
    assert (array[:, :, :4] == 7).all()
    again = np.empty(64, dtype)
    codec.decode(codec.encode(chunk.ravel()), again)
    assert np.array_equal(again, chunk.ravel())


@pytest.mark.parametrize("at", range(-index_bytes(2), 0, 5))
def test_any_flipped_bit_of_the_index_is_noticed(tmp_path, at):
    path = written(tmp_path / "shard", [b"first", b"second"])
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)
    with pytest.raises(FormatError, match="index of its chunks is damaged"):
        read(path, 2)


def test_an_index_that_names_bytes_beyond_the_file_is_refused(tmp_path):
    path = written(tmp_path / "shard", [b"first", b"second"])
    path.write_bytes(path.read_bytes()[8:])
    with pytest.raises(FormatError, match="names bytes that it does not have"):
        read(path, 2)


def test_a_file_too_short_for_an_index_is_refused(tmp_path):
    (tmp_path / "shard").write_bytes(b"short")
    with pytest.raises(FormatError, match="5 bytes are too few"):
        read(tmp_path / "shard", 2)


def test_a_damaged_chunk_is_named(tmp_path):
    path = written(tmp_path / "shard", [b"first"])
    with pytest.raises(FormatError, match="chunk 0 is damaged"):
        checked(path, 0, b"furst" + path.read_bytes()[5:9])
