"""A source estimate alone, on the surfaces of its subject."""

import struct

import nibabel as nib
import numpy as np
import pytest

from brainreel.assets import Subject, propose
from brainreel.errors import InputError, UsageError


@pytest.fixture
def subjects(tmp_path):
    points = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.int32)
    surf = tmp_path / "subjects" / "sub-01" / "surf"
    surf.mkdir(parents=True)
    for side in ("lh", "rh"):
        nib.freesurfer.write_geometry(str(surf / f"{side}.inflated"), points, faces)
        nib.freesurfer.write_morph_data(str(surf / f"{side}.curv"), points[:, 0])
    return surf.parents[1]


@pytest.fixture
def estimate(tmp_path):
    """Writes the hemispheres `sides` of one; the first one's file."""

    def write(*sides):
        head = struct.pack(">ffI", 0, 10, 2) + np.array([0, 3], ">u4").tobytes()
        for side in sides:
            (tmp_path / f"meg-{side}.stc").write_bytes(
                head + struct.pack(">I", 3) + np.arange(6, dtype=">f4").tobytes()
            )
        return str(tmp_path / f"meg-{sides[0]}.stc")

    return write


def test_both_hemispheres_are_seen_from_outside_and_from_inside(estimate, subjects):
    scene = propose([estimate("rh", "lh")], {}, subject=Subject("sub-01", subjects))
    seen = {name: (view.show, view.camera[0].view) for name, view in scene.views.items()}
    assert seen == {
        "left_lateral": ("cortex.left", "left"),
        "left_medial": ("cortex.left", "right"),
        "right_lateral": ("cortex.right", "right"),
        "right_medial": ("cortex.right", "left"),
    }
    assert [path.rpartition("/")[2] for path in scene.layers["cortex"].surface.files] == ["lh.inflated", "rh.inflated"]
    assert scene.layers["cortex"].underlay.array == "curv"


def test_one_hemisphere_has_two_views_beside_each_other(estimate, subjects):
    scene = propose([estimate("rh")], {}, subject=Subject("sub-01", subjects))
    lefts = [view.rectangle[0] for view in scene.views.values()]
    assert [view.show for view in scene.views.values()] == ["cortex.right"] * 2
    assert lefts == [0.0, 0.45]


def test_views_lie_in_the_picture_and_not_over_each_other(estimate, subjects):
    views = propose([estimate("lh", "rh")], {}, subject=Subject("sub-01", subjects)).views.values()
    covered = np.zeros((1000, 1000), int)
    for x, y, width, height in (view.rectangle for view in views):
        covered[round(y * 1000) : round((y + height) * 1000), round(x * 1000) : round((x + width) * 1000)] += 1
    assert covered.max() == 1
    assert covered[:, 905:].max() == 0  # where the bar is


def test_a_turn_is_there_for_those_who_ask(estimate, subjects):
    surf = subjects / "sub-01" / "surf"
    for side in ("lh", "rh"):
        (surf / f"{side}.pial").write_bytes((surf / f"{side}.inflated").read_bytes())
    scene = propose([estimate("lh", "rh")], {}, "rotation", Subject("sub-01", subjects, "pial"))
    assert not scene.views
    assert "turn" in type(scene.camera[0]).model_fields


def test_the_folder_of_subjects_may_be_in_the_environment(estimate, subjects, monkeypatch):
    monkeypatch.setenv("SUBJECTS_DIR", str(subjects))
    assert propose([estimate("lh")], {}, subject=Subject("sub-01")).views


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (("sub-02",), "has the subjects sub-01"),
        (("sub-01", "pial"), "--surface may be inflated"),
    ],
)
def test_what_is_not_there_is_told_with_what_is(estimate, subjects, subject, said):
    name, *shape = subject
    with pytest.raises(InputError, match=said):
        propose([estimate("lh")], {}, subject=Subject(name, subjects, *shape))


def test_a_subject_without_a_folder_is_told_where_to_say_it(estimate, monkeypatch):
    monkeypatch.delenv("SUBJECTS_DIR", raising=False)
    with pytest.raises(UsageError, match="--subjects-dir"):
        propose([estimate("lh")], {}, subject=Subject("sub-01"))


def test_a_subject_beside_surfaces_is_refused(estimate, subjects):
    surface = str(subjects / "sub-01" / "surf" / "lh.inflated")
    with pytest.raises(UsageError, match="leave one out"):
        propose([estimate("lh"), surface], {}, subject=Subject("sub-01", subjects))


def test_a_subject_of_data_that_are_no_values_is_refused(subjects):
    with pytest.raises(UsageError, match="none of the data are values"):
        propose(["phantom:pli?size=16"], {}, subject=Subject("sub-01", subjects))


def test_maps_of_anatomy_have_no_threshold(estimate, subjects):
    surface = subjects / "sub-01" / "surf" / "lh.inflated"
    nib.freesurfer.write_morph_data(str(surface.with_suffix(".thickness")), np.arange(4, dtype=np.float32))
    scene = propose([str(surface.with_suffix(".thickness")), str(surface)], {})
    color = scene.layers["cortex"].paint[0].color
    assert color.below == "first"
    assert [str(level) for level in color.range] == ["p2", "p98"]
    assert propose([estimate("lh"), str(surface)], {}).layers["cortex"].paint[0].color.range == "auto"


def test_hemispheres_that_lie_in_one_another_turn_beside_each_other(estimate, subjects):
    surface = str(subjects / "sub-01" / "surf" / "lh.inflated")
    for scene in (propose([surface], {}), propose([estimate("lh", "rh"), surface], {}, "rotation")):
        seen = {view.show: (view.camera[0].around, view.camera[0].start) for view in scene.views.values()}
        assert seen == {"cortex.left": ("cortex.left", "left"), "cortex.right": ("cortex.right", "right")}
        left, right = (view.rectangle for view in scene.views.values())
        assert left[0] + left[2] == right[0]


def test_a_single_inflated_hemisphere_turns_in_the_whole_picture(subjects):
    (subjects / "sub-01" / "surf" / "rh.inflated").unlink()
    assert not propose([str(subjects / "sub-01" / "surf" / "lh.inflated")], {}).views


def test_labels_alone_lie_on_the_surfaces_of_their_subject(subjects):
    label = subjects / "sub-01" / "label"
    label.mkdir()
    for side in ("lh", "rh"):
        table = np.array([[255, 0, 0, 0], [0, 255, 0, 0]])
        nib.freesurfer.write_annot(str(label / f"{side}.parts.annot"), np.array([0, 0, 1, 1]), table, ["V1", "MT"])
    layer = propose([str(label / "lh.parts.annot")], {}, subject=Subject("sub-01", subjects)).layers["cortex"]
    assert [path.rpartition("/")[2] for path in layer.surface.files] == ["lh.inflated", "rh.inflated"]
    assert layer.paint[0].labels.file.endswith("lh.parts.annot")
