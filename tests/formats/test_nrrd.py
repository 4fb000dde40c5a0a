import bz2
import gzip
import logging
from pathlib import Path

import numpy as np
import pytest

from brainreel.data import Channels, TimeAxis, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole

LPS_DIRECTIONS = "(0,2,0) (-2.5,0,0.5) (0,0,3)"
WORLD = np.array([[0, 2.5, 0, -1], [-2, 0, 0, -2], [0, 0.5, 3, 3], [0, 0, 0, 1]], float)
TYPES = {"u1": "uchar", "i1": "int8", "u2": "ushort", "i2": "short", "u4": "uint", "i4": "int", "u8": "ulonglong"}
TYPES |= {"i8": "long long int", "f4": "float", "f8": "double"}


def header(array: np.ndarray, encoding="raw", **fields) -> bytes:
    """Of an array whose axes are slowest first."""
    stated = {
        "type": TYPES[array.dtype.str[1:]],
        "dimension": array.ndim,
        "sizes": " ".join(map(str, array.shape[::-1])),
        "endian": "big" if array.dtype.str[0] == ">" else "little",
        "encoding": encoding,
        **{name.replace("_", " "): value for name, value in fields.items()},
    }
    lines = "".join(f"{name}: {value}\n" for name, value in stated.items() if value is not None)
    return b"NRRD0005\n# comment: of no meaning\n" + lines.encode()


def encode(array: np.ndarray, encoding: str) -> bytes:
    if encoding == "ascii":
        return " ".join(map(str, array.ravel())).encode()
    pack = {"raw": bytes, "gzip": gzip.compress, "bzip2": bz2.compress, "hex": lambda content: content.hex().encode()}
    return pack[encoding](array.tobytes())


def write(path: Path, array: np.ndarray, encoding="raw", keys=b"", **fields) -> Path:
    path.write_bytes(header(array, encoding, **fields) + keys + b"\n" + encode(array, encoding))
    return path


@pytest.mark.parametrize("encoding", ["raw", "gzip", "bzip2", "ascii", "hex"])
class TestNrrd(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels, encoding):
        return open_data(
            write(
                tmp_path / "a.nrrd",
                voxels,
                encoding,
                space="left-posterior-superior",
                space_directions=LPS_DIRECTIONS,
                space_origin="(1,2,3)",
                kinds="domain domain domain",
            )
        )

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, voxels, encoding):
        voxels = voxels.copy()
        voxels[4, 3, 2] += 1
        return open_data(write(tmp_path / "b.nrrd", voxels, encoding))

    def test_voxels_and_place_are_those_that_were_written(self, volume, voxels):
        assert sniff(volume.path) == "volume"
        assert (volume.dtype, volume.unit) == (np.uint16, "mm")
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
        np.testing.assert_allclose(volume.world_from_voxel, WORLD)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", TYPES)
def test_numbers_of_each_type_and_byte_order_come_back(tmp_path, order, kind):
    voxels = np.arange(9 * 5 * 6).reshape(9, 5, 6).astype(order + kind)
    volume = open_data(write(tmp_path / "a.nrrd", voxels, "gzip", spacings="1 1 1"))
    assert volume.dtype == np.dtype(kind)
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize(
    ("space", "signs"),
    [
        ("right-anterior-superior", (1, 1, 1)), ("RAS", (1, 1, 1)), ("LAS", (-1, 1, 1)), ("LPS", (-1, -1, 1)),
        ("left-anterior-superior", (-1, 1, 1)), ("3D-right-handed", (1, 1, 1)),
    ],
)  # fmt: skip
def test_every_space_is_brought_to_ras(tmp_path, voxels, space, signs):
    path = write(
        tmp_path / "a.nrrd", voxels, space=space, space_directions="(1,0,0) (0,2,0) (0,0,3)", space_origin="(4,5,6)"
    )
    expected = np.diag([*signs, 1.0]) @ [[1, 0, 0, 4], [0, 2, 0, 5], [0, 0, 3, 6], [0, 0, 0, 1]]
    np.testing.assert_allclose(open_data(path).world_from_voxel, expected)


def test_spacings_alone_place_it_at_axis_mins_in_the_units_stated(tmp_path, voxels):
    path = write(
        tmp_path / "a.nrrd",
        voxels,
        spacings="2 3 4",
        axis_mins="10 20 30",
        centers="cell node node",
        units='"um" "mm" "cm"',
    )
    expected = [[0.002, 0, 0, 0.011], [0, 3, 0, 20], [0, 0, 40, 300], [0, 0, 0, 1]]
    np.testing.assert_allclose(open_data(path).world_from_voxel, expected)


def test_without_any_spacing_the_unit_is_none_and_a_warning_says_so(tmp_path, voxels, caplog):
    path = write(tmp_path / "a.nrrd", voxels)
    assert open_data(path).unit == "none"
    assert "--spacing" in caplog.text
    stated = open_data(path, ReadOptions(spacing=(3, 2, 1)))
    assert stated.unit == "mm"
    np.testing.assert_array_equal(stated.world_from_voxel, np.diag([1.0, 2, 3, 1]))


def test_a_detached_header_names_its_data_file(tmp_path, voxels):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.raw").write_bytes(voxels.tobytes())
    (tmp_path / "a.nhdr").write_bytes(header(voxels, data_file="sub/a.raw", spacings="1 1 1"))
    volume = open_data(tmp_path / "a.nhdr")
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
    before = volume.fingerprint()
    (tmp_path / "sub" / "a.raw").write_bytes(voxels.tobytes()[:-1] + b"\7")
    assert open_data(tmp_path / "a.nhdr").fingerprint() != before


@pytest.mark.parametrize("encoding", ["raw", "gzip"])
@pytest.mark.parametrize("named", ["part.%02d 10 18 1", "part.%02d 18 10 -1", "LIST", "LIST 2"])
def test_a_pattern_or_a_list_names_one_file_a_slice(tmp_path, voxels, named, encoding):
    order = voxels[::-1] if "-1" in named else voxels
    for number, plane in enumerate(order, 10):
        (tmp_path / f"part.{number:02d}").write_bytes(encode(plane, encoding))
    names = "".join(f"part.{k}\n" for k in range(10, 19)) if named.startswith("LIST") else ""
    (tmp_path / "a.nhdr").write_bytes(header(voxels, encoding, spacings="1 1 1", data_file=named) + names.encode())
    volume = open_data(tmp_path / "a.nhdr")
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
    np.testing.assert_array_equal(volume.read((slice(3, 7), slice(1, 4), slice(2, 5))), voxels[3:7, 1:4, 2:5])


def test_files_of_a_pattern_may_hold_several_slices_each(tmp_path, voxels):
    for number in range(3):
        (tmp_path / f"part{number}").write_bytes(voxels[3 * number : 3 * number + 3].tobytes())
    (tmp_path / "a.nhdr").write_bytes(header(voxels, spacings="1 1 1", data_file="part%d 0 2 1"))
    volume = open_data(tmp_path / "a.nhdr")
    np.testing.assert_array_equal(volume.read((slice(2, 8), slice(0, 5), slice(0, 6))), voxels[2:8])


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ("part%d 0 3 1", "9 planes in 4 files"),
        ("part%d 0 8 0", "part%d from 0 to 8 by 0 is 0 files"),
        ("part%d 0 999999999 1", "1000000000 files for 270 planes"),
        ("part%999d 0 8 1", "no pattern of file names"),
        ("part%s 0 8 1", "no pattern of file names"),
        ("lost.raw", "no such file"),
        (".", "no plain file"),
    ],
)
def test_files_that_do_not_make_up_the_voxels_are_refused(tmp_path, voxels, named, words):
    for number in range(4):
        (tmp_path / f"part{number}").write_bytes(bytes(1000))
    (tmp_path / "a.nhdr").write_bytes(header(voxels, spacings="1 1 1", data_file=named))
    with pytest.raises(FormatError, match=words):
        open_data(tmp_path / "a.nhdr")


@pytest.mark.parametrize(
    ("fields", "before"),
    [
        ({"line_skip": 2}, b"one\ntwo\n"),
        ({"byte_skip": 5}, b"12345"),
        ({"line_skip": 1, "byte_skip": 3}, b"line\nabc"),
        ({"byte_skip": -1}, b"whatever comes before"),
    ],
)
def test_lines_and_bytes_before_the_voxels_are_skipped(tmp_path, voxels, fields, before):
    (tmp_path / "a.raw").write_bytes(before + voxels.tobytes())
    (tmp_path / "a.nhdr").write_bytes(header(voxels, spacings="1 1 1", data_file="a.raw", **fields))
    volume = open_data(tmp_path / "a.nhdr")
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


def test_of_gzip_the_bytes_to_skip_are_inside(tmp_path, voxels):
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"12345" + voxels.tobytes()))
    (tmp_path / "a.nhdr").write_bytes(header(voxels, "gzip", spacings="1 1 1", data_file="a.gz", byte_skip=5))
    volume = open_data(tmp_path / "a.nhdr")
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("encoding", ["raw", "gzip"])
def test_a_list_axis_first_or_last_is_channels(tmp_path, first, encoding):
    array = np.random.default_rng(0).integers(0, 99, (9, 5, 6, 2) if first else (2, 9, 5, 6)).astype("<u2")
    kinds = "list domain domain domain" if first else "domain domain domain list"
    vectors = "(1,0,0) (0,1,0) (0,0,1)"
    path = write(
        tmp_path / "a.nrrd",
        array,
        encoding,
        kinds=kinds,
        space="RAS",
        space_directions=f"none {vectors}" if first else f"{vectors} none",
    )
    image = open_data(path)
    assert isinstance(image, Channels)
    assert not image.is_rgb
    for number, channel in enumerate(image.channels):
        expected = array[..., number] if first else array[number]
        np.testing.assert_array_equal(channel.data.read(whole(channel.data)), expected)
    assert image.channels[0].data.fingerprint() != image.channels[1].data.fingerprint()


def test_slicers_sequences_are_moments_at_their_index_values(tmp_path, caplog):
    array = np.random.default_rng(0).integers(0, 99, (3, 9, 5, 6)).astype("<u2")
    directions = "(1,0,0) (0,1,0) (0,0,1) none"
    fields = {"kinds": "domain domain domain list", "space": "RAS", "space_directions": directions}
    keys = b"axis 3 index type:=numeric\naxis 3 index values:=0.5 1 1.5\n"
    path = write(tmp_path / "a.seq.nrrd", array, "gzip", keys, units='"mm" "mm" "mm" "s"', **fields)
    series = open_data(path)
    assert isinstance(series, VolumeSeries)
    assert series.times == TimeAxis(0.5, 0.5, 3)
    for index in (2, 0, 1):
        volume = series.moment(index)
        np.testing.assert_array_equal(volume.read(whole(volume)), array[index])
    assert open_data(write(tmp_path / "b.seq.nrrd", array, **fields)).times.unit == "items"
    assert not caplog.records
    uneven = keys.replace(b"1.5", b"3.5")
    series = open_data(write(tmp_path / "c.seq.nrrd", array, "gzip", uneven, units='"mm" "mm" "mm" "s"', **fields))
    assert series.times == TimeAxis(0.5, 1.5, 3, uneven=(0.5, 1.0, 3.5))


def test_a_time_axis_with_a_spacing_has_times(tmp_path):
    array = np.zeros((3, 9, 5, 6), np.uint8)
    path = write(
        tmp_path / "a.nrrd", array, kinds="domain domain domain time", spacings="1 1 1 40", units='"mm" "mm" "mm" "ms"'
    )
    assert open_data(path).times == TimeAxis(0.0, 0.04, 3)


@pytest.mark.parametrize("kind", ["RGB-color", "RGBA-color", "vector"])
def test_colours_are_three_channels(tmp_path, kind):
    array = np.random.default_rng(0).integers(0, 99, (9, 5, 6, 4 if "A" in kind else 3)).astype(np.uint8)
    path = write(tmp_path / "a.nrrd", array, kinds=f"{kind} domain domain domain", spacings="nan 1 1 1")
    image = open_data(path)
    assert isinstance(image, Channels)
    assert image.is_rgb
    assert len(image.channels) == 3
    np.testing.assert_array_equal(image.channels[1].data.read(whole(image.channels[1].data)), array[..., 1])


def test_of_vectors_one_number_is_chosen(tmp_path):
    array = np.random.default_rng(0).normal(size=(9, 5, 6, 3)).astype("<f4")
    path = write(tmp_path / "a.nrrd", array, "gzip", kinds="vector domain domain domain", spacings="nan 1 1 1")
    with pytest.raises(FormatError, match="component: 0 to 2, or component: magnitude"):
        open_data(path)
    length = open_data(path, ReadOptions(component="magnitude"))
    np.testing.assert_allclose(length.read(whole(length)), np.linalg.norm(array, axis=-1), rtol=1e-6)


SEGMENTS = b"""Segment0_Name:=left lung
Segment0_Layer:=0
Segment0_LabelValue:=1
Segment0_Color:=0.5 0.25 1
Segment1_Name:=sphere
Segment1_Layer:=1
Segment1_LabelValue:=3
"""


def test_overlapping_segments_are_a_channel_of_0_and_1_each(tmp_path):
    layers = np.random.default_rng(0).integers(0, 4, (9, 5, 6, 2)).astype(np.uint8)
    path = write(
        tmp_path / "a.seg.nrrd", layers, "gzip", SEGMENTS, kinds="list domain domain domain", spacings="nan 1 1 1"
    )
    image = open_data(path)
    assert [(c.name, c.color, c.window) for c in image.channels] == [
        ("left lung", (0.5, 0.25, 1.0), (0.0, 1.0)),
        ("sphere", None, (0.0, 1.0)),
    ]
    for channel, layer, label in zip(image.channels, (0, 1), (1, 3), strict=True):
        assert channel.data.dtype == np.uint8
        np.testing.assert_array_equal(channel.data.read(whole(channel.data)), layers[..., layer] == label)
    beyond = SEGMENTS.replace(b"Layer:=1", b"Layer:=2")
    path = write(tmp_path / "b.seg.nrrd", layers, "gzip", beyond, kinds="list domain domain domain")
    with pytest.raises(FormatError, match="layer 2 of 2"):
        open_data(path)


def test_a_list_of_slices_is_a_stack_whose_distance_is_missing(tmp_path, voxels, caplog):
    path = write(
        tmp_path / "a.igs.nrrd",
        voxels,
        "gzip",
        b"Seq_Frame0000_Status:=OK\n",
        kinds="domain domain list",
        space_dimension=2,
        space_directions="(1,0) (0,1) none",
        space_origin="(0,0)",
    )
    volume = open_data(path)
    assert (volume.shape, volume.unit) == ((9, 5, 6), "none")
    assert "states no distance of its slices" in caplog.text
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (b"type: ushort", b"type: block", "type 'block' is no number"),
        (b"encoding: raw", b"encoding: rot13", "encoding 'rot13' is not read"),
        (b"endian: little", b"endian: middle", "neither little nor big"),
        (b"space: LPS", b"space: Mars", "space 'mars' is not among"),
        (b"sizes: 6 5 9\n", b"", "no field `sizes:`"),
        (b"sizes: 6 5 9", b"sizes: 6 5 -9", "6 x 5 x -9 voxels"),
        (b"sizes: 6 5 9", b"sizes: 6 5 90000000", "6 x 5 x 90000000 x 2 bytes = 5,400,000,000"),
        (b"(1,0,0)", b"(0,1,0)", "flattens space"),
        (b"(1,0,0)", b"(1e300,0,0)", "beyond any measure"),
        (b"kinds: domain", b"kinds: domain domain", "are not of 3 axes"),
        (b"encoding: raw", b"encoding: gzip", "the gzip data are damaged"),
        (b"NRRD0005", b"NRRD0005\nno field", "is no field"),
    ],
)
def test_headers_with_a_fault_are_refused_by_name(tmp_path, voxels, old, new, words):
    fields = {"space": "LPS", "space_directions": "(1,0,0) (0,1,0) (0,0,1)", "kinds": "domain domain domain"}
    content = write(tmp_path / "a.nrrd", voxels, **fields).read_bytes()
    assert old in content
    (tmp_path / "a.nrrd").write_bytes(content.replace(old, new))
    with pytest.raises(FormatError, match=words):
        open_data(tmp_path / "a.nrrd")


def test_a_file_is_known_by_its_first_bytes_too(tmp_path, voxels, caplog):
    with caplog.at_level(logging.WARNING):
        assert open_data(write(tmp_path / "no ending", voxels, spacings="1 1 1")).shape == (9, 5, 6)
    assert not caplog.records
