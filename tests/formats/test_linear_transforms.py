"""Matrices as text: FreeSurfer's, MNI's, FSL's, MRtrix's and bare ones. Golden values are those of nitransforms."""

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.formats.transforms import open_flirt, open_transform
from contracts.volumes import MemoryVolume

ROWS = "1 0 0 4\n0 0 -1 5\n0 1 0 6\n0 0 0 1\n"
MATRIX = np.array([[1, 0, 0, 4], [0, 0, -1, 5], [0, 1, 0, 6], [0, 0, 0, 1.0]])
VOLUME = """valid = 1  # volume info valid
filename = {0}.mgz
volume = 10 20 30
voxelsize = 1.0 2.0 0.5
xras   = -1 0 0
yras   = 0 0 -1
zras   = 0 1 0
cras   = {1}
"""


def matrix_in(folder, text: str, name: str = "t.txt") -> np.ndarray:
    path = folder / name
    path.write_text(text)
    (affine,) = open_transform(path).point_maps
    return affine


def lta(kind: int, matrix=MATRIX, volumes=("1 2 3", "4 5 6")) -> str:
    rows = "\n".join(" ".join(map(repr, row)) for row in np.asarray(matrix, float).tolist())
    source, target = (VOLUME.format(name, center) for name, center in zip(("a", "b"), volumes, strict=True))
    return (
        f"type      = {kind} # so\nnxforms   = 1\nmean      = 1 2 3\nsigma     = 10000.0\n1 4 4\n{rows}\n"
        f"src volume info\n{source}dst volume info\n{target}subject fsaverage\nfscale 0.15\n"
    )


@pytest.mark.parametrize("text", [ROWS, ROWS[:-8], f"% by hand\n# so\n{ROWS}", ROWS.replace(" ", ", ")])
def test_a_bare_matrix_takes_the_world_to_the_world(tmp_path, text):
    np.testing.assert_array_equal(matrix_in(tmp_path, text), MATRIX)


def test_the_matrix_of_mrtrix_goes_from_the_template_to_the_image_that_moves(tmp_path):
    text = f"# command_history: mrregister a.mif b.mif -affine t.txt  (version=3.0.4)\n{ROWS}"
    np.testing.assert_allclose(matrix_in(tmp_path, text) @ MATRIX, np.eye(4), atol=1e-12)


@pytest.mark.parametrize(
    ("flip", "expected"),
    [
        (1, [[1, -0.1, 0, -34], [0.1, 0.9, 0.2, -23.8], [0, 0, 1.1, -50.5], [0, 0, 0, 1]]),
        (-1, [[1, -0.1, 0, 4], [0.1, 0.9, 0.2, -20], [0, 0, 1.1, -50.5], [0, 0, 0, 1]]),
    ],
)
def test_the_matrix_of_fsl_lies_between_two_volumes(tmp_path, flip, expected):
    moving, fixed = np.diag([flip * 2.0, 1.5, 3, 1]), np.diag([1.0, 1.2, 1.1, 1])
    moving[:3, 3], fixed[:3, 3] = [10, -20, 5], [-30, -40, -50]
    path = tmp_path / "t.mat"
    path.write_text("1 .1 0 3\n-.1 .9 .2 4\n0 0 1.1 5\n0 0 0 1\n")
    volumes = MemoryVolume(np.zeros((18, 24, 20)), moving), MemoryVolume(np.zeros((55, 60, 50)), fixed)
    np.testing.assert_allclose(open_flirt(path, *volumes).point_maps[0], expected, atol=1e-12)
    with pytest.raises(FormatError, match=r"write from: and to: beside file:, the volume that was moved \(flirt -in\)"):
        open_transform(path)


def test_talairach_transforms_take_native_to_talairach(shared_data):
    (affine,) = open_transform(shared_data / "transforms" / "talairach.lta").point_maps
    expected = [
        [1.0547757149, 0.0515136756, 0.0070816968, 0.0661282284],
        [-0.0603594929, 0.8534815907, 0.2747884393, -20.3974554055],
        [0.0055567357, -0.3384904265, 1.1160589457, 11.5144571494],
    ]
    np.testing.assert_allclose(affine[:3], expected, atol=1e-9)
    (affine,) = open_transform(shared_data / "transforms" / "talairach.xfm").point_maps
    assert affine[0].tolist() == [1.111536, 0.040948, 0.012535, -0.803558]


def test_every_type_of_lta_says_the_same_in_its_own_coordinates(tmp_path):
    ras = matrix_in(tmp_path, lta(1), "ras.lta")
    np.testing.assert_array_equal(ras, MATRIX)
    sizes, half = np.diag([1, 2, 0.5, 1]), np.array([5, 20, 7.5])
    turn = np.array([[-1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
    voxel_from_ras, tk_from_ras = [], []
    for center in ([1, 2, 3], [4, 5, 6]):
        world = np.eye(4)
        world[:3, :3] = turn @ sizes[:3, :3]
        world[:3, 3] = np.array(center) - turn @ half
        surface = np.eye(4)
        surface[:3, 3] = -np.array(center)
        voxel_from_ras.append(np.linalg.inv(world))
        tk_from_ras.append(surface)
    scaled = [sizes @ one for one in voxel_from_ras]
    for kind, (source, target) in {0: voxel_from_ras, 2: scaled, 21: tk_from_ras}.items():
        said = lta(kind, target @ MATRIX @ np.linalg.inv(source))
        np.testing.assert_allclose(matrix_in(tmp_path, said, "t.lta"), MATRIX, atol=1e-12)
    register = tk_from_ras[0] @ np.linalg.inv(MATRIX) @ np.linalg.inv(tk_from_ras[1])
    np.testing.assert_allclose(matrix_in(tmp_path, lta(14, register), "t.lta"), MATRIX, atol=1e-12)


def test_an_xfm_goes_through_its_transforms_first_to_last(tmp_path):
    shift = "Transform_Type = Linear;\nLinear_Transform =\n1 0 0 4\n0 1 0 5\n0 0 1 6;\n"
    turn = "Transform_Type = Linear;\nLinear_Transform =\n0 -1 0 0\n1 0 0 0\n0 0 1 0;\n"
    head = "MNI Transform File\n% made by hand\n\n"
    np.testing.assert_array_equal(matrix_in(tmp_path, head + shift + turn)[:3, 3], [-5, 4, 6])
    back = shift.replace("Linear;\n", "Linear;\nInvert_Flag = True;\n")
    np.testing.assert_array_equal(matrix_in(tmp_path, head + back, "t.xfm")[:3, 3], [-4, -5, -6])


WRONG = [
    ("t.txt", "1 2 3\n", "holds 3 numbers"),
    ("t.txt", "hello\n", "no row of numbers"),
    ("t.txt", "\0\0\0", "is no transform; brainreel reads"),
    ("t.txt", ROWS.replace("0 1 0 6", "0 0 0 6"), "flattens space"),
    ("t.xfm", "MNI Transform File\nTransform_Type = Grid_Transform;\n", "'Grid_Transform' is not read"),
    ("t.xfm", "MNI Transform File\nTransform_Type = Linear;\nLinear_Transform = 1 2;", "has 2 numbers"),
    ("t.xfm", "MNI Transform File\n", "names no Transform_Type"),
    ("t.lta", "type = 0\n", "nxforms = is missing"),
    ("t.lta", lta(0).replace("valid = 1", "valid = 0"), "does not say where the src volume lies"),
    ("t.lta", lta(1).split("1 4 4")[0], "has no matrix"),
    ("t.lta", lta(5), "type 5 is not read"),
    ("t.lta", lta(1).replace("nxforms   = 1", "nxforms   = 2"), "holds 2 transforms"),
]


@pytest.mark.parametrize(("name", "text", "expected"), WRONG)
def test_what_is_no_matrix_says_why(tmp_path, name, text, expected):
    with pytest.raises(FormatError, match=expected):
        matrix_in(tmp_path, text, name)
