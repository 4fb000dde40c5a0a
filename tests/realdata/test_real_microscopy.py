"""Images that microscopes' and other people's tools wrote come back as tifffile and zarr read them."""

import numpy as np
import pytest
import tifffile
import zarr

from brainreel.cli.app import run
from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff
from contracts.volume import VolumeContract, whole

MITOSIS = "xyz_8bit__mitotic_plate_calibrated"
MITOSIS_MM = (1e3 / 11737581, 1e3 / 11737581, 3e-3)  # its resolution is 11737581 pixels a million micrometres
TOY_MM = (30e-6, 4e-6, 30e-6)


class TestMitosisTiff(VolumeContract):
    @pytest.fixture
    def volume(self, shared_data):
        return open_data(shared_data / "volumes" / f"{MITOSIS}.tiff")

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, volume, tmp_path):
        content = bytearray(volume.path.read_bytes())
        content[200_000] ^= 1
        (tmp_path / "a.tiff").write_bytes(content)
        return open_data(tmp_path / "a.tiff")


def test_the_mitosis_stack_is_what_tifffile_reads_with_imagejs_calibration(shared_data):
    path = shared_data / "volumes" / f"{MITOSIS}.tiff"
    volume = open_data(path)
    assert (volume.shape, volume.dtype, volume.unit) == ((6, 263, 263), np.dtype(np.uint8), "mm")
    np.testing.assert_array_equal(volume.read(whole(volume)), tifffile.imread(path))
    np.testing.assert_allclose(np.diag(volume.world_from_voxel)[:3], MITOSIS_MM, rtol=1e-12)


def test_the_mitosis_zarr_is_what_zarr_reads_in_the_same_place_as_the_tiff(shared_data):
    path = shared_data / "zarr" / f"{MITOSIS}.ome.zarr"
    assert sniff(path) == "volume"
    volume = open_data(path)
    np.testing.assert_array_equal(volume.read(whole(volume)), zarr.open_array(path, path="0/0", mode="r")[0, 0])
    np.testing.assert_array_equal(
        volume.read(whole(volume)), tifffile.imread(path.parents[1] / f"volumes/{MITOSIS}.tiff")
    )
    np.testing.assert_allclose(np.diag(volume.world_from_voxel)[:3], MITOSIS_MM, rtol=1e-6)
    coarse = path / "0" / "1"
    np.testing.assert_array_equal(
        open_data(coarse).read(whole(open_data(coarse))), zarr.open_array(coarse, mode="r")[0, 0]
    )


@pytest.mark.parametrize("name", ["simple_0.4", "simple_0.5", "simple_0.5.zip"])
def test_the_toy_images_of_each_version_are_one_slice(shared_data, name):
    path = shared_data / "zarr" / name
    assert sniff(path) == "volume"
    volume = open_data(path)
    store = zarr.storage.ZipStore(path, mode="r") if name.endswith("zip") else path
    np.testing.assert_array_equal(
        volume.read(whole(volume))[0], zarr.open_array(store, path="scale0/image", mode="r")[:]
    )
    assert (volume.shape, volume.unit) == ((1, 10, 10), "mm")
    np.testing.assert_allclose(np.diag(volume.world_from_voxel)[:3], TOY_MM)


def test_every_malformed_hdf5_file_is_refused(shared_data):
    """Reproducers of faults in HDF5's library; the parent of the probe outlives all of them."""
    files = [path for path in sorted((shared_data / "corrupt" / "hdf5_cve").iterdir()) if path.name != "COPYING"]
    assert len(files) == 46
    for path in files:
        with pytest.raises(FormatError, match=path.name):
            open_data(path)
        with pytest.raises(FormatError, match=path.name):
            open_data(path)  # from what is remembered


@pytest.mark.parametrize("name", ["xmlbomb", "quadratic", "external", "dtd", "simple"])
def test_attacks_in_xml_are_refused_by_the_command_line(shared_data, name, capsys):
    assert run(["info", str(shared_data / "corrupt" / "xml" / f"{name}.xml")]) == 2
    assert name in capsys.readouterr().err


def test_a_malformed_hdf5_file_is_refused_by_the_command_line(shared_data, capsys):
    path = shared_data / "corrupt" / "hdf5_cve" / "cve-2021-37501.h5"
    assert run(["info", str(path)]) == 2
    assert path.name in capsys.readouterr().err
