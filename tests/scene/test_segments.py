"""Camera segments in YAML and in Python, and their JSON schema."""

import pytest

from brainreel import scene
from brainreel.scene.cameras import SEGMENTS
from brainreel.scene.segments import Segment

HEAD = "brainreel: 1\nmovie: {length: 20s}\nlayers: {cortex: {surface: a}, pli: {volume: b}}\ncamera:\n"
LINES = [
    "orbit: {around: [cortex, pli], follow: {0s: [0, 0, 0], 2s: cortex.left}, parallel: true, parallel_scale: 4cm}",
    "still: {focal: {0s: cortex, 1s: [0, 0, 1]}, position: [0, -9, 0], up: [0, 0, 1]}",
    "still: {follow: cortex, view: left, parallel: false}",
    "path: {positions: [[0, 0, 1.5], [0, 1, 0]], closed: true, focal: [0, 0, 0], up: [-1, 0, 0], for: 4s}",
    "path: {positions: [[0, 0, 1.5]], focal_positions: [[1, 0, 0], [0, 1, 0]], focal_closed: true, zoom: 2}",
    "path: {keys: [{at: 0s, positions: [[1, 0, 0]], view_angle: 9deg}, {at: 50%, positions: [[2, 0, 0]]}, {at: 15s}]}",
    "flight: {keys: [{at: 0s, position: [0, 0, 1.5]}, {at: 8s, frame: all, view: superior}]}",
    "flight: {keys: [{at: 0s, frame: [pli, cortex.left], up: left}], interpolate: smooth, ease: in-out, for: 2s}",
]


def names(text: str) -> list[str]:
    (segment,) = scene.loads(f"{HEAD}  - {text}\n").camera
    return [name for _, name in segment.names()]


@pytest.mark.parametrize("line", LINES)
def test_a_segment_is_written_as_it_was_read(line: str) -> None:
    text = f"{HEAD}  - {line}\n"
    read = scene.loads(text)
    assert scene.dump(read) == text
    written = scene.dump(scene.Scene(layers=read.layers, movie=read.movie, camera=read.camera))
    assert scene.loads(written) == read


@pytest.mark.parametrize("line", LINES)
def test_a_change_elsewhere_leaves_a_segment_alone(line: str) -> None:
    read = scene.loads(f"{HEAD}  - {line}  # as before\n")
    changed = scene.dump(read.with_values({"movie.fps": 25}))
    assert f"  - {line}  # as before\n" in changed
    assert scene.loads(changed).camera == read.camera


def test_flights_and_paths_are_built_in_python() -> None:
    flight = scene.Flight(keys=[scene.FlightKey(at="0s", frame="all"), scene.FlightKey(at="4s", position=[0, 0, 9])])
    path = scene.Path(keys=[scene.PathKey(at="0%", positions=[[0, 0, 9]]), scene.PathKey(at="100%")], duration="4s")
    built = scene.Scene(layers={"pli": scene.VolumeLayer(volume="a")}, camera=[path, flight])
    assert scene.loads(scene.dump(built)) == built


def test_every_layer_that_a_segment_names_is_known() -> None:
    assert names(LINES[0]) == ["cortex", "pli", "cortex.left"]
    assert names(LINES[1]) == ["cortex"]
    assert names(LINES[6]) == ["all"]
    assert names(LINES[7]) == ["pli", "cortex.left"]


def test_every_kind_is_written_by_its_name() -> None:
    assert {kind.__name__.lower(): kind for kind in Segment.__subclasses__()} == SEGMENTS


def test_keys_of_a_flight_are_set_from_outside() -> None:
    changed = scene.loads(f"{HEAD}  - {LINES[6]}\n").with_values({"camera[0].flight.keys[0].position": [1, 2, 3]})
    assert "{at: 0s, position: [1, 2, 3]}" in scene.dump(changed)
