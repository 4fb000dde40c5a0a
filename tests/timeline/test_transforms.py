"""What moves layers: their numbers at any instant, and the room that cameras make for them."""

import json

import numpy as np
import pytest

from brainreel import scene
from brainreel.data.facts import Facts, TransformFacts
from brainreel.data.times import TimeAxis
from brainreel.errors import SceneError
from brainreel.space import Box, apply_affine
from brainreel.timeline import frames_json, resolve
from brainreel.timeline.looks import WarpMove

LEFT_TURN = ((0.0, -1.0, 0.0, 10.0), (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
MIRROR = ((-1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
AFFINE = TransformFacts("a.tfm", ((LEFT_TURN,),), "t0")
WARP = TransformFacts("w.nii", ((LEFT_TURN, ((-2.0, 0.0, 0.0), (6.0, 0.0, 1.0))),), "t1")


@pytest.fixture
def film(facts):
    """A film of 4 s of the layer `one`, a volume unless `kind` is surface, moved by `lines`."""

    def make(*lines: str, top: str = "", known=None, kind="volume"):
        body = "".join(f"    {line}\n" for line in lines)
        clocks = "clocks: {c: {0s: 0 items, 4s: 2 items}, late: {0s: 0 items, 4s: 9 items}}\n"
        text = f"brainreel: 1\nmovie: {{length: 4s, fps: 8}}\n{clocks}layers:\n  one:\n    {kind}: a\n{body}{top}"
        own = {"one.volume": facts.volume()} if kind == "volume" else {"one.surface.left": facts.mesh("left")}
        return resolve(scene.loads(text, "a.yaml"), Facts({**own, "one.transform.0": known or AFFINE}))

    return make


def moves_at(film, t_s: float):
    look = film.frame_at(t_s).panels[0].layers[0]
    return (look.parts[0] if hasattr(look, "parts") else look.data).moves


def matrix_at(film, t_s: float) -> np.ndarray:
    (move,) = moves_at(film, t_s)
    return np.array(move)


def test_a_layer_that_is_not_moved_has_no_moves(film):
    assert moves_at(film("alpha: 0.5"), 1) == ()
    assert moves_at(film("transform: {translate: {0s: [0, 0, 0], 4s: [8, 0, 0]}}"), 0) == ()


def test_affines_of_files_are_numbers_of_the_frame(film):
    np.testing.assert_allclose(matrix_at(film("transform: a.tfm"), 1), LEFT_TURN)
    inverse = matrix_at(film("transform: {file: a.tfm, inverse: true}"), 1)
    np.testing.assert_allclose(inverse @ LEFT_TURN, np.eye(4), atol=1e-15)


def test_an_amount_turns_a_part_of_the_way(film):
    half = matrix_at(film("transform: {file: a.tfm, amount: {0s: 0, 4s: 1}}"), 2)
    np.testing.assert_allclose(half[:2, :2], np.sqrt(0.5) * np.array([[1, -1], [1, 1]]), atol=1e-12)
    np.testing.assert_allclose(half[:3, 3], [5, 0, 0], atol=1e-12)


def test_transforms_are_applied_first_to_last_and_affines_become_one(film):
    moved = film(
        "transform: [{file: a.tfm}, {translate: [1, 2, 3]}, {rotate: {axis: superior, angle: 90deg, about: [0, 0, 0]}}]"
    )
    points = apply_affine(matrix_at(moved, 0), [[5, 0, 0]])
    np.testing.assert_allclose(points, [[-7, 11, 3]], atol=1e-12)


def test_a_track_of_matrices_turns_evenly(film):
    matrices = "{0s: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], 4s: [[0, -1, 0, 10], [1, 0, 0, 0], [0, 0, 1, 0]]}"
    third = matrix_at(film(f"transform: {{matrix: {matrices}}}"), 4 / 3)
    assert np.degrees(np.arctan2(third[1, 0], third[0, 0])) == pytest.approx(30)
    assert third[0, 3] == pytest.approx(10 / 3)


def test_a_layer_turns_about_its_own_middle_unless_another_is_stated(film):
    center = np.array([[0.0, 0, 0]])
    own = film("transform: {rotate: {axis: [0, 2, 0], angle: {0s: 0deg, 4s: 180deg}}}")
    np.testing.assert_allclose(apply_affine(matrix_at(own, 4), center), center, atol=1e-12)
    other = film("transform: {rotate: {axis: [0, 2, 0], angle: 180deg, about: {0s: [0, 0, 0], 4s: [5, 0, 0]}}}")
    np.testing.assert_allclose(apply_affine(matrix_at(other, 4), center), [[10, 0, 0]], atol=1e-12)


def test_a_layer_turns_about_where_the_transforms_before_put_it(film):
    moved = film("transform: [{translate: [50, 0, 0]}, {rotate: {axis: superior, angle: {0s: 0deg, 4s: 180deg}}}]")
    np.testing.assert_allclose(apply_affine(matrix_at(moved, 4), [[0, 0, 0]]), [[50, 0, 0]], atol=1e-12)


def poses(**changes) -> TransformFacts:
    shifts = [((1.0, 0.0, 0.0, x), *LEFT_TURN[2:3], LEFT_TURN[2], LEFT_TURN[3]) for x in (0.0, 8.0, 4.0)]
    moments = tuple((tuple((row if k != 1 else (0.0, 1.0, 0.0, 0.0)) for k, row in enumerate(one)),) for one in shifts)
    return TransformFacts("pose_*.tfm", moments, "t2", TimeAxis(0.0, 1.0, 3, "items"), **changes)


def test_poses_follow_their_clock(film):
    moved = film("transform: {file: pose_*.tfm, clock: c, interpolate: linear}", known=poses())
    assert [matrix_at(moved, t_s)[0, 3] for t_s in (1, 2, 3)] == pytest.approx([4, 8, 6])
    held = film("transform: {file: pose_*.tfm, clock: c}", known=poses())
    assert [matrix_at(held, t_s)[0, 3] for t_s in (2, 3, 4)] == pytest.approx([8, 8, 4])


def test_poses_that_end_are_an_error_or_hide_the_layer(film):
    with pytest.raises(SceneError, match=r"a.yaml:7: layers.one.transform\[0\].clock: at .* the clock late shows"):
        film("transform: {file: pose_*.tfm, clock: late}", known=poses())
    hidden = film("transform: {file: pose_*.tfm, clock: late, outside: hide}", known=poses())
    assert hidden.frame_at(3.9).panels[0].layers == ()
    with pytest.raises(SceneError, match="has 3 moments and no clock says which to show"):
        film("transform: pose_*.tfm", known=poses())


def test_warps_of_surfaces_are_references_to_their_data(film):
    moved = film("transform: {file: w.nii, amount: {0s: 0, 4s: 1}}", known=WARP, kind="surface")
    assert moves_at(moved, 0) == ()
    assert moves_at(moved, 1) == (WarpMove("one.transform.0", 0.25),)
    assert "one.transform.0" in moved.assets()


def test_warps_of_volumes_say_how_voxels_are_sampled(film):
    for line, sampling in (("alpha: 1", "linear"), ("interpolate: nearest", "nearest")):
        (move,) = moves_at(film("transform: {file: w.nii, amount: 0.5}", line, known=WARP), 0)
        assert move == WarpMove("one.transform.0", 0.5, sampling=sampling)


def test_there_is_no_part_of_a_mirror(film):
    mirror = TransformFacts("m.tfm", ((MIRROR,),), "t3")
    assert matrix_at(film("transform: m.tfm", known=mirror), 0)[0, 0] == -1
    with pytest.raises(SceneError, match=r"transform\[0\].amount: the transform mirrors, and there is no part"):
        film("transform: {file: m.tfm, amount: 0.5}", known=mirror)


def test_a_place_centres_and_scales_what_has_no_unit(film, facts):
    text = "brainreel: 1\nlayers:\n  one: {volume: a, place: {center: true, size: 48}}\n"
    bounds = Box((0.0, 10.0, 20.0), (24.0, 34.0, 116.0))
    film = resolve(scene.loads(text), Facts({"one.volume": facts.volume(bounds=bounds, unit="none")}))
    corners = apply_affine(matrix_at(film, 0), bounds.corners())
    np.testing.assert_allclose([corners.min(0), corners.max(0)], [[-6, -6, -24], [6, 6, 24]], atol=1e-12)
    known = Facts({"one.volume": facts.volume(bounds=bounds, unit="none")})
    measured = resolve(scene.loads(f"{text[:-2]}, unit_distance: 1mm}}\n"), known)
    assert measured.frame(0).panels[0].layers[0].transfer.unit_distance == 1.0


def distance(film, t_s: float = 0.0) -> float:
    camera = film.frame_at(t_s).panels[0].camera
    return float(np.linalg.norm(np.subtract(camera.position, camera.focal_point)))


def focal(film) -> np.ndarray:
    return np.array(film.frame_at(0).panels[0].camera.focal_point)


CAMERA = "camera: [{still: {view: left}}]\n"


def test_cameras_look_at_layers_where_they_are_moved_to(film):
    still = film(top=CAMERA)
    moved = film("transform: {translate: [0, 0, 300]}", top=CAMERA)
    np.testing.assert_allclose(focal(moved) - focal(still), [0, 0, 300], atol=1e-6)
    assert distance(moved) == pytest.approx(distance(still))


def test_cameras_make_room_for_the_whole_way(film):
    still = film(top=CAMERA)
    moving = film("transform: {translate: {0s: [0, 0, 0], 4s: [0, 0, 300]}}", top=CAMERA)
    np.testing.assert_allclose(focal(moving) - focal(still), [0, 0, 150], atol=2)
    assert distance(moving) > 2 * distance(still)
    grown = film("transform: {matrix: [[2, 0, 0, 0], [0, 2, 0, 0], [0, 0, 2, 0]]}", top=CAMERA)
    assert distance(grown) == pytest.approx(2 * distance(still), rel=1e-6)


def test_cameras_make_room_for_what_warps_may_reach(film):
    reach = TransformFacts("w.nii", ((((0.0, 0.0, -30.0), (0.0, 0.0, 30.0)),),), "t4")
    still = film(top=CAMERA, kind="surface")
    for inverse in ("true", "false"):
        line = f"transform: {{file: w.nii, inverse: {inverse}}}"
        warped = film(line, top=CAMERA, known=reach, kind="surface")
        assert 1.2 * distance(still) < distance(warped) < 1.6 * distance(still)


def test_frames_of_what_moves_differ_and_of_what_rests_are_equal(film):
    moving = film("transform: {rotate: {axis: left, angle: {0s: 0deg, 2s: 90deg}}}", top=CAMERA)
    assert moving.frame_at(0).digest() != moving.frame_at(1).digest()
    assert moving.frame_at(2).digest() == moving.frame_at(3).digest()


def test_facts_of_transforms_survive_json():
    facts = Facts({"a": AFFINE, "b": WARP, "c": poses()})
    assert Facts.from_json(facts.to_json()) == facts


def test_the_listing_of_frames_tells_what_moves_a_layer(film) -> None:
    def listed(made):
        return json.loads(json.dumps(next(iter(frames_json(made)))))["layers"]["one"]

    assert listed(film("transform: a.tfm"))["moves"] == [[list(row) for row in LEFT_TURN]]
    surface = listed(film("transform: {file: w.nii, amount: 0.5}", "alpha: 0.3", known=WARP, kind="surface"))
    assert surface["moves"] == [{"asset": "one.transform.0", "amount": 0.5, "inverse": False, "sampling": "linear"}]
    assert surface["alpha"] == 0.3
    assert "moves" not in listed(film("alpha: 1"))
