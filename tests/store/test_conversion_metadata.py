"""What others read in a store, and what comes back when it is opened."""

import numpy as np
import pytest
import zarr

from brainreel.data import Channel, Channels, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data
from brainreel.formats.ome_zarr import open_ome_zarr
from brainreel.store.conversion import convert
from brainreel.store.metadata import read_ours
from brainreel.store.stored import open_store
from contracts.conversions import levels_expected, levels_in, plan_of, store_of
from contracts.volumes import MemoryVolume

OBLIQUE = np.array([[0.1, -0.9, 0.02, 3], [0.5, 0.1, 0.1, -4], [0.01, 0.2, 1.5, 5], [0, 0, 0, 1]], float)


class Moving:
    """A volume over time."""

    def __init__(self, arrays, times, world):
        self.arrays, self.times, self.world, self.name = arrays, times, world, "moving"

    def moment(self, index):
        return MemoryVolume(self.arrays[index], self.world)

    def fingerprint(self):
        return "moving"


def five_axes(rng, world, times):
    """Two channels of three moments, and their voxels (t, c, z, y, x)."""
    voxels = rng.integers(0, 60000, (3, 2, 70, 40, 66)).astype(np.uint16)
    series = [Moving(voxels[:, k], times, world) for k in range(2)]
    looks = (Channel("nuclei", series[0], (0, 0.5, 1), (10, 4000)), Channel("membranes", series[1]))
    return Channels("cells", looks), voxels


def positions(dataset, index):
    """World position of a voxel (z, y, x), as OME-Zarr says it."""
    scale, translation = (np.array(step[key]) for step, key in zip(dataset, ("scale", "translation"), strict=True))
    return (scale[-3:] * index + translation[-3:]).tolist()


@pytest.mark.parametrize("spacing", [(1, 1, 1), (0.07, 0.00133, 0.00133)])
def test_a_coarse_voxel_lies_in_the_middle_of_those_it_stands_for(tmp_path, spacing):
    store = store_of(np.ones((66, 128, 260), np.uint8), tmp_path, spacing=spacing)
    ome = zarr.open_group(store, mode="r").attrs["ome"]["multiscales"][0]
    unit = {"micrometer": 1e-3, "millimeter": 1.0}[ome["axes"][0]["unit"]]
    for factors, dataset in zip(read_ours(store)["factors"], ome["datasets"], strict=True):
        place = np.array(positions(dataset["coordinateTransformations"], np.array([2, 3, 5]))) * unit
        first = np.array([2, 3, 5]) * factors
        assert place == pytest.approx((first + (np.array(factors) - 1) / 2) * spacing, rel=1e-12)


def test_it_is_what_ome_zarr_models_calls_an_image(tmp_path):
    models = pytest.importorskip("ome_zarr_models.v05", reason="needs ome-zarr-models: pip install brainreel[dev]")
    image, _ = five_axes(np.random.default_rng(0), np.diag([0.002, 0.002, 0.01, 1]), TimeAxis(1.5, 0.25, 3))
    for name, opened in (("a", np.ones((70, 70, 70), np.float32)), ("b", image)):
        store = store_of(opened, tmp_path / name)
        read = models.Image.from_zarr(zarr.open_group(store, mode="r"))
        assert [axis.name for axis in read.attributes.ome.multiscales[0].axes][-3:] == ["z", "y", "x"]
        assert len(read.attributes.ome.multiscales[0].datasets) == len(levels_in(store, (0,) * 2 * (name == "b")))


def test_moments_and_channels_come_back_with_names_colours_and_times(tmp_path):
    world = np.diag([0.002, 0.002, 0.01, 1])
    image, voxels = five_axes(np.random.default_rng(0), world, TimeAxis(1.5, 0.25, 3))
    store = store_of(image, tmp_path)
    factors = read_ours(store)["factors"]
    for plane in np.ndindex(3, 2):
        expected = levels_expected(voxels[plane], factors, lambda groups: np.rint(groups.mean(-1)).astype(np.uint16))
        for one, other in zip(levels_in(store, plane), expected, strict=True):
            assert np.array_equal(one, other)
    for opened in (open_data(store), open_ome_zarr(store)):
        assert [channel.name for channel in opened.channels] == ["nuclei", "membranes"]
        assert opened.channels[0].color == pytest.approx((0, 0.5, 1), abs=1 / 255)
        assert opened.channels[0].window == (10, 4000)
        series = opened.channels[1].data
        assert series.times == TimeAxis(1.5, 0.25, 3)
        moment = series.moment(2)
        assert moment.world_from_voxel == pytest.approx(world)
        assert np.array_equal(moment.read((slice(3, 9), slice(0, 40), slice(1, 5))), voxels[2, 1, 3:9, :, 1:5])


def test_uneven_moments_come_back(tmp_path):
    axis = TimeAxis(-0.5, 1.5, 3, uneven=(-0.5, 0.1, 2.5))
    image, _ = five_axes(np.random.default_rng(0), np.eye(4), axis)
    store = store_of(image, tmp_path)
    for read in (open_store, open_ome_zarr):
        assert read(store).channels[0].data.times == axis
    said = (store / "zarr.json").read_text().replace('"moments_s": [', '"moments_s": [7.0,')
    (store / "zarr.json").write_text(said)
    for read in (open_store, open_ome_zarr):
        with pytest.raises(FormatError, match="its moments_s are no 3 times that ascend"):
            read(store)


@pytest.mark.parametrize("world", [OBLIQUE, np.diag([-0.1, 0.2, 3, 1]), np.diag([0.00133, 0.00133, 0.07, 1])])
@pytest.mark.parametrize("read", [open_data, open_ome_zarr])
def test_voxels_place_and_unit_come_back(tmp_path, world, read):
    array = np.random.default_rng(0).normal(size=(66, 30, 70)).astype(np.float32)
    opened = read(store_of(array, tmp_path, world=world))
    assert np.array_equal(opened.read((slice(0, 66), slice(0, 30), slice(0, 70))), array)
    assert np.array_equal(opened.world_from_voxel, world)
    assert opened.unit == "mm"


def test_a_source_without_a_unit_stays_without(tmp_path):
    volume = MemoryVolume(np.ones((5, 6, 7), np.uint8), np.eye(4), unit="none")
    opened = open_data(store_of(volume, tmp_path))
    assert opened.unit == "none"


def test_the_fingerprint_is_of_what_is_in_the_store(tmp_path):
    array = np.random.default_rng(0).integers(0, 9, (70, 66, 65)).astype(np.uint8)
    other = array.copy()
    other[-1, -1, -1] += 1
    stores = [
        store_of(voxels, tmp_path / name, spacing=spacing)
        for name, voxels, spacing in (
            ("a", array, (1, 1, 1)),
            ("b", array, (1, 1, 1)),
            ("c", other, (1, 1, 1)),
            ("d", array, (1, 1, 2)),
        )
    ]
    prints = [read_ours(store)["fingerprint"] for store in stores]
    assert prints[0] == prints[1]
    assert len(set(prints)) == 3


def test_big_endian_slices_come_back_in_their_values(tmp_path):
    array = np.random.default_rng(0).integers(0, 60000, (66, 80, 70)).astype(np.uint16)
    folder = tmp_path / "raw"
    folder.mkdir()
    for k, plane in enumerate(array):
        (folder / f"s{k:03}.raw").write_bytes(plane.astype(">u2").tobytes())
    volume = open_data(folder, ReadOptions(dtype="uint16", shape=array.shape, byte_order="big", spacing=(1, 1, 1)))
    convert(plan_of(volume), tmp_path / "b.ome.zarr", 2)
    assert np.array_equal(levels_in(tmp_path / "b.ome.zarr")[0], array)


def test_one_raw_file_of_all_slices_is_read_by_rows(tmp_path):
    array = np.random.default_rng(0).integers(-99, 99, (7, 130, 33)).astype(np.int16)
    file = tmp_path / "all.raw"
    file.write_bytes(array.tobytes())
    volume = open_data(file, ReadOptions(dtype="int16", shape=array.shape, byte_order="little", spacing=(1, 1, 1)))
    convert(plan_of(volume), tmp_path / "b.ome.zarr", 2)
    assert np.array_equal(levels_in(tmp_path / "b.ome.zarr")[0], array)
