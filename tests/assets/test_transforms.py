"""Transforms of scenes, from their files to the picture."""

import nibabel
import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.errors import FormatError, SceneError
from brainreel.render import Renderer
from brainreel.space.geodesic import geodesic_sphere
from brainreel.timeline import resolve
from contracts.steps import write_vtp

POINTS, FACES = geodesic_sphere(6)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path):
    """A ball, poses of it, a displacement field, and two volumes with a matrix of FSL between them."""
    write_vtp(tmp_path / "ball.vtp", POINTS * 30, FACES)
    for k in range(1, 12):
        matrix = f"Parameters: 1 0 0 0 1 0 0 0 1 {-4 * k} 0 0\nFixedParameters: 0 0 0\n"
        head = "#Insight Transform File V1.0\n#Transform 0\nTransform: AffineTransform_double_3_3\n"
        (tmp_path / f"pose_{k}.tfm").write_text(head + matrix)
    vectors = np.zeros((20, 20, 20, 1, 3), np.float32)
    vectors[..., 1] = -10  # LPS: towards anterior
    place = np.diag([5.0, 5, 5, 1])
    place[:3, 3] = -47.5
    field = nibabel.Nifti1Image(vectors, place)
    field.header.set_intent("vector")
    field.to_filename(tmp_path / "warp.nii.gz")
    rng = np.random.default_rng(0)
    for name, size in (("moving", 2.0), ("fixed", 1.0)):
        voxels = rng.integers(0, 255, (12, 14, 16)).astype(np.uint8)
        nibabel.Nifti1Image(voxels, np.diag([size, size, size, 1])).to_filename(tmp_path / f"{name}.nii.gz")
    (tmp_path / "flirt.mat").write_text("1 0 0 3\n0 1 0 0\n0 0 1 0\n0 0 0 1\n")
    return tmp_path


def film_of(folder, line, layer="surface: ball.vtp"):
    path = folder / "a.scene.yaml"
    clocks = "clocks: {c: {0s: 0 items, 4s: 10 items}, t: {0s: 0s, 4s: 5s}}\n"
    movie = "movie: {length: 4s, fps: 4, size: 96x64}\n"
    path.write_text(f"brainreel: 1\n{movie}{clocks}layers:\n  a:\n    {layer}\n    transform: {line}\n")
    read = scene.load(path)
    assets = open_assets(read)
    return resolve(read, assets.facts), assets


def parts_at(film, assets, t_s):
    from brainreel.render.cpu.shapes import Shapes

    (look,) = film.frame_at(t_s).panels[0].layers
    return Shapes(assets.data, assets.fingerprints).part(look.parts[0]).points


def test_a_surface_follows_poses_in_numbered_files(folder):
    for source, at in (
        ("{file: pose_*.tfm, clock: c, interpolate: linear}", {0: 4, 1: 14, 4: 44}),
        ("{file: pose_*.tfm, times: {first: 0s, step: 500ms}, clock: t}", {0: 4, 1: 12, 4: 44}),
        ("{files: [pose_2.tfm, pose_10.tfm], clock: c, outside: hold}", {0: 8, 1: 40, 4: 40}),
    ):
        film, assets = film_of(folder, source)
        for t_s, x in at.items():  # LPS fixed to moving by -4k: RAS moving to fixed by -4k
            np.testing.assert_allclose(parts_at(film, assets, t_s), POINTS * 30 + [-x, 0, 0], atol=1e-4)


def test_a_displacement_field_moves_a_surface_by_a_growing_part(folder):
    film, assets = film_of(folder, "{file: warp.nii.gz, inverse: true, amount: {0s: 0, 4s: 1}}")
    for t_s in (0, 1, 4):
        np.testing.assert_allclose(parts_at(film, assets, t_s), POINTS * 30 + [0, 2.5 * t_s, 0], atol=1e-4)
    forward, assets = film_of(folder, "warp.nii.gz")
    np.testing.assert_allclose(parts_at(forward, assets, 0), POINTS * 30 - [0, 10, 0], atol=1e-4)


def test_a_volume_goes_from_where_flirt_took_it_to_where_it_put_it(folder):
    film, _ = film_of(folder, "{file: flirt.mat, from: moving.nii.gz, to: fixed.nii.gz}", "volume: moving.nii.gz")
    (look,) = film.frame_at(0).panels[0].layers
    (move,) = look.data.moves
    # both are right-handed, so FSL's x runs from the far end, which is at 22 and at 11 mm: 11 - X = 22 - x + 3
    np.testing.assert_allclose(np.array(move)[:3, 3], [11 - 22 - 3, 0, 0], atol=1e-5)


def test_pictures_of_what_moves_differ_and_repeat(folder):
    film, assets = film_of(folder, "{rotate: {axis: superior, angle: {0s: 0deg, 4s: 90deg}}}", "volume: moving.nii.gz")
    with Renderer(assets.data, assets.fingerprints, threads=2) as renderer:
        first, second, again = (renderer.draw(film.frame_at(t_s)) for t_s in (0, 2, 0))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, second)


def test_the_same_file_is_opened_once_for_each_way_it_is_used(folder):
    _, assets = film_of(folder, "[warp.nii.gz, warp.nii.gz, pose_1.tfm]")
    assert assets.data["a.transform.0"] is assets.data["a.transform.1"]
    assert assets.data["a.transform.0"] is not assets.data["a.transform.2"]


WRONG = [
    ("{file: none.tfm}", FormatError, "no such file"),
    ("{file: nothing_*.tfm}", FormatError, r"nothing_\*.tfm finds no file"),
    (
        "{file: moving.nii.gz}",
        FormatError,
        "moving.nii.gz is a volume, where a transform belongs; only displacement fields",
    ),
    ("{file: flirt.mat}", FormatError, "write from: and to: beside file:"),
    ("{file: flirt.mat, from: ball.vtp, to: fixed.nii.gz}", FormatError, "ball.vtp is no volume"),
    ("{files: [warp.nii.gz, pose_1.tfm], clock: c}", FormatError, "warp.nii.gz is a warp; over time"),
    ("{file: pose_*.tfm}", SceneError, r"has 11 moments and no clock says which to show"),
    ("{file: pose_*.tfm, clock: t}", SceneError, "the data are items without times"),
]


@pytest.mark.parametrize(("line", "kind", "expected"), WRONG)
def test_what_cannot_move_a_layer_says_why(folder, line, kind, expected):
    with pytest.raises(kind, match=expected) as caught:
        film_of(folder, line)
    assert "layers.a.transform" in str(caught.value)
