"""ITK's transforms: what SimpleITK 2.5.7 gives for the same files, and the way back for what they move."""

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.formats.transforms import open_transform
from brainreel.space import Warp, inverse_of, map_points

LPS = np.array([-1.0, -1.0, 1.0])
POINT = np.array([10.0, -20.0, 30.0])
LINEAR = [
    ("AffineTransform", [1, 0.2, 0.1, 0, 0.9, 0.1, -0.2, 0.1, 1.1, 1, 2, 3], [3, -5, 7], (10.3, -14.2, 32.4)),
    ("Rigid3DTransform", [0, -1, 0, 1, 0, 0, 0, 0, 1, 1, 2, 3], [0, 0, 0], (21, 12, 33)),
    (
        "Euler3DTransform",
        [0.1, 0.2, -0.3, 4, 5, 6],
        [3, -5, 7],
        (12.884696391612751, -19.6534630523506, 32.54767859436076),
    ),
    (
        "Euler3DTransform",
        [0.1, 0.2, -0.3, 4, 5, 6],
        [3, -5, 7, 1],
        (12.524112982390868, -19.735159587048194, 32.5705812849675),
    ),
    ("VersorTransform", [0.1, 0.2, 0.3], [3, -5, 7], (25.837985661802186, -14.330944739819827, 20.941301272612492)),
    (
        "VersorRigid3DTransform",
        [0.1, 0.2, 0.3, 4, 5, 6],
        [3, -5, 7],
        (29.837985661802186, -9.330944739819827, 26.941301272612492),
    ),
    (
        "QuaternionRigidTransform",
        [0.1, 0.2, 0.3, 0.9273618495495703, 4, 5, 6],
        [3, -5, 7],
        (29.837985661802186, -9.330944739819827, 26.94130127261249),
    ),
    (
        "Similarity3DTransform",
        [0.1, 0.2, 0.3, 4, 5, 6, 1.3],
        [3, -5, 7],
        (36.689381360342836, -12.130228161765777, 31.12369165439624),
    ),
    (
        "ScaleVersor3DTransform",
        [0.1, 0.2, 0.3, 4, 5, 6, 1.1, 0.9, 1.2],
        [3, -5, 7],
        (30.537985661802182, -7.830944739819829, 31.54130127261249),
    ),
    (
        "ScaleSkewVersor3DTransform",
        [0.1, 0.2, 0.3, 4, 5, 6, 1.1, 0.9, 1.2, 0.1, 0.2, 0.03, -0.04, 0.05, 0.06],
        [3, -5, 7],
        (33.63798566180218, -8.54094473981983, 30.99130127261249),
    ),
    ("ScaleTransform", [1.1, 0.9, 1.2], [3, -5, 7], (10.7, -18.5, 34.6)),
    ("TranslationTransform", [4, 5, 6], [], (14, -15, 36)),
    ("IdentityTransform", [], [], (10, -20, 30)),
]


def written(*transforms) -> str:
    lines = ["#Insight Transform File V1.0"]
    for number, (kind, parameters, fixed) in enumerate(transforms):
        lines += [f"#Transform {number}", f"Transform: {kind}_double_3_3"]
        lines += ["Parameters: " + " ".join(map(repr, parameters)), "FixedParameters: " + " ".join(map(repr, fixed))]
    return "\n".join(lines) + "\n"


def opened(folder, text: str, name: str = "t.tfm"):
    path = folder / name
    path.write_text(text)
    return open_transform(path)


def to_moving(transform, points) -> np.ndarray:
    """As ITK maps `points` (LPS), from the fixed to the moving image."""
    return map_points(inverse_of(transform.point_maps), np.atleast_2d(points) * LPS) * LPS


@pytest.mark.parametrize(("kind", "parameters", "fixed", "expected"), LINEAR)
def test_points_go_where_itk_takes_them(tmp_path, kind, parameters, fixed, expected):
    transform = opened(tmp_path, written((kind, parameters, fixed)))
    np.testing.assert_allclose(to_moving(transform, POINT)[0], expected, atol=1e-12)
    np.testing.assert_allclose(map_points(transform.point_maps, [expected * LPS])[0], POINT * LPS, atol=1e-12)


def test_data_move_from_the_moving_image_to_the_fixed_one_in_ras(tmp_path):
    transform = opened(tmp_path, written(("TranslationTransform", [4, 5, 6], [])))
    np.testing.assert_array_equal(map_points(transform.point_maps, [[0, 0, 0]]), [[4, 5, -6]])


def test_of_several_transforms_in_a_file_itk_applies_the_last_one_first(tmp_path):
    turn = ("Rigid3DTransform", [0, -1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0], [0, 0, 0])
    both = written(("CompositeTransform", [], []), turn, ("TranslationTransform", [4, 5, 6], []))
    for text in (both, written(turn, ("TranslationTransform", [4, 5, 6], []))):
        np.testing.assert_allclose(to_moving(opened(tmp_path, text), [[1, 0, 0]])[0], [-5, 5, 6], atol=1e-12)


def test_a_bspline_is_smooth_inside_its_knots_and_nothing_outside(tmp_path):
    values = np.zeros((3, 6, 6, 6))
    values[0, :, :, :] = 2.5  # a spline of equal coefficients is that everywhere
    values[2, 3, 2, 3] = 6.0
    fixed = [6, 6, 6, -10, -10, -10, 5, 5, 5, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    transform = opened(tmp_path, written(("BSplineTransform", values.ravel().tolist(), fixed)))
    at_knot = np.array([5.0, 0.0, 5.0])  # knot 3, 2, 3
    moved = to_moving(transform, [at_knot, [5, 0, 7.5], [-40, 0, 0], [14.9, 0, 0]])
    assert moved[0] == pytest.approx([7.5, 0, 5 + 6 * (2 / 3) ** 3])
    assert moved[1] == pytest.approx([7.5, 0, 7.5 + 6 * (2 / 3) ** 2 * 23 / 48])
    assert moved[2].tolist() == [-40, 0, 0]
    assert moved[3] == pytest.approx([14.9, 0, 0])


def test_an_old_bspline_has_its_bulk_transform_behind_it(tmp_path):
    values = np.zeros((3, 6, 6, 6))
    values[1] = 3.0
    fixed = [6, 6, 6, -10, -10, -10, 5, 5, 5, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    spline = ("BSplineDeformableTransform", values.ravel().tolist(), fixed)
    bulk = ("AffineTransform", [0, -1, 0, 1, 0, 0, 0, 0, 2, 1, 2, 3], [0, 0, 0])
    transform = opened(tmp_path, written(spline, bulk))
    np.testing.assert_allclose(to_moving(transform, [[1, 2, 3]])[0], [-2 + 1, 1 + 2 + 3, 6 + 3], atol=1e-9)


def test_thin_plates_are_those_of_vtk(tmp_path):
    vtk = pytest.importorskip("vtk")
    rng = np.random.default_rng(3)
    sources = rng.uniform(-40, 40, (12, 3))
    targets = sources + rng.uniform(-6, 6, (12, 3))
    places = rng.uniform(-50, 50, (40, 3))
    oracle, landmarks = vtk.vtkThinPlateSplineTransform(), [vtk.vtkPoints(), vtk.vtkPoints()]
    for points, rows in zip(landmarks, (sources, targets), strict=True):
        points.SetDataTypeToDouble()
        for row in rows:
            points.InsertNextPoint(row)
    oracle.SetBasisToR()
    oracle.SetSourceLandmarks(landmarks[0])
    oracle.SetTargetLandmarks(landmarks[1])
    expected = [oracle.TransformDoublePoint(*place) for place in places]
    plates = ("ThinPlateSplineKernelTransform", sources.ravel().tolist(), targets.ravel().tolist())
    transform = opened(tmp_path, written(plates))
    np.testing.assert_allclose(to_moving(transform, places), expected, atol=1e-9)
    np.testing.assert_allclose(to_moving(transform, sources), targets, atol=1e-9)


def test_what_the_files_of_slicer_hold(shared_data):
    folder = shared_data / "transforms"
    affine = open_transform(folder / "affine.tfm")
    expected = [[10, -29.93644807568878, 14.56655211353316], [55.5, -64.23771826491071, -26.021905154586737]]
    np.testing.assert_allclose(to_moving(affine, [POINT, [55.5, -70, 12]]), expected, atol=1e-12)
    composite = open_transform(folder / "BSplineLinearCompositeTransform.h5")
    expected = [
        [19.0922283075328, -14.731855032013366, 29.536606152805117],
        [64.30783491769395, -63.22477729972063, 8.225347426570988],
        [-68.9791534508996, -88.23629840249085, 38.4716967767618],
    ]
    places = np.array([POINT, [55.5, -70, 12], [-80, -90, 40]])
    np.testing.assert_allclose(to_moving(composite, places), expected, atol=1e-9)
    np.testing.assert_allclose(map_points(composite.point_maps, np.multiply(expected, LPS)), places * LPS, atol=1e-4)
    assert [type(one) is Warp for one in open_transform(folder / "Bspline-f-m.tfm").point_maps] == [False, True]
    twice = open_transform(folder / "rotationAndAffine.tfm").point_maps
    assert len(twice) == 1
    assert np.linalg.det(twice[0][:3, :3]) == pytest.approx(1)


def test_every_kind_that_simpleitk_writes_is_read_as_it_reads_it(tmp_path):
    sitk = pytest.importorskip("SimpleITK")
    rng = np.random.default_rng(1)
    points = rng.uniform(-60, 60, (300, 3))
    turn = sitk.VersorTransform((0, 0, 1.0), 0.1).GetMatrix()
    spline = sitk.BSplineTransform(3)
    spline.SetTransformDomainOrigin((-100, -100, -100))
    spline.SetTransformDomainPhysicalDimensions((200, 200, 200))
    spline.SetTransformDomainMeshSize((5, 6, 7))
    spline.SetTransformDomainDirection(turn)
    spline.SetParameters(rng.normal(size=len(spline.GetParameters())) * 3)
    image = sitk.GetImageFromArray(rng.normal(size=(20, 18, 16, 3)), isVector=True)
    image.SetSpacing((8, 9, 7))
    image.SetOrigin((-60, -70, -65))
    image.SetDirection(turn)
    affine = sitk.AffineTransform(3)
    affine.SetMatrix([1, 0.2, 0.1, 0, 0.9, 0.1, -0.2, 0.1, 1.1])
    skewed = sitk.ComposeScaleSkewVersor3DTransform(
        (1.1, 0.9, 1.2), (0.1, 0.2, 0.03), (0.1, 0.2, 0.3, 0.9), (1, 2, 3), (3, -5, 7)
    )
    sitk.WriteImage(image, str(tmp_path / "field.nrrd"))
    sitk.WriteImage(image, str(tmp_path / "field.nii.gz"))
    field = sitk.DisplacementFieldTransform(sitk.Image(image))
    check_equal(tmp_path / "field.nrrd", field, points)
    check_equal(tmp_path / "field.nii.gz", field, points, 1e-5)  # NIfTI places voxels in single precision
    several = sitk.CompositeTransform([affine, field, spline, skewed])
    for name, transform in (("field", field), ("several", several), ("spline", spline), ("skewed", skewed)):
        for ending in (".h5", ".tfm"):
            sitk.WriteTransform(transform, str(tmp_path / (name + ending)))
            check_equal(tmp_path / (name + ending), transform, points)
    for name, transform in (("affine", affine), ("skewed", skewed)):
        sitk.WriteTransform(transform, str(tmp_path / f"{name}.mat"))
        check_equal(tmp_path / f"{name}.mat", transform, points)


def check_equal(path, transform, points, atol=1e-9) -> None:
    expected = [transform.TransformPoint(point) for point in points.tolist()]
    np.testing.assert_allclose(to_moving(open_transform(path), points), expected, atol=atol)


WRONG = [
    (written(("AffineTransform", [1, 2, 3], [0, 0, 0])), "3 parameters and 3 fixed ones"),
    (written(("AffineTransform", [0] * 12, [0, 0, 0])), "flattens space"),
    (written(("BSplineTransform", [0] * 12, [6, 6, 6, *[1] * 15])), "flattens space"),
    (written(("BSplineTransform", [0] * 12, [6, 6, 6, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1])), "648"),
    (written(("BSplineTransform", [0] * 12, [1e9] * 18)), "no grid"),
    (written(("WaveTransform", [0] * 12, [])), "WaveTransform is not read"),
    (written(("ThinPlateSplineKernelTransform", [0] * 6, [0] * 6)), "2 landmarks"),
    ("#Insight Transform File V1.0\n", "holds no transform"),
    ("#Insight Transform File V1.0\nTransform: AffineTransform_double_2_2\nParameters: 1\n", "of 2 dimensions"),
    ("#Insight Transform File V1.0\nTransform: BSplineTransform_double_3_3_2\nParameters: 1\n", "order 2"),
    ("#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\nParameters: 1 x\n", "no row of numbers"),
    ("#Insight Transform File V1.0\nTransform: AffineTransform_double_3_3\nParameters: nan\n", "not finite"),
]


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_is_no_transform_says_why(tmp_path, text, expected):
    with pytest.raises(FormatError, match=expected):
        opened(tmp_path, text)


def test_a_matlab_file_that_is_cut_off_is_refused(tmp_path):
    def variable(name: bytes, values) -> bytes:
        head = np.array([0, len(values), 1, 0, len(name) + 1], "<i4").tobytes()
        return head + name + b"\0" + np.array(values, "<f8").tobytes()

    parameters = [1, 0, 0, 0, 1, 0, 0, 0, 1, 4, 5, 6]
    whole = variable(b"AffineTransform_double_3_3", parameters) + variable(b"fixed", [1, 2, 3])
    path = tmp_path / "0GenericAffine.mat"
    path.write_bytes(whole)
    np.testing.assert_allclose(to_moving(open_transform(path), [[0, 0, 0]]), [[4, 5, 6]])
    path.write_bytes(whole[:-5])
    with pytest.raises(FormatError, match="cut off"):
        open_transform(path)
