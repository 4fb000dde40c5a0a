"""Frames are pure: a frame depends on the scene, the facts and its number alone."""

import json
import pickle
import random
import time
from fractions import Fraction

import pytest

from brainreel import scene
from brainreel.data.facts import Facts
from brainreel.errors import SceneError
from brainreel.timeline import frames_json, resolve

TEXT = """\
brainreel: 1
movie: {length: 4s, fps: 30000/1001, size: 640x360, background: {0s: black, 4s: white}}
marks: {onset: 1s}
clocks: {meg: {0s: -100ms, onset+0s: 0ms, end+0s: 400ms}}
layers:
  pli: {volume: a.nii, cut: {left: {0s: 0%, 2s: 50%}}, alpha: {0s: 1, 3s: 0}}
  cortex: {surface: lh.pial, underlay: {array: sulc}, paint: {scalars: {file: lh.stc, clock: meg, interpolate: linear}}}
camera: [{orbit: {around: cortex, for: 2s}}, {still: {view: superior}}]
overlays: [{time: meg}, {scalar_bar: cortex, title: dSPM}, {text: {0s: before, onset+0s: after}, show: [0s, 2s]}]
"""


@pytest.fixture
def film(facts):
    return resolve(scene.loads(TEXT), facts.cortex())


def test_frames_are_at_i_over_fps(film) -> None:
    assert film.fps == Fraction(30000, 1001)
    assert film.frame_count == 120
    assert film.frame(30).time_s == 30 * 1001 / 30000
    assert film.duration_s == pytest.approx(4.004)
    assert film.size == film.frame(0).size == (640, 360)


def test_frames_are_equal_in_any_order_from_any_film(film, facts) -> None:
    order = list(range(film.frame_count))
    random.Random(1).shuffle(order)
    other = resolve(scene.loads(TEXT), facts.cortex())
    shuffled = {index: other.frame(index) for index in order}
    for index, frame in enumerate(film.frames()):
        assert frame == shuffled[index] == film.frame_at(frame.time_s)
        assert hash(frame) == hash(shuffled[index])
        assert frame.digest() == shuffled[index].digest()
    assert len({frame.digest() for frame in film.frames()}) == film.frame_count


def test_facts_from_json_make_the_same_film(film, facts) -> None:
    again = resolve(scene.loads(TEXT), Facts.from_json(facts.cortex().to_json()))
    assert list(again.frames()) == list(film.frames())


def test_a_scene_written_and_read_again_makes_the_same_film(film, facts) -> None:
    again = resolve(scene.loads(scene.dump(scene.loads(TEXT))), facts.cortex())
    assert list(again.frames()) == list(film.frames())


def test_films_and_frames_can_be_sent_away(film) -> None:
    assert pickle.loads(pickle.dumps(film)).frame(7) == film.frame(7)
    assert pickle.loads(pickle.dumps(film.frame(7))) == film.frame(7)


def test_the_digest_does_not_depend_on_when_a_frame_is(facts) -> None:
    still = "brainreel: 1\nlayers: {pli: {volume: a.nii}}\ncamera: [{still: {view: left}}]\n"
    film = resolve(scene.loads(still), facts.cortex())
    assert len({frame.digest() for frame in film.frames()}) == 1


def test_a_film_names_the_data_it_needs(film) -> None:
    parts = [f"cortex.{role}.{hemi}" for role in ("surface", "paint.0") for hemi in ("left", "right")]
    assert film.assets() == ("pli.volume", *parts)


def test_a_resting_camera_is_the_same_camera(film) -> None:
    assert film.frame(70).panels[0].camera == film.frame(119).panels[0].camera


@pytest.mark.parametrize("index", [-1, 120])
def test_frames_end(film, index: int) -> None:
    with pytest.raises(IndexError, match="the film has frames 0 to 119"):
        film.frame(index)
    with pytest.raises(SceneError, match="the movie lasts from 0 to"):
        film.frame_at(index)


def test_the_listing_is_one_json_object_a_frame(film) -> None:
    listed = [json.loads(json.dumps(record)) for record in frames_json(film)]
    assert [record["frame"] for record in listed] == list(range(120))
    first = listed[0]
    assert set(first) == {"frame", "time_s", "camera", "clocks", "layers"}
    assert set(first["camera"]) == {"position", "focal_point", "view_up", "view_angle", "parallel_scale"}
    assert first["clocks"] == {"meg": -0.1}
    assert first["layers"]["cortex"]["paint"][0]["rows"] == [0]
    assert "pli" not in listed[100]["layers"]


def test_making_frames_costs_little(film) -> None:
    start = time.perf_counter()
    for frame in film.frames():
        assert frame.index >= 0
    assert (time.perf_counter() - start) / film.frame_count < 0.02


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("array: sulc", "array: suclc", r"scene:7: layers\.cortex\.underlay\.array: left\.pial has no array suclc"),
        ("pli: {volume", "pli2: {volume", r"scene:6: layers\.pli2\.volume: nothing is known about its data"),
        ("around: cortex", "around: cortex.lfet", r"camera\[0\]\.orbit\.around: there is nothing called cortex\.lfet"),
        ("scalar_bar: cortex", "scalar_bar: pli", None),
        ("clock: meg, interpolate: linear", "clock: meg, hemi: left", None),
    ],
)
def test_what_does_not_fit_the_data(facts, old: str, new: str, message: str | None) -> None:
    loaded = scene.loads(TEXT.replace(old, new))
    if message is None:
        assert resolve(loaded, facts.cortex()).frame_count == 120
        return
    with pytest.raises(SceneError, match=message):
        resolve(loaded, facts.cortex())


def test_two_volumes_may_be_seen_at_one_time(facts) -> None:
    text = "brainreel: 1\nlayers:\n  a: {volume: a.nii}\n  b:\n    volume: b.nii\n    visible: {0s: false, 4s: true}\n"
    film = resolve(scene.loads(text), Facts({"a.volume": facts.volume(), "b.volume": facts.volume()}))
    assert [look.name for look in film.frame_at(5).panels[0].layers] == ["a", "b"]
