import gzip
import logging
import struct
from contextlib import suppress
from pathlib import Path

import nibabel
import numpy as np
import pytest

from brainreel.data import Channels, TimeAxis, Volume, VolumeSeries
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats import ReadOptions, open_data, streams
from contracts.volume import VolumeContract, whole

AFFINE = np.array([[0, -2.5, 0, 7], [2, 0, 0, -8], [0, 0, 3, 9], [0, 0, 0, 1]], float)


def write(path: Path, voxels: np.ndarray, kind=nibabel.Nifti1Image, affine=AFFINE, **fields) -> Path:
    image = kind(voxels.T, affine, dtype=voxels.dtype)
    for field, value in fields.items():
        image.header[field] = value
    image.to_filename(path)
    return path


def edit(path: Path, offset: int, layout: str, *values) -> Path:
    content = bytearray(path.read_bytes())
    struct.pack_into(layout, content, offset, *values)
    path.write_bytes(content)
    return path


class TestPlainNifti(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels):
        return open_data(write(tmp_path / "a.nii", voxels))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[4, 3, 2] += 1
        return open_data(write(tmp_path / "b.nii", voxels))

    def test_voxels_are_those_of_the_array_that_was_written(self, volume, voxels):
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        assert volume.dtype == np.uint16


class TestGzippedNifti(TestPlainNifti):
    @pytest.fixture
    def volume(self, tmp_path, voxels):
        return open_data(write(tmp_path / "a.nii.gz", voxels))

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[4, 3, 2] += 1
        return open_data(write(tmp_path / "b.nii.gz", voxels))


class TestBigEndianNifti2(TestPlainNifti):
    @pytest.fixture
    def volume(self, tmp_path, voxels):
        header = nibabel.Nifti2Header(endianness=">")
        image = nibabel.Nifti2Image(voxels.T, AFFINE, header)
        image.set_data_dtype(np.uint16)
        image.to_filename(tmp_path / "a.nii")
        return open_data(tmp_path / "a.nii")

    def test_the_file_is_big_endian(self, volume):
        assert volume.path.read_bytes()[:4] == struct.pack(">i", 540)


class TestScaledNifti(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels):
        return open_data(self.scaled(tmp_path / "a.nii.gz", voxels))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[8, 4, 5] += 1
        return open_data(self.scaled(tmp_path / "b.nii.gz", voxels))

    @staticmethod
    def scaled(path, voxels):
        image = nibabel.Nifti1Image(voxels.T, AFFINE, dtype=np.uint16)
        image.header.set_slope_inter(0.1, -1000.0)
        nibabel.Nifti1Image(image.dataobj, AFFINE, image.header).to_filename(path)
        header = gzip.decompress(path.read_bytes())
        path.write_bytes(gzip.compress(header[:112] + struct.pack("<ff", 0.1, -1000.0) + header[120:]))
        return path

    def test_voxels_are_nibabels_as_float32(self, volume):
        assert volume.dtype == np.float32
        expected = nibabel.load(volume.path).get_fdata().T.astype(np.float32)
        np.testing.assert_array_equal(volume.read(whole(volume)), expected)
        assert expected.min() < 0


def test_the_sform_comes_before_the_qform(tmp_path, voxels):
    image = nibabel.Nifti1Image(voxels.T, None)
    image.header.set_qform(np.diag([5, 5, 5, 1]), 1)
    image.header.set_sform(AFFINE, 2)
    image.to_filename(tmp_path / "a.nii")
    np.testing.assert_allclose(open_data(tmp_path / "a.nii").world_from_voxel, AFFINE)


def test_the_qform_counts_where_the_sform_has_no_code(tmp_path, voxels):
    image = nibabel.Nifti1Image(voxels.T, None)
    image.header.set_qform(AFFINE, 1)
    image.header.set_sform(np.diag([5, 5, 5, 1]), 0)
    image.to_filename(tmp_path / "a.nii")
    np.testing.assert_allclose(open_data(tmp_path / "a.nii").world_from_voxel, AFFINE, atol=1e-5)


def test_without_both_the_voxel_sizes_place_it_as_nibabel_does_and_a_warning_says_so(tmp_path, voxels, caplog):
    image = nibabel.Nifti1Image(voxels.T, None)
    image.header.set_zooms((2, 3, 4))
    image.header.set_qform(None, 0)
    image.header.set_sform(None, 0)
    image.to_filename(tmp_path / "a.nii")
    volume = open_data(tmp_path / "a.nii")
    np.testing.assert_allclose(volume.world_from_voxel, nibabel.load(tmp_path / "a.nii").affine)
    assert "neither sform nor qform" in caplog.text


@pytest.mark.parametrize(("unit", "factor"), [("meter", 1000), ("mm", 1), ("micron", 0.001), ("unknown", 1)])
def test_lengths_are_brought_to_millimetres(tmp_path, voxels, unit, factor):
    image = nibabel.Nifti1Image(voxels.T, AFFINE)
    image.header.set_xyzt_units(unit)
    image.to_filename(tmp_path / "a.nii")
    expected = AFFINE.copy()
    expected[:3] *= factor
    np.testing.assert_allclose(open_data(tmp_path / "a.nii").world_from_voxel, expected)


def test_a_brain_longer_than_a_metre_is_warned_of(tmp_path, voxels, caplog):
    open_data(write(tmp_path / "small.nii", voxels))
    assert not caplog.records
    open_data(write(tmp_path / "huge.nii", voxels, affine=np.diag([300, 300, 300, 1])))
    assert "huge.nii" in caplog.text
    assert "--spacing" in caplog.text


def test_a_stated_spacing_replaces_the_headers_and_keeps_directions_and_origin(tmp_path, voxels):
    path = write(tmp_path / "a.nii", voxels)
    volume = open_data(path, ReadOptions(spacing=(0.3, 0.25, 0.2)))
    np.testing.assert_allclose(volume.world_from_voxel[:3, :3], AFFINE[:3, :3] / 10)
    origin_voxel = np.linalg.inv(AFFINE) @ (0, 0, 0, 1)
    np.testing.assert_allclose(volume.world_from_voxel @ origin_voxel, (0, 0, 0, 1), atol=1e-12)
    assert volume.fingerprint() != open_data(path).fingerprint()


def test_options_for_raw_voxels_are_not_applied_to_nifti_silently(tmp_path, voxels, caplog):
    volume = open_data(write(tmp_path / "a.nii", voxels), ReadOptions(dtype="uint8"))
    assert volume.dtype == np.uint16
    assert "--dtype" in caplog.text


class CountedChunks:
    def __init__(self, monkeypatch):
        self.count = 0
        original = streams.PackedStream._read_chunk

        def counted(stream):
            chunk = original(stream)
            self.count += bool(chunk)
            return chunk

        monkeypatch.setattr(streams.PackedStream, "_read_chunk", counted)


def test_ascending_slabs_of_a_gzip_file_read_it_once(tmp_path, voxels, monkeypatch):
    volume = open_data(write(tmp_path / "a.nii.gz", voxels))
    chunks = CountedChunks(monkeypatch)
    _, y, x = whole(volume)
    for start, stop in ((0, 4), (2, 6), (2, 7), (3, 7), (6, 9), (5, 9)):
        np.testing.assert_array_equal(volume.read((slice(start, stop), y, x)), voxels[start:stop])
    assert chunks.count == 1
    np.testing.assert_array_equal(volume.read((slice(0, 1), y, x)), voxels[:1])
    assert chunks.count == 2


def test_a_gzip_file_of_many_members_is_one_stream(tmp_path, voxels):
    content = write(tmp_path / "a.nii", voxels).read_bytes()
    members = [gzip.compress(content[k : k + 100]) for k in range(0, len(content), 100)]
    (tmp_path / "b.nii.gz").write_bytes(b"".join(members))
    volume = open_data(tmp_path / "b.nii.gz")
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_bytes_behind_the_gzip_stream_are_ignored(tmp_path, voxels):
    path = write(tmp_path / "a.nii.gz", voxels)
    path.write_bytes(path.read_bytes() + bytes(64))
    volume = open_data(path)
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize("keep", [0.3, 0.9, 0.999])
def test_a_truncated_gzip_file_is_refused_when_opened(tmp_path, voxels, keep):
    path = write(tmp_path / "a.nii.gz", voxels)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(FormatError, match=r"a\.nii\.gz: the gzip data are cut off"):
        open_data(path)


def test_a_gzip_file_with_a_wrong_checksum_is_refused_where_it_is_read(tmp_path, voxels):
    path = write(tmp_path / "a.nii.gz", voxels)
    content = bytearray(path.read_bytes())
    content[-6] ^= 1
    path.write_bytes(content)
    volume = open_data(path)
    with pytest.raises(FormatError, match=r"damaged.*copy it again"):
        volume.read(whole(volume))


def test_flipped_bits_in_a_gzip_file_never_end_in_a_foreign_error(tmp_path, voxels):
    content = write(tmp_path / "a.nii.gz", voxels).read_bytes()
    for position in range(0, len(content), 3):
        damaged = bytearray(content)
        damaged[position] ^= 0x41
        (tmp_path / "b.nii.gz").write_bytes(damaged)
        with suppress(FormatError):
            volume = open_data(tmp_path / "b.nii.gz")
            volume.read(whole(volume))


def test_flipped_bits_in_a_header_never_end_in_a_foreign_error(tmp_path, voxels):
    content = write(tmp_path / "a.nii", voxels).read_bytes()
    for position in range(348):
        for flip in (0x80, 0x01, 0xFF):
            damaged = bytearray(content)
            damaged[position] ^= flip
            (tmp_path / "b.nii").write_bytes(damaged)
            with suppress(FormatError):
                open_data(tmp_path / "b.nii")


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_header_that_claims_more_than_the_file_holds_is_refused_before_allocating(tmp_path, voxels, name):
    content = bytearray(write(tmp_path / "small.nii", voxels).read_bytes())
    struct.pack_into("<3h", content, 42, 32000, 32000, 32000)
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(FormatError, match=r"32000 x 32000 x 32000 x 2 bytes = 65,536,000,000,000"):
        open_data(tmp_path / name)


def test_one_missing_voxel_is_refused(tmp_path, voxels):
    path = write(tmp_path / "a.nii", voxels)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(FormatError, match=r"6 x 5 x 9 x 2 bytes = 540 .* holds 539"):
        open_data(path)
    (tmp_path / "b.nii.gz").write_bytes(gzip.compress(path.read_bytes()))
    with pytest.raises(FormatError, match=r"cannot hold more than 539"):
        open_data(tmp_path / "b.nii.gz")


def test_a_file_that_became_shorter_meanwhile_is_no_crash(tmp_path, voxels):
    path = write(tmp_path / "a.nii", voxels)
    volume = open_data(path)
    path.write_bytes(path.read_bytes()[:400])
    with pytest.raises(FormatError, match=r"a\.nii: the file has changed"):
        volume.read(whole(volume))


@pytest.mark.parametrize("size", [0, -3])
def test_a_dimension_below_one_is_refused(tmp_path, voxels, size):
    with pytest.raises(FormatError, match=rf"6 x {size} x 9 voxels"):
        open_data(edit(write(tmp_path / "a.nii", voxels), 44, "<h", size))


def write_moments(path, unit="msec", step=250.0, first=0.0, dtype=np.int16):
    moments = np.random.default_rng(3).integers(0, 255, (3, 9, 5, 6)).astype(dtype)
    image = nibabel.Nifti1Image(moments.T, AFFINE)
    image.header.set_xyzt_units("mm", unit)
    image.header["pixdim"][4] = step
    image.header["toffset"] = first
    image.to_filename(path)
    return moments


@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_a_fourth_axis_is_a_series_of_volumes(tmp_path, name):
    moments = write_moments(tmp_path / name, first=-500.0)
    series = open_data(tmp_path / name)
    assert isinstance(series, VolumeSeries)
    assert series.times == TimeAxis(-0.5, 0.25, 3)
    for index in (0, 2, 1):
        volume = series.moment(index)
        assert isinstance(volume, Volume)
        np.testing.assert_array_equal(volume.read(whole(volume)), moments[index])
    assert len({series.moment(k).fingerprint() for k in range(3)}) == 3
    assert series.fingerprint() == open_data(tmp_path / name).fingerprint()
    with pytest.raises(BrainreelError, match="no moment 3"):
        series.moment(3)


@pytest.mark.parametrize(("unit", "step"), [("unknown", 2.0), ("hz", 2.0), ("sec", 0.0)])
def test_moments_without_times_are_items_unless_stated(tmp_path, unit, step):
    write_moments(tmp_path / "a.nii", unit, step)
    assert open_data(tmp_path / "a.nii").times == TimeAxis(0.0, 1.0, 3, "items")
    assert open_data(tmp_path / "a.nii", ReadOptions(times=(1.0, 0.5))).times == TimeAxis(1.0, 0.5, 3)


def test_going_to_a_later_moment_of_a_gzip_file_does_not_start_over(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "_LEAST_SPAN_BYTES", 64)
    moments = write_moments(tmp_path / "a.nii.gz")
    series = open_data(tmp_path / "a.nii.gz")
    last = series.moment(2)
    last.read(whole(last))
    passed = []
    original = streams.PackedStream.skip
    monkeypatch.setattr(streams.PackedStream, "skip", lambda self, n: passed.append(n) or original(self, n))
    volume = series.moment(2)
    np.testing.assert_array_equal(volume.read(whole(volume)), moments[2])
    assert sum(passed) < 64


def test_moments_of_a_gzip_file_in_their_order_are_inflated_once(tmp_path, monkeypatch):
    moments = write_moments(tmp_path / "a.nii.gz")
    series = open_data(tmp_path / "a.nii.gz")
    passed = []
    original = streams.PackedStream.skip
    monkeypatch.setattr(streams.PackedStream, "skip", lambda self, n: passed.append(n) or original(self, n))
    for index in range(3):
        volume = series.moment(index)
        np.testing.assert_array_equal(volume.read(whole(volume)), moments[index])
    assert sum(passed) == 352


def test_a_fourth_axis_of_one_moment_is_no_axis(tmp_path, voxels):
    nibabel.Nifti1Image(voxels.T[..., None], AFFINE).to_filename(tmp_path / "a.nii")
    volume = open_data(tmp_path / "a.nii")
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


RGB = [("R", "u1"), ("G", "u1"), ("B", "u1")]


@pytest.mark.parametrize("fields", [RGB, [*RGB, ("A", "u1")]])
@pytest.mark.parametrize("name", ["a.nii", "a.nii.gz"])
def test_colours_are_three_channels(tmp_path, fields, name):
    colors = np.random.default_rng(0).integers(0, 255, (9, 5, 6, len(fields))).astype(np.uint8)
    nibabel.Nifti1Image(colors.view(np.dtype(fields))[..., 0].T, AFFINE).to_filename(tmp_path / name)
    image = open_data(tmp_path / name)
    assert isinstance(image, Channels)
    assert image.is_rgb
    assert [channel.name for channel in image.channels] == ["red", "green", "blue"]
    for number, channel in enumerate(image.channels):
        np.testing.assert_array_equal(channel.data.read(whole(channel.data)), colors[..., number])
    green = open_data(tmp_path / name, ReadOptions(component="1"))
    np.testing.assert_array_equal(green.read(whole(green)), colors[..., 1])


@pytest.mark.parametrize("dtype", [">c8", "<c8", "<c16"])
def test_of_complex_numbers_one_part_is_chosen(tmp_path, dtype):
    random = np.random.default_rng(0)
    voxels = (random.normal(size=(9, 5, 6)) + 1j * random.normal(size=(9, 5, 6))).astype(dtype)
    header = nibabel.Nifti1Header(endianness=dtype[0])
    header.set_data_dtype(dtype)
    nibabel.Nifti1Image(voxels.T, AFFINE, header).to_filename(tmp_path / "a.nii")
    with pytest.raises(FormatError, match=r"complex numbers.*component: magnitude, phase, real or imaginary"):
        open_data(tmp_path / "a.nii")
    with pytest.raises(FormatError, match="component: 1 is not among them"):
        open_data(tmp_path / "a.nii", ReadOptions(component="1"))
    parts = {"real": voxels.real, "imaginary": voxels.imag, "magnitude": np.abs(voxels), "phase": np.angle(voxels)}
    prints = set()
    for word, expected in parts.items():
        volume = open_data(tmp_path / "a.nii", ReadOptions(component=word))
        assert volume.dtype == (np.float32 if word in ("magnitude", "phase") or dtype != "<c16" else np.float64)
        np.testing.assert_allclose(volume.read(whole(volume)), expected, rtol=1e-6)
        prints.add(volume.fingerprint())
    assert len(prints) == 4


def test_of_vectors_one_number_is_chosen(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(3, 1, 9, 5, 6)).astype(np.float32)
    nibabel.Nifti1Image(vectors.T, AFFINE).to_filename(tmp_path / "a.nii.gz")
    with pytest.raises(FormatError, match=r"vector or tensor of 3 numbers.*component: 0 to 2, or component: magnitude"):
        open_data(tmp_path / "a.nii.gz")
    with pytest.raises(FormatError, match="component: phase is not among them"):
        open_data(tmp_path / "a.nii.gz", ReadOptions(component="phase"))
    second = open_data(tmp_path / "a.nii.gz", ReadOptions(component="1"))
    np.testing.assert_array_equal(second.read(whole(second)), vectors[1, 0])
    length = open_data(tmp_path / "a.nii.gz", ReadOptions(component="magnitude"))
    np.testing.assert_allclose(length.read(whole(length)), np.linalg.norm(vectors[:, 0], axis=0), rtol=1e-6)


def test_a_component_of_plain_voxels_is_refused(tmp_path, voxels):
    with pytest.raises(FormatError, match="one number a voxel; leave component out"):
        open_data(write(tmp_path / "a.nii", voxels), ReadOptions(component="0"))


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"])
def test_numbers_of_each_type_and_byte_order_come_back(tmp_path, order, kind):
    voxels = np.arange(9 * 5 * 6).reshape(9, 5, 6).astype(order + kind)
    header = nibabel.Nifti1Header(endianness=order)
    header.set_data_dtype(voxels.dtype)
    nibabel.Nifti1Image(voxels.T, AFFINE, header).to_filename(tmp_path / "a.nii")
    volume = open_data(tmp_path / "a.nii")
    assert volume.dtype == np.dtype(kind)
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_numbers_of_more_than_64_bits_are_refused_with_a_remedy(tmp_path, voxels):
    path = edit(write(tmp_path / "a.nii", voxels), 70, "<hh", 1536, 128)
    with pytest.raises(FormatError, match="up to 64 bits are read: convert it"):
        open_data(path)


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_pair_of_files_opens_by_either_name(tmp_path, voxels, ending):
    nibabel.Nifti1Pair(voxels.T, AFFINE).to_filename(tmp_path / f"a.img{ending}")
    for name in ("a.hdr", "a.img"):
        volume = open_data(tmp_path / f"{name}{ending}")
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        np.testing.assert_allclose(volume.world_from_voxel, AFFINE)
    (tmp_path / f"a.img{ending}").unlink()
    with pytest.raises(FormatError, match=r"a\.img.*no such file"):
        open_data(tmp_path / f"a.hdr{ending}")


def test_an_affine_that_flattens_space_is_refused(tmp_path, voxels):
    path = edit(write(tmp_path / "a.nii", voxels), 280, "<4f", 0, 0, 0, 0)
    with pytest.raises(FormatError, match="flattens space"):
        open_data(path)


def test_a_file_that_is_no_nifti_is_refused(tmp_path, caplog):
    (tmp_path / "a.nii").write_bytes(b"not an image at all" * 40)
    with caplog.at_level(logging.WARNING), pytest.raises(FormatError, match="no NIfTI"):
        open_data(tmp_path / "a.nii")
    assert not caplog.records
