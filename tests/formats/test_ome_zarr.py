import json
import shutil
import zipfile

import numpy as np
import pytest
import zarr

from brainreel.data import Channels, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole

UNITS = {"t": ("time", "second"), "c": ("channel", None), "z": ("space", "micrometer")}
LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3630\n"


def axes(letters):
    described = [{"name": a, "type": UNITS.get(a, UNITS["z"])[0], "unit": UNITS.get(a, UNITS["z"])[1]} for a in letters]
    return [{key: value for key, value in axis.items() if value} for axis in described]


def steps(scale, translation=None):
    shift = [{"type": "translation", "translation": translation}] if translation else []
    return [{"type": "scale", "scale": scale}, *shift]


def write(path, values, letters="zyx", version="0.5", transforms=None, more=None, **options):
    """An image of one level; `more` goes beside the multiscales."""
    described = {"datasets": [{"path": "s0", "coordinateTransformations": transforms or steps([1.0] * values.ndim)}]}
    if version == "0.6":
        described["coordinateSystems"] = [{"name": "own", "axes": axes(letters)}]
    else:
        described["axes"] = axes(letters)
    said = {"version": version, "multiscales": [described], **(more or {})}
    zarr_format = 2 if version == "0.4" else 3
    group = zarr.open_group(
        path, mode="w", zarr_format=zarr_format, attributes=said if version == "0.4" else {"ome": said}
    )
    array = group.create_array(
        "s0", shape=values.shape, dtype=values.dtype, **{"chunks": (4,) * values.ndim, **options}
    )
    array[...] = values
    return path


class TestZarr3(VolumeContract):
    version, options = "0.5", {}

    @pytest.fixture
    def volume(self, tmp_path, voxels):
        return open_data(write(tmp_path / "a.zarr", voxels, version=self.version, **self.options))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[7, 3, 2] += 1
        return open_data(write(tmp_path / "b.zarr", voxels, version=self.version, **self.options))

    def test_its_values_are_those_written(self, volume, voxels):
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


class TestZarr2(TestZarr3):
    version = "0.4"


class TestShards(TestZarr3):
    options = {"chunks": (2, 2, 2), "shards": (4, 4, 6)}  # noqa: RUF012 (read only)


class TestZipped(TestZarr3):
    @pytest.fixture
    def volume(self, tmp_path, voxels):
        return open_data(packed(write(tmp_path / "a.zarr", voxels)))

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[7, 3, 2] += 1
        return open_data(packed(write(tmp_path / "b.zarr", voxels)))


def packed(folder, inside=""):
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, inside + file.relative_to(folder).as_posix())
    return path


def test_a_zip_with_one_folder_at_its_root_is_read(tmp_path, voxels):
    volume = open_data(packed(write(tmp_path / "a.zarr", voxels), "a.ome.zarr/"))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "bool"])
@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_every_type_comes_back(tmp_path, voxels, kind, version):
    values = (voxels / 500).astype(kind)
    volume = open_data(write(tmp_path / "a.zarr", values, version=version))
    np.testing.assert_array_equal(volume.read(whole(volume)), values)
    assert volume.dtype == (np.uint8 if kind == "bool" else np.dtype(kind))


def test_big_endian_chunks_come_back(tmp_path, voxels):
    volume = open_data(write(tmp_path / "a.zarr", voxels.astype(">u2"), version="0.4"))
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize("version", ["0.4", "0.5", "0.6"])
def test_scale_and_translation_in_micrometres_are_the_place(tmp_path, voxels, version):
    transforms = steps([3.0, 0.5, 0.25], [30.0, 20.0, 10.0])
    if version == "0.6":
        transforms = [
            {"type": "sequence", "input": {"path": "s0"}, "output": {"name": "own"}, "transformations": transforms}
        ]
    volume = open_data(write(tmp_path / "a.zarr", voxels, version=version, transforms=transforms))
    expected = np.diag([0.00025, 0.0005, 0.003, 1])
    expected[:3, 3] = 0.01, 0.02, 0.03
    assert volume.unit == "mm"
    np.testing.assert_allclose(volume.world_from_voxel, expected)


def test_the_multiscales_own_transformations_follow_those_of_the_level(tmp_path, voxels):
    path = write(tmp_path / "a.zarr", voxels, transforms=steps([3.0, 1.0, 1.0], [1.0, 0.0, 0.0]))
    said = json.loads((path / "zarr.json").read_text())
    said["attributes"]["ome"]["multiscales"][0]["coordinateTransformations"] = steps([2.0, 2.0, 2.0], [5.0, 0.0, 0.0])
    (path / "zarr.json").write_text(json.dumps(said))
    world = open_data(path).world_from_voxel
    np.testing.assert_allclose((world[2, 2], world[2, 3], world[0, 0]), (0.006, 0.007, 0.002))


def test_a_stated_spacing_replaces_the_files(tmp_path, voxels):
    volume = open_data(write(tmp_path / "a.zarr", voxels), ReadOptions(spacing=(3, 2, 1)))
    np.testing.assert_allclose(np.diag(volume.world_from_voxel), (1, 2, 3, 1))


def test_axes_without_units_keep_their_proportions(tmp_path, voxels):
    path = write(tmp_path / "a.zarr", voxels, transforms=steps([3.0, 1.0, 1.0]))
    said = json.loads((path / "zarr.json").read_text())
    for axis in said["attributes"]["ome"]["multiscales"][0]["axes"]:
        del axis["unit"]
    (path / "zarr.json").write_text(json.dumps(said))
    volume = open_data(path)
    assert volume.unit == "none"
    np.testing.assert_array_equal(np.diag(volume.world_from_voxel), (1, 1, 3, 1))


def test_anatomical_directions_turn_the_axes_into_ras(tmp_path, voxels):
    path = write(tmp_path / "a.zarr", voxels, transforms=steps([3.0, 2.0, 1.0]))
    said = json.loads((path / "zarr.json").read_text())
    directions = ("inferior-to-superior", "anterior-to-posterior", "right-to-left")
    for axis, value in zip(said["attributes"]["ome"]["multiscales"][0]["axes"], directions, strict=True):
        axis["orientation"] = {"type": "anatomical", "value": value}
    (path / "zarr.json").write_text(json.dumps(said))
    np.testing.assert_allclose(open_data(path).world_from_voxel, np.diag([-0.001, -0.002, 0.003, 1]))


def test_times_and_channels_are_read_with_omeros_looks(tmp_path):
    values = np.arange(3 * 2 * 4 * 5 * 6, dtype="u2").reshape(3, 2, 4, 5, 6)
    looks = [
        {"label": "DAPI", "color": "0000FF", "window": {"start": 3, "end": 90.5, "min": 0, "max": 65535}},
        {"label": "GFP", "color": "00FF00"},
    ]
    transforms = steps([0.5, 1.0, 3.0, 1.0, 1.0], [-1.0, 0.0, 0.0, 0.0, 0.0])
    path = write(tmp_path / "a.zarr", values, "tczyx", transforms=transforms, more={"omero": {"channels": looks}})
    image = open_data(path)
    assert isinstance(image, Channels)
    assert [(c.name, c.color, c.window) for c in image.channels] == [
        ("DAPI", (0, 0, 1), (3, 90.5)),
        ("GFP", (0, 1, 0), None),
    ]
    prints = set()
    for c, channel in enumerate(image.channels):
        assert isinstance(channel.data, VolumeSeries)
        assert (channel.data.times.first_s, channel.data.times.step_s) == (-1, 0.5)
        for t in range(3):
            moment = channel.data.moment(t)
            prints.add(moment.fingerprint())
            np.testing.assert_array_equal(moment.read(whole(moment)), values[t, c])
    assert len(prints) == 6


def test_of_bioformats2raws_images_the_first_is_read_and_others_by_name(tmp_path, voxels):
    root = tmp_path / "a.zarr"
    zarr.open_group(root, mode="w", zarr_format=2, attributes={"bioformats2raw.layout": 3})
    zarr.open_group(root / "OME", mode="w", zarr_format=2)
    write(root / "0", voxels, version="0.4")
    write(root / "1", voxels + 1, version="0.4")
    first, second = open_data(root), open_data(f"{root}:/1")
    np.testing.assert_array_equal(first.read(whole(first)), voxels)
    np.testing.assert_array_equal(second.read(whole(second)), voxels + 1)
    assert first.fingerprint() != second.fingerprint()


def test_a_plain_array_is_read_without_a_place(tmp_path, voxels):
    zarr.create_array(tmp_path / "a.zarr", data=voxels, chunks=(4, 4, 4))
    volume = open_data(tmp_path / "a.zarr")
    assert volume.unit == "none"
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_a_folder_of_another_name_is_known_by_its_metadata(tmp_path, voxels):
    assert sniff(write(tmp_path / "brain", voxels, version="0.4")) == "volume"


def test_a_git_lfs_pointer_among_the_metadata_is_recognised(tmp_path, voxels):
    path = write(tmp_path / "a.zarr", voxels, version="0.4")
    (path / ".zattrs").write_text(LFS_POINTER)
    with pytest.raises(FormatError, match=r"\.zattrs: a git-LFS pointer.*git lfs pull"):
        open_data(path)


def test_a_group_without_an_image_says_what_it_holds(tmp_path, voxels):
    path = zarr.open_group(tmp_path / "a.zarr", mode="w").store_path.store.root
    write(path / "inside", voxels)
    with pytest.raises(FormatError, match=r"no image at its root, which holds inside; name the image"):
        open_data(path)
    with pytest.raises(FormatError, match="no Zarr group or array at nowhere"):
        open_data(f"{path}:/nowhere")


@pytest.mark.parametrize("missing", ["datasets", "path", "axes"])
def test_metadata_without_what_is_needed_are_refused(tmp_path, voxels, missing):
    path = write(tmp_path / "a.zarr", voxels.reshape(1, 1, 1, 9, 5, 6), "abczyx")
    said = json.loads((path / "zarr.json").read_text())
    multiscale = said["attributes"]["ome"]["multiscales"][0]
    (multiscale["datasets"][0] if missing == "path" else multiscale).pop(missing)
    (path / "zarr.json").write_text(json.dumps(said))
    with pytest.raises(FormatError, match=r"a\.zarr: "):
        open_data(path)


def test_other_transformations_are_refused_by_name(tmp_path, voxels):
    path = write(tmp_path / "a.zarr", voxels, transforms=[{"type": "affine", "affine": []}])
    with pytest.raises(FormatError, match="transformation 'affine' is not read"):
        open_data(path)


def test_a_damaged_chunk_is_a_message(tmp_path, voxels):
    path = write(tmp_path / "a.zarr", voxels)
    chunk = next(file for file in (path / "s0" / "c").rglob("*") if file.is_file())
    chunk.write_bytes(b"no zstandard")
    volume = open_data(path)
    with pytest.raises(FormatError, match="cannot be read"):
        volume.read(whole(volume))


def test_a_zip_that_is_cut_off_is_refused(tmp_path, voxels):
    path = packed(write(tmp_path / "a.zarr", voxels))
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FormatError, match="no readable zip file"):
        open_data(path)


def test_a_missing_array_is_refused(tmp_path, voxels):
    path = write(tmp_path / "a.zarr", voxels)
    shutil.rmtree(path / "s0")
    with pytest.raises(FormatError, match="the array s0 cannot be opened"):
        open_data(path)
