import logging

import numpy as np
import pytest

from brainreel.errors import FormatError, UsageError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.volume import VolumeContract, whole

BIG = ReadOptions(dtype="uint16", shape=(9, 5, 6), byte_order="big", spacing=(4.0, 3.0, 2.0))


def write(folder, voxels, dtype=">u2"):
    folder.mkdir()
    for z, plane in enumerate(voxels):
        (folder / f"brain.{z + 1}").write_bytes(plane.astype(dtype).tobytes())
    return folder


class TestOneRawFile(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, voxels):
        (tmp_path / "a.raw").write_bytes(voxels.astype(">u2").tobytes())
        return open_data(tmp_path / "a.raw", BIG)

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path, BIG)

    @pytest.fixture
    def changed(self, tmp_path, voxels):
        voxels = voxels.copy()
        voxels[1, 2, 3] += 1
        (tmp_path / "b.raw").write_bytes(voxels.astype(">u2").tobytes())
        return open_data(tmp_path / "b.raw", BIG)

    def test_voxels_are_those_that_were_written(self, volume, voxels):
        np.testing.assert_array_equal(volume.read(whole(volume)), voxels)

    def test_the_spacing_places_it(self, volume):
        np.testing.assert_array_equal(volume.world_from_voxel, np.diag([2, 3, 4, 1]))
        assert volume.unit == "mm"

    def test_what_the_options_state_is_part_of_the_fingerprint(self, volume):
        others = [
            ReadOptions(dtype="uint16", shape=(9, 5, 6), byte_order="little", spacing=(4.0, 3.0, 2.0)),
            ReadOptions(dtype="int16", shape=(9, 5, 6), byte_order="big", spacing=(4.0, 3.0, 2.0)),
            ReadOptions(dtype="uint16", shape=(9, 6, 5), byte_order="big", spacing=(4.0, 3.0, 2.0)),
            ReadOptions(dtype="uint16", shape=(9, 5, 6), byte_order="big"),
        ]
        prints = {open_data(volume.path, options).fingerprint() for options in others}
        assert len(prints | {volume.fingerprint()}) == 5


class TestRawSlices(VolumeContract):
    @pytest.fixture
    def options(self):
        return ReadOptions(dtype="uint16", shape=(12, 5, 6), byte_order="big")

    @pytest.fixture
    def stack(self, voxels):
        return np.concatenate([voxels, voxels[:3]])

    @pytest.fixture
    def volume(self, tmp_path, stack, options):
        return open_data(write(tmp_path / "a", stack), options)

    @pytest.fixture
    def again(self, volume, options):
        return open_data(volume.path, options)

    @pytest.fixture
    def changed(self, tmp_path, stack, options):
        stack = stack.copy()
        stack[11, 2, 3] += 1
        return open_data(write(tmp_path / "b", stack), options)

    def test_slices_are_in_natural_order_of_their_names(self, volume, stack):
        np.testing.assert_array_equal(volume.read(whole(volume)), stack)

    def test_without_a_spacing_it_has_no_unit(self, volume):
        assert volume.unit == "none"


def test_missing_options_are_asked_for_with_an_example(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    assert sniff(folder) == "volume"
    example = "--dtype uint8 --shape z=93,y=64,x=64 --spacing z=2mm,y=3mm,x=3mm --byte-order little"
    with pytest.raises(FormatError, match=f"add --dtype and --shape, for example: {example}"):
        open_data(folder)
    with pytest.raises(FormatError, match="add --shape, for example"):
        open_data(folder, ReadOptions(dtype="uint8"))


def test_two_bytes_a_voxel_need_a_byte_order_and_one_does_not(tmp_path):
    (tmp_path / "a.raw").write_bytes(bytes(24))
    with pytest.raises(FormatError, match="uint16 has two byte orders; add --byte-order"):
        open_data(tmp_path / "a.raw", ReadOptions(dtype="uint16", shape=(3, 2, 2)))
    assert open_data(tmp_path / "a.raw", ReadOptions(dtype="uint8", shape=(6, 2, 2))).dtype == np.uint8


def test_a_size_that_does_not_match_is_shown_with_its_arithmetic(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "s1").write_bytes(bytes(8192))
    (folder / "s2").write_bytes(bytes(8000))
    options = ReadOptions(dtype="uint16", shape=(2, 64, 64), byte_order="little")
    with pytest.raises(FormatError, match=r"64 x 64 x 2 bytes = 8,192 a slice, but .*s2 holds 8,000"):
        open_data(folder, options)
    with pytest.raises(FormatError, match=r"2 x 64 x 64 x 2 bytes = 16,384 in all, but .*s1 holds 8,192"):
        open_data(folder / "s1", options)


def test_a_count_of_slices_that_does_not_match_is_stated(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    with pytest.raises(FormatError, match="z=10, but the folder holds 9"):
        open_data(folder, ReadOptions(dtype="uint16", shape=(10, 5, 6), byte_order="big"))


def test_a_header_beside_the_slices_is_passed_over_with_a_note(tmp_path, voxels, caplog):
    folder = write(tmp_path / "a", voxels)
    (folder / "brain.nhdr").write_text("NRRD0004\n")
    with caplog.at_level(logging.INFO, "brainreel"):
        volume = open_data(folder, BIG)
    np.testing.assert_array_equal(volume.read(whole(volume)), voxels)
    assert "brain.nhdr: passed over" in caplog.text


def test_another_file_among_the_slices_is_named(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    (folder / "mask").write_bytes(bytes(60))
    with pytest.raises(FormatError, match=r"mask: lies among 9 slices such as brain\.1"):
        open_data(folder, BIG)


def test_a_file_that_became_shorter_meanwhile_is_no_crash(tmp_path, voxels):
    folder = write(tmp_path / "a", voxels)
    volume = open_data(folder, BIG)
    (folder / "brain.3").write_bytes(b"")
    with pytest.raises(FormatError, match=r"brain\.3: the file has changed"):
        volume.read(whole(volume))


@pytest.mark.parametrize(
    "wrong",
    [
        {"dtype": "float16"},
        {"dtype": "uint8 "},
        {"shape": (0, 2, 2)},
        {"shape": (2, 2)},
        {"spacing": (0.0, 1.0, 1.0)},
        {"spacing": (1.0, 1.0, float("nan"))},
        {"byte_order": "middle"},
        {"times": (0.0, 0.0)},
        {"hemi": "lh"},
    ],
)
def test_an_option_without_meaning_is_refused(wrong):
    with pytest.raises(UsageError):
        ReadOptions(**wrong)
