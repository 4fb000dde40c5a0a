"""Series and lists of files, damaged in any way, open or are refused as what they are."""

import struct

import numpy as np
import pytest

from brainreel.formats import ReadOptions, open_data
from contracts.fuzz import MUTATIONS, mutations, survive
from contracts.steps import write_file_series, write_pvd, write_vtp

ITEMS = ReadOptions(times="none")


@pytest.fixture
def files(tmp_path, tetrahedron):
    """A whole file of each kind, by its name."""
    points, faces = tetrahedron
    for k in range(3):
        write_vtp(tmp_path / f"s{k}.vtp", points * (k + 1), faces)
    write_pvd(tmp_path / "a.pvd", *({"timestep": k, "part": 0, "file": f"s{k}.vtp"} for k in range(3)))
    write_file_series(tmp_path / "a.vtp.series", s0=0, s1=1, s2=3)
    (tmp_path / "a.csv").write_text("time_ms,v1,v2\n0,1,2\n5,3,4\n")
    (tmp_path / "a.tsv").write_text("1\t2\n3\t4\n")
    (tmp_path / "a-lh.w").write_bytes(
        b"\0\0\0\0\x02" + struct.pack(">3xf3xf", 1.5, 2.5).replace(b"\0" * 3, b"\0\0\1", 1)
    )
    np.save(tmp_path / "a.npy", np.arange(12.0).reshape(3, 4))
    return tmp_path


def read_all(path):
    found = open_data(path, ITEMS)
    for index in range(min(found.times.count, 9)) if hasattr(found, "times") else ():
        found.mesh(index) if hasattr(found, "mesh") else found.row(index)


@pytest.mark.parametrize("name", ["a.pvd", "a.vtp.series", "a.csv", "a.tsv", "a-lh.w", "a.npy"])
def test_damaged_series_are_read_or_refused(files, name):
    path = files / name
    read_all(path)
    content = path.read_bytes()
    counts = survive(path, mutations(content, len(content), MUTATIONS), read_all)
    assert counts["refused"] > 0
