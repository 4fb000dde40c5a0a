"""Files in the wrong place of a scene: every kind of file in every place says in one line where it belongs."""

import nibabel
import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.errors import FormatError
from brainreel.space.geodesic import geodesic_sphere
from contracts.steps import write_vtp

POINTS, FACES = geodesic_sphere(3)
COUNT = len(POINTS)
AFFINE = (
    "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
    "Parameters: 1 0 0 0 1 0 0 0 1 0 0 0\nFixedParameters: 0 0 0\n"
)
IS = {
    "t1.nii.gz": "is a volume",
    "ball.vtp": "is a surface",
    "step_*.vtp": "is a surface",
    "lh.sulc": "holds values of vertices",
    "course-lh.csv": "holds values of vertices",
    "lh.aparc.annot": "holds labels of vertices",
    "x.tfm": "is a transform",
    "colors.txt": "is a table of labels",
    "electrodes.tsv": "is a table of points",
}
PLACES = {
    "volume": ("{volume: NAME}", "where a volume belongs", {"t1.nii.gz"}),
    "labels": ("{labels: NAME}", "where a volume belongs", {"t1.nii.gz"}),
    "table": ("{labels: t1.nii.gz, color: {file: NAME}}", "where a table of labels belongs", {"colors.txt"}),
    "surface": ("{surface: NAME}", "where a surface belongs", {"ball.vtp", "step_*.vtp", "electrodes.tsv"}),
    "scalars": (
        "{surface: lh.pial, paint: {scalars: NAME}}",
        "where values of vertices belong",
        {"lh.sulc", "course-lh.csv", "ball.vtp", "step_*.vtp"},
    ),
    "parcels": (
        "{surface: lh.pial, paint: {labels: NAME}}",
        "where labels of vertices belong",
        {"lh.aparc.annot"},
    ),
    "transform": ("{surface: lh.pial, transform: {file: NAME}}", "where a transform belongs", {"x.tfm"}),
    "points": ("{points: NAME}", "where a table of points belongs", {"electrodes.tsv"}),
}
"""How a layer names the file, what the message says, and the files that it takes or finds other faults with."""
BELONGS = {
    "t1.nii.gz": ("volume: t1.nii.gz", "labels: t1.nii.gz", "displacement fields"),
    "ball.vtp": ("surface: ball.vtp",),
    "step_*.vtp": ("surface: step_*.vtp",),
    "lh.sulc": ("paint: {scalars: lh.sulc}",),
    "course-lh.csv": ("paint: {scalars: course-lh.csv}",),
    "lh.aparc.annot": ("paint: {labels: lh.aparc.annot}",),
    "x.tfm": ("transform: {file: x.tfm} in the layer that it moves",),
    "colors.txt": ("color: {file: colors.txt}",),
    "electrodes.tsv": ("points: electrodes.tsv",),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    for side in ("lh", "rh"):
        nibabel.freesurfer.write_geometry(str(folder / f"{side}.pial"), POINTS, FACES)
        nibabel.freesurfer.write_morph_data(str(folder / f"{side}.sulc"), np.ones(COUNT, np.float32))
        colors = np.array([[0, 0, 0, 0, 0], [200, 0, 0, 0, 200]])
        nibabel.freesurfer.write_annot(str(folder / f"{side}.aparc.annot"), np.ones(COUNT, int), colors, ["?", "V1"])
    voxels = (np.arange(720) % 4).reshape(8, 9, 10).astype("u1")
    nibabel.Nifti1Image(voxels, np.eye(4)).to_filename(folder / "t1.nii.gz")
    for name in ("ball", "step_0", "step_1"):
        write_vtp(folder / f"{name}.vtp", POINTS, FACES)
    np.savetxt(folder / "course-lh.csv", np.ones((2, COUNT)), delimiter=",")
    (folder / "x.tfm").write_text(AFFINE)
    (folder / "colors.txt").write_text("0 Unknown 0 0 0 0\n1 one 200 0 0 0\n")
    (folder / "electrodes.tsv").write_text("name\tx\ty\tz\na\t1\t2\t3\n")
    return folder


def message_of(folder, layer):
    (folder / "a.scene.yaml").write_text(f"brainreel: 1\nmovie: {{length: 1s}}\nlayers:\n  a: {layer}\n")
    with pytest.raises(FormatError) as caught:
        open_assets(scene.load(folder / "a.scene.yaml"))
    return str(caught.value)


WRONG = [(name, place) for name in IS for place in PLACES if name not in PLACES[place][2]]


@pytest.mark.parametrize(("name", "place"), WRONG)
def test_a_file_in_the_wrong_place_says_what_it_is_what_belongs_there_and_where_it_goes(folder, place, name):
    layer, wanted, _ = PLACES[place]
    message = message_of(folder, layer.replace("NAME", f'"{name}"'))
    assert "\n" not in message
    assert f"a.scene.yaml:4: layers.a.{'paint' if place in ('scalars', 'parcels') else ''}" in message
    assert f"{name} {IS[name]}, {wanted}; " in message
    assert any(one in message for one in BELONGS[name])


def test_a_picture_in_colours_moves_nothing(folder):
    colors = np.zeros((4, 4, 4), [(name, "u1") for name in "RGB"])
    nibabel.Nifti1Image(colors, np.eye(4)).to_filename(folder / "rgb.nii.gz")
    message = message_of(folder, "{surface: lh.pial, transform: {file: rgb.nii.gz}}")
    assert "layers.a.transform[0]: rgb.nii.gz is a volume, where a transform belongs" in message


def test_values_of_a_hemisphere_on_a_surface_of_none_say_how_it_becomes_one(folder):
    remedy = "the surface of layer a does not say that it does; write surface: {file: ..., hemi: left}"
    assert remedy in message_of(folder, "{surface: ball.vtp, paint: {scalars: lh.sulc}}")
    scene_text = "{surface: {file: ball.vtp, hemi: left}, paint: {scalars: {file: lh.sulc, hemi: left}}}"
    (folder / "b.scene.yaml").write_text(f"brainreel: 1\nmovie: {{length: 1s}}\nlayers:\n  a: {scene_text}\n")
    assert "a.paint.0.left" in open_assets(scene.load(folder / "b.scene.yaml")).data


def test_a_sphere_that_no_file_is_found_for_is_told_with_its_place(folder):
    paint = '{surface: lh.pial, paint: {scalars: {file: lh.sulc, registered: ["no_*.reg", lh.pial]}}}'
    message = message_of(folder, paint)
    assert f"a.scene.yaml:4: layers.a.paint[0].scalars: {folder / 'no_*.reg'} finds 0 files; name one" in message


def test_values_of_a_surface_without_any_are_refused_with_where_it_goes(folder):
    message = message_of(folder, "{surface: lh.pial, paint: {scalars: ball.vtp}}")
    assert "ball.vtp is a surface without values; draw it in a layer of its own" in message


@pytest.mark.parametrize(
    ("paint", "remedy"),
    [
        ("scalars: sulc", "but lh.pial has values of the name sulc; write {array: sulc}"),
        ("scalars: sulk", "but lh.pial has values of the name sulc; write {array: sulc}"),
        ("scalars: course", "beside the surface lies what it may mean, write scalars: course-lh.csv"),
        ("labels: aparc", "beside the surface lies what it may mean, write labels: lh.aparc.annot"),
        ("scalars: lh.sulcs", "no such file; the nearest name there is lh.sulc"),
        ("scalars: nothing", "no such file"),
    ],
)
def test_a_bare_word_is_looked_up_in_the_surface_and_beside_it(folder, paint, remedy):
    message = message_of(folder, f"{{surface: lh.pial, paint: {{{paint}}}}}")
    assert remedy in message


def test_labels_in_freesurfers_folder_of_labels_are_found_by_their_word(tmp_path, folder):
    (tmp_path / "surf").mkdir()
    (tmp_path / "label").mkdir()
    for side in ("lh", "rh"):
        (tmp_path / "surf" / f"{side}.pial").write_bytes((folder / f"{side}.pial").read_bytes())
        (tmp_path / "label" / f"{side}.aparc.annot").write_bytes((folder / f"{side}.aparc.annot").read_bytes())
    message = message_of(tmp_path, "{surface: surf/lh.pial, paint: {labels: aparc}}")
    assert message.endswith("write labels: label/lh.aparc.annot")


def test_a_damaged_file_of_the_right_kind_says_what_is_wrong_with_it(tmp_path, folder):
    (tmp_path / "lh.pial").write_bytes((folder / "lh.pial").read_bytes()[:-9])
    message = message_of(tmp_path, "{surface: lh.pial}")
    assert "belongs" not in message


def test_a_volume_with_as_many_voxels_as_the_surface_has_vertices_is_an_overlay(tmp_path, folder):
    (tmp_path / "lh.pial").write_bytes((folder / "lh.pial").read_bytes())
    path = tmp_path / "lh.folded.nii"
    nibabel.Nifti1Image(np.arange(COUNT, dtype="f4").reshape(COUNT // 2, 2, 1), np.eye(4)).to_filename(path)
    (tmp_path / "a.scene.yaml").write_text(
        "brainreel: 1\nmovie: {length: 1s}\n"
        "layers: {a: {surface: {file: lh.pial, hemi: left}, paint: {scalars: lh.folded.nii}}}\n"
    )
    assets = open_assets(scene.load(tmp_path / "a.scene.yaml"))
    assert assets.data["a.paint.0.left"].width == COUNT
