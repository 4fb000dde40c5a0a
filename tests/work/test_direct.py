import errno
import os

import numpy as np
import pytest

from brainreel.work import DirectFile, aligned, direct, write_direct

CONTENT = np.random.default_rng(0).integers(0, 255, 3 * 4096 + 77).astype(np.uint8)


@pytest.fixture(params=["as the system has it", "refused by open", "refused by read and write"])
def system(request, monkeypatch):
    """File systems that take O_DIRECT, refuse it, or take it and then refuse to read and write so."""
    if request.param == "refused by open":
        system_open = os.open

        def refuse(path, flags, *args):
            if flags & direct._DIRECT:
                raise OSError(errno.EINVAL, "Invalid argument")
            return system_open(path, flags, *args)

        monkeypatch.setattr(os, "open", refuse)
    if request.param == "refused by read and write":
        for name in ("preadv", "write"):
            monkeypatch.setattr(os, name, once_refused(getattr(os, name)))


def once_refused(call):
    calls = []

    def refuse(*args):
        calls.append(args)
        if len(calls) == 1:
            raise OSError(errno.EINVAL, "Invalid argument")
        return call(*args)

    return refuse


def buffer_of(content):
    buffer = aligned(len(content))
    buffer[: len(content)] = content
    return buffer


@pytest.mark.skipif(not direct._DIRECT, reason="needs a system with O_DIRECT")
@pytest.mark.parametrize("count", [1, 4096, 4097, len(CONTENT)])
@pytest.mark.usefixtures("system")
def test_a_file_is_written_to_its_last_byte_and_read_back(tmp_path, count):
    path = tmp_path / "file"
    write_direct(path, buffer_of(CONTENT), count)
    assert path.stat().st_size == count
    with DirectFile(path) as file:
        assert np.array_equal(file.read_into(aligned(count + 8192), 0, count), CONTENT[:count])
        assert file.state()[0] == count


@pytest.mark.parametrize(("offset", "count"), [(0, 5), (4095, 2), (4096, 4096), (5000, 3000), (12000, 365)])
def test_any_piece_of_a_file_is_read(tmp_path, offset, count):
    path = tmp_path / "file"
    path.write_bytes(CONTENT.tobytes())
    with DirectFile(path) as file:
        found = file.read_into(aligned(count + 8192), offset, count)
    assert np.array_equal(found, CONTENT[offset : offset + count])


@pytest.mark.parametrize(("offset", "left"), [(12288, 77), (len(CONTENT) - 1, 1), (len(CONTENT), 0), (99999, 0)])
def test_at_the_end_of_a_file_there_is_less(tmp_path, offset, left):
    path = tmp_path / "file"
    path.write_bytes(CONTENT.tobytes())
    with DirectFile(path) as file:
        assert len(file.read_into(aligned(9000 + 8192), offset, 9000)) == left


def test_a_file_that_was_longer_is_replaced(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(99999))
    write_direct(path, buffer_of(CONTENT), 10)
    assert path.read_bytes() == CONTENT[:10].tobytes()


def test_memory_begins_at_a_page():
    assert aligned(1).ctypes.data % 4096 == 0
    assert len(aligned(5)) >= 5


def test_a_full_disk_is_told(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space left"):
        write_direct(tmp_path / "file", buffer_of(CONTENT), 10)
