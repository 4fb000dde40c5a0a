"""Blosc frames whose header lies are refused before its library reads behind their end."""

import struct

import numcodecs
import numpy as np
import pytest
import zarr

from brainreel.errors import FormatError
from brainreel.formats import open_data
from brainreel.formats.zarr_blosc import CheckedBlosc

FRAME = bytes(numcodecs.Blosc(cname="lz4").encode(np.arange(120, dtype="u2")))


def with_word(at, number):
    return FRAME[:at] + struct.pack("<I", number) + FRAME[at + 4 :]


def test_a_whole_frame_is_decoded():
    assert np.array_equal(np.frombuffer(CheckedBlosc().decode(FRAME), "u2"), np.arange(120))


@pytest.mark.parametrize(
    "frame",
    [FRAME[:15], FRAME[:-1], FRAME + b"\0", with_word(12, 1_680_146_597), with_word(8, 241), b""],
    ids=["no header", "cut off", "longer", "states a larger length", "blocks larger than all", "empty"],
)
def test_a_damaged_frame_is_refused(frame):
    with pytest.raises(ValueError, match="packed chunk"):
        CheckedBlosc().decode(frame)


@pytest.mark.parametrize(("version", "shards"), [(2, None), (3, None), (3, (4, 4, 4))])
def test_zarr_decodes_with_it(tmp_path, version, shards):
    packed = numcodecs.Blosc() if version == 2 else zarr.codecs.BloscCodec()
    array = zarr.create_array(
        tmp_path / "a.zarr",
        shape=(4, 4, 4),
        chunks=(4, 4, 2),
        shards=shards,
        dtype="u1",
        zarr_format=version,
        compressors=packed,
    )
    array[...] = np.arange(64, dtype="u1").reshape(4, 4, 4)
    files = [file for file in (tmp_path / "a.zarr").rglob("*") if file.is_file()]
    chunk = max(file for file in files if file.name[0].isdigit())
    content = bytearray(chunk.read_bytes())
    content[12:16] = b"\xff\xff\xff\x7f"
    chunk.write_bytes(content)
    with pytest.raises(FormatError, match="says that it has 2147483647"):
        open_data(tmp_path / "a.zarr").read((slice(0, 4),) * 3)
