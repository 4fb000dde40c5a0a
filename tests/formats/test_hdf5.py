import json
import os
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest

from brainreel.data import Channels, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from brainreel.formats.hdf5_array import array_of
from brainreel.formats.hdf5_layout import look_into
from contracts.volume import VolumeContract, whole


def write(path, values, name="volume", attributes=None, **options):
    with h5py.File(path, "w") as file:
        dataset = file.create_dataset(name, data=values, **options)
        dataset.attrs.update(attributes or {})
    return path


@pytest.fixture(scope="module")
def _shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def _remembering(_shared_cache, monkeypatch):
    """The contract opens the same files over and over; what was found in them is remembered, as for a user."""
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(_shared_cache))


@pytest.mark.usefixtures("_remembering")
class TestChunkedDataset(VolumeContract):
    options = {"chunks": (4, 3, 5), "compression": "gzip", "shuffle": True, "fletcher32": True}  # noqa: RUF012 (read only)

    @pytest.fixture
    def volume(self, tmp_path, voxels):
        return open_data(write(tmp_path / "a.h5", voxels, **self.options))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[7, 3, 2] += 1
        return open_data(write(tmp_path / "b.h5", voxels, **self.options))

    def test_its_values_are_h5pys(self, volume, voxels):
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


class TestContiguousDataset(TestChunkedDataset):
    options = {}  # noqa: RUF012 (read only)


def test_every_type_of_either_byte_order_comes_back(tmp_path, voxels):
    kinds = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")
    packings = {"bare": {}, "lzf": {"chunks": (2, 5, 4), "compression": "lzf", "shuffle": True}}
    cases = [(order + kind, packing) for kind in kinds for order in "<>" for packing in packings]
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for kind, packing in cases:
            file.create_dataset(f"{kind} {packing}", data=(voxels / 500).astype(kind), **packings[packing])
    names = tuple(f"/{kind} {packing}" for kind, packing in cases)
    layouts = look_into(tmp_path / "a.h5", names).layouts
    everything = tuple(slice(0, n) for n in voxels.shape)
    for name, (kind, _) in zip(names, cases, strict=True):
        array = array_of(tmp_path / "a.h5", name, layouts[name])
        assert array.dtype == np.dtype(kind)
        np.testing.assert_array_equal(array.read(everything), (voxels / 500).astype(kind), name)


def test_flags_and_enumerations_are_their_numbers(tmp_path, voxels):
    volume = open_data(write(tmp_path / "a.h5", voxels > 900))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels > 900)
    kind = h5py.enum_dtype({"grey": 1, "white": 2}, basetype="i2")
    with h5py.File(tmp_path / "b.h5", "w") as file:
        file.create_dataset("labels", data=(voxels > 900).astype("i2") + 1, dtype=kind)
    labels = open_data(tmp_path / "b.h5")
    np.testing.assert_array_equal(labels.read(whole(labels)), (voxels > 900) + 1)


def test_chunks_that_were_never_written_hold_the_fill_value(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("v", (8, 8, 8), "i4", chunks=(4, 4, 4), fillvalue=-7)
        dataset[:4, :4, :4] = 5
        file.create_dataset("empty", (2, 2, 2), "f4", fillvalue=2.5)
        expected = dataset[()]
    volume = open_data(f"{tmp_path}/a.h5:/v")
    np.testing.assert_array_equal(volume.read(whole(volume)), expected)
    empty = open_data(f"{tmp_path}/a.h5:/empty")
    np.testing.assert_array_equal(empty.read(whole(empty)), 2.5)


def test_a_file_behind_a_user_block_is_read(tmp_path, voxels):
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=1024) as file:
        file["bare"] = voxels
        file.create_dataset("packed", data=voxels, chunks=(2, 2, 2), compression="gzip")
    for name in ("bare", "packed"):
        volume = open_data(f"{tmp_path}/a.h5:/{name}")
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_a_dataset_is_named_behind_a_colon_or_is_the_only_one(tmp_path, voxels):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["deep/er/PLI"] = voxels
        file["table"] = np.zeros((3, 4))
    assert sniff(f"{tmp_path}/a.h5:/deep/er/PLI") == "volume"
    assert open_data(tmp_path / "a.h5").fingerprint()
    for name in ("a.h5", "a.h5:/deep/er/PLI"):
        volume = open_data(tmp_path / name)
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_several_datasets_are_listed(tmp_path, voxels):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["one"], file["two"] = voxels, voxels.astype("f4")
        file["three"] = voxels[0]
    with pytest.raises(
        FormatError, match=r"2 datasets.*/one \(9 x 5 x 6 uint16\), /two \(9 x 5 x 6 float32\).*a\.h5:/one"
    ):
        open_data(tmp_path / "a.h5")
    flat = open_data(tmp_path / "a.h5:/three")
    assert flat.shape == (1, 5, 6)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("/nothing", "holds no /nothing"),
        ("/group", "is a group; name one of /group/a"),
        ("/text", "integers and floats"),
    ],
)
def test_what_is_no_dataset_of_numbers_is_refused(tmp_path, voxels, name, words):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["group/a"] = voxels
        file["text"] = "words"
    with pytest.raises(FormatError, match=words):
        open_data(f"{tmp_path}/a.h5:{name}")


def test_without_a_volume_all_that_is_there_is_listed(tmp_path):
    write(tmp_path / "a.h5", np.zeros((3, 4)), "table")
    with pytest.raises(FormatError, match=r"three axes or more; it holds /table \(3 x 4 float64\)"):
        open_data(tmp_path / "a.h5")


def test_element_size_um_is_the_spacing(tmp_path, voxels):
    volume = open_data(write(tmp_path / "a.h5", voxels, attributes={"element_size_um": [3.0, 0.5, 0.25]}))
    assert volume.unit == "mm"
    np.testing.assert_allclose(np.diag(volume.world_from_voxel)[:3], (0.00025, 0.0005, 0.003))
    assert open_data(tmp_path / "a.h5", ReadOptions(spacing=(3, 2, 1))).world_from_voxel[0, 0] == 1


def test_ilastiks_axistags_are_the_axes(tmp_path):
    values = np.arange(2 * 3 * 4 * 5 * 2, dtype="u2").reshape(2, 3, 4, 5, 2)
    tags = json.dumps({"axes": [{"key": key, "typeFlags": 2} for key in "tzyxc"]})
    image = open_data(write(tmp_path / "a.h5", values, attributes={"axistags": tags}), ReadOptions(times=(0, 0.5)))
    assert isinstance(image, Channels)
    for c, channel in enumerate(image.channels):
        assert isinstance(channel.data, VolumeSeries)
        assert channel.data.times.step_s == 0.5
        for t in range(2):
            moment = channel.data.moment(t)
            np.testing.assert_array_equal(moment.read(whole(moment)), values[t, ..., c])


def test_dimension_labels_turn_an_array_that_begins_with_x(tmp_path, voxels):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("v", data=voxels.transpose(2, 1, 0), chunks=(2, 2, 2))
        for axis, label in enumerate("xyz"):
            dataset.dims[axis].label = label
    volume = open_data(tmp_path / "a.h5")
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize("shape", [(1, 9, 5, 6), (9, 5, 6, 1), (1, 1, 9, 5, 6), (1, 9, 5, 6, 1)])
def test_axes_of_one_element_need_no_label(tmp_path, voxels, shape):
    volume = open_data(write(tmp_path / "a.h5", voxels.reshape(shape)))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_four_axes_without_labels_are_refused_with_what_to_do(tmp_path):
    write(tmp_path / "a.h5", np.zeros((3, 4, 5, 6), "u1"))
    with pytest.raises(FormatError, match=r"3 x 4 x 5 x 6 values, and which axes.*dims\[0\]\.label"):
        open_data(tmp_path / "a.h5")


def test_virtual_and_external_datasets_are_refused(tmp_path, voxels):
    write(tmp_path / "source.h5", voxels)
    layout = h5py.VirtualLayout((9, 5, 6), "u2")
    layout[:] = h5py.VirtualSource(tmp_path / "source.h5", "volume", (9, 5, 6))
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_virtual_dataset("v", layout)
        file["link"] = h5py.ExternalLink("source.h5", "/volume")
    for name in ("v", "link"):
        with pytest.raises(FormatError, match="other file"):
            open_data(f"{tmp_path}/a.h5:/{name}")


def test_an_unknown_filter_is_named(tmp_path, voxels):
    write(tmp_path / "a.h5", voxels, scaleoffset=0)
    with pytest.raises(FormatError, match=r"filter 'scaleoffset'.*h5repack"):
        open_data(tmp_path / "a.h5")


@pytest.mark.parametrize("options", [{}, {"chunks": (4, 3, 5), "compression": "gzip"}], ids=["bare", "chunked"])
def test_a_file_that_is_cut_off_is_refused(tmp_path, voxels, options):
    path = write(tmp_path / "a.h5", voxels, **options)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(FormatError, match=r"a\.h5: "):
        open_data(path)


def test_a_damaged_chunk_is_named_when_it_is_read(tmp_path, voxels):
    path = write(tmp_path / "a.h5", voxels, chunks=(9, 5, 6), compression="gzip", fletcher32=True)
    with h5py.File(path) as file:
        chunk = file["volume"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset + chunk.size // 2] ^= 255
    path.write_bytes(content)
    volume = open_data(path)
    with pytest.raises(FormatError, match=r"chunk \(0, 0, 0\) cannot be decoded"):
        volume.read(whole(volume))


def test_what_the_probe_found_is_remembered_by_content(tmp_path, voxels, monkeypatch):
    path = write(tmp_path / "a.h5", voxels)
    open_data(path)
    monkeypatch.setattr("brainreel.formats.hdf5_layout._ask", lambda *_: pytest.fail("asked again"))
    (tmp_path / "b.h5").write_bytes(path.read_bytes())
    assert open_data(tmp_path / "b.h5").shape == voxels.shape


def test_hdf5_itself_is_never_loaded_by_a_reader(tmp_path, voxels):
    path = write(tmp_path / "a.h5", voxels)
    code = "import sys; from brainreel.formats import open_data; open_data(sys.argv[1]); print('h5py' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the probe bounds itself where the system can")
def test_a_probe_that_never_ends_is_a_message(tmp_path, voxels, monkeypatch):
    probe = tmp_path / "probe.py"
    original = Path(sys.modules["brainreel.formats.hdf5_layout"].__dict__["_PROBE"]).read_text()
    probe.write_text(original.replace("    with h5py.File", "    while True:\n        pass\n    with h5py.File"))
    monkeypatch.setattr("brainreel.formats.hdf5_layout._PROBE", probe)
    with pytest.raises(FormatError, match="crashed, hung or ran out of memory"):
        open_data(write(tmp_path / "a.h5", voxels))
