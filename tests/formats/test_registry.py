import os
import subprocess
import sys

import nibabel
import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff

LFS_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3630\n"
NAMES = ["a.nii", "a.nii.gz", "a.gii", "a.gii.gz", "a-lh.stc", "a.npy", "a.raw", "a.tif", "lh.pial", "a.unknown"]


@pytest.mark.parametrize("name", NAMES)
def test_a_git_lfs_pointer_is_recognised_under_any_name(tmp_path, name):
    (tmp_path / name).write_text(LFS_POINTER)
    for look in (sniff, open_data):
        with pytest.raises(FormatError, match=r"git-LFS pointer lies in place of the data.*git lfs pull"):
            look(tmp_path / name)


def test_a_git_lfs_pointer_among_slices_is_recognised(tmp_path):
    (tmp_path / "slice1.tif").write_text(LFS_POINTER)
    with pytest.raises(FormatError, match=r"slice1\.tif: a git-LFS pointer"):
        open_data(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_file_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    for look in (sniff, open_data):
        with pytest.raises(FormatError, match=r"is empty \(0 bytes\)"):
            look(tmp_path / name)


@pytest.mark.parametrize("name", NAMES)
def test_text_under_any_name_is_refused_as_a_format_error(tmp_path, name):
    (tmp_path / name).write_text("these are no data\n" * 50)
    with pytest.raises(FormatError, match=rf"{name}: "):
        open_data(tmp_path / name)


def test_a_missing_file_is_answered_with_the_nearest_name(tmp_path):
    (tmp_path / "sub-01_T1w.nii.gz").write_bytes(b"x")
    with pytest.raises(FormatError, match=r"no such file; the nearest name there is sub-01_T1w\.nii\.gz"):
        sniff(tmp_path / "sub-01_T1.nii.gz")
    with pytest.raises(FormatError, match="holds no name like it"):
        sniff(tmp_path / "quite different")
    with pytest.raises(FormatError, match=r"the folder .*nowhere does not exist"):
        open_data(str(tmp_path / "nowhere" / "a.nii"))


@pytest.mark.parametrize("name", ["brain.blend", "brain", "README"])
def test_an_unknown_file_is_answered_with_what_is_read(tmp_path, name):
    (tmp_path / name).write_bytes(b"something else")
    with pytest.raises(FormatError, match=r"brainreel reads NIfTI \(.nii.*NRRD \(.nrrd, .nhdr\).*NumPy arrays"):
        sniff(tmp_path / name)


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / ".hidden").touch()
    with pytest.raises(FormatError, match="the folder is empty"):
        sniff(tmp_path)


def test_a_folder_of_other_files_is_answered_with_what_is_read(tmp_path):
    for name in ("one.blend", "two.blend"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(FormatError, match=r"holds one\.blend; give one .*brainreel reads"):
        open_data(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_without_permission_is_refused(tmp_path):
    (tmp_path / "a.nii").write_bytes(b"x")
    (tmp_path / "a.nii").chmod(0)
    with pytest.raises(FormatError, match="no permission"):
        open_data(tmp_path / "a.nii")


def test_a_refused_open_is_a_format_error(tmp_path, monkeypatch):
    (tmp_path / "a.nii").write_bytes(b"x")

    def refuse(*_args, **_kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(FormatError, match=r"a\.nii: no permission to read it"):
        sniff(tmp_path / "a.nii")


def test_volumes_are_sniffed_as_volumes(tmp_path):
    nibabel.Nifti1Image(np.zeros((2, 3, 4), np.uint8), np.eye(4)).to_filename(tmp_path / "a.nii.gz")
    assert sniff(tmp_path / "a.nii.gz") == "volume"
    assert sniff(str(tmp_path / "a.nii.gz")) == "volume"


def test_importing_the_readers_brings_no_library_of_theirs_along():
    libraries = "('nibabel', 'tifffile', 'natsort', 'zarr', 'h5py', 'imagecodecs', 'PIL')"
    code = f"import sys, brainreel.formats; print([m for m in {libraries} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_link_of_git_annex_to_data_that_were_not_fetched_says_how_to_fetch_them(tmp_path):
    link = tmp_path / "lh.pial"
    link.symlink_to("../.git/annex/objects/zK/8q/MD5E-s1800--d41d8cd9.pial/MD5E-s1800--d41d8cd9.pial")
    with pytest.raises(FormatError, match=r"lh\.pial: a git-annex link lies in place .*datalad get lh\.pial"):
        open_data(link)
    link.unlink()
    link.symlink_to("nowhere.pial")
    with pytest.raises(FormatError, match=r"a link to nowhere\.pial, where nothing is"):
        open_data(link)


def test_a_pointer_of_git_annex_says_how_to_fetch_the_data(tmp_path):
    (tmp_path / "lh.pial").write_bytes(b"/annex/objects/MD5E-s1800--d41d8cd9.pial\n")
    with pytest.raises(FormatError, match="a git-annex pointer lies in place of the data"):
        open_data(tmp_path / "lh.pial")
