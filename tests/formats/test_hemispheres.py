import pytest

from brainreel.errors import FormatError
from brainreel.formats import hemisphere_files, hemisphere_of

PAIRS = [
    ("meg-lh.stc", "meg-rh.stc"),
    ("lh.pial", "rh.pial"),
    ("lh.aparc.annot", "rh.aparc.annot"),
    ("lh.thickness", "rh.thickness"),
    ("L.func.gii", "R.func.gii"),
    ("lh.pial.gii", "rh.pial.gii"),
    ("pial_left.gii.gz", "pial_right.gii.gz"),
    ("sub.L.inflated.32k_fs_LR.surf.gii", "sub.R.inflated.32k_fs_LR.surf.gii"),
    ("tpl-fsLR_hemi-L_sphere.surf.gii", "tpl-fsLR_hemi-R_sphere.surf.gii"),
    ("left_white.gii", "right_white.gii"),
    ("act_lh.npy", "act_rh.npy"),
    ("sub-01_hemi-left_act.npy", "sub-01_hemi-right_act.npy"),
]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_either_file_of_a_pair_finds_both(tmp_path, left, right):
    (tmp_path / left).touch()
    (tmp_path / right).touch()
    expected = {"left": tmp_path / left, "right": tmp_path / right}
    for given in (left, right):
        assert hemisphere_files(tmp_path / given) == expected
        assert list(hemisphere_files(str(tmp_path / given))) == ["left", "right"]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_one_file_alone_is_one_hemisphere(tmp_path, left, right):
    (tmp_path / right).touch()
    assert hemisphere_files(tmp_path / right) == {"right": tmp_path / right}


@pytest.mark.parametrize("name", ["whole.gii", "avg152T1_RL_nifti.nii.gz", "leftover.npy", "bright.gii", "x_LR.gii"])
def test_a_name_without_a_side_is_whole(tmp_path, name):
    (tmp_path / name).touch()
    assert hemisphere_files(tmp_path / name) == {"whole": tmp_path / name}
    assert hemisphere_of(name) is None


def test_a_missing_file_is_refused(tmp_path):
    (tmp_path / "rh.pial").touch()
    with pytest.raises(FormatError, match=r"the nearest name there is rh\.pial"):
        hemisphere_files(tmp_path / "lh.pial")
