"""Times, lengths, sources and the JSON schema of a scene."""

import json
import re
from fractions import Fraction

import pytest

from brainreel import scene
from brainreel.formats.options import VOXEL_DTYPES
from brainreel.scene.sources import DTYPES
from brainreel.scene.times import Moments, is_time, read_time
from brainreel.scene.tracks import is_track


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("8s", 8),
        ("250ms", Fraction(1, 4)),
        ("1.5min", 90),
        ("100f", Fraction(100, 25)),
        ("50%", 10),
        ("onset+200ms", Fraction(32, 10)),
        ("onset-1s", 2),
        ("later+0s", 5),
        ("start+1s", 1),
        ("end-1s", 19),
        (".5s", Fraction(1, 2)),
        ("1 s", 1),
    ],
)
def test_times_in_seconds(text: str, seconds: Fraction) -> None:
    moments = Moments.of(Fraction(20), Fraction(25), {"later": read_time("onset+2s"), "onset": read_time("3s")})
    assert moments.seconds(read_time(text)) == seconds


def test_times_of_a_camera_segment_count_from_its_start() -> None:
    inside = Moments.of(Fraction(20), Fraction(25), {"onset": read_time("3s")}).within(Fraction(8), Fraction(4))
    written = ["0s", "50%", "end-1s", "start+1s", "onset+1s"]
    assert [inside.seconds(read_time(text)) for text in written] == [8, 10, 11, 9, 4]


@pytest.mark.parametrize("text", ["8", "8 seconds", "onset", "+8s", "-8s", "1e3s", "onset*2s", "Onset+1s", ""])
def test_what_is_no_time(text: str) -> None:
    assert not is_time(text)


def test_kinds_are_told_apart_by_form_alone() -> None:
    assert is_track({"0s": 1})
    assert is_track({"nowhere+0s": 1, "ease": "in"})
    assert not is_track({"ease": "in"})
    assert not is_track({17: "red"})
    assert not is_track({"points": []})


def length_of(with_layer, top: str) -> Fraction:
    return scene.loads(with_layer(top=top)).length_s


def test_the_length_of_a_movie(with_layer) -> None:
    assert length_of(with_layer, "") == 10
    assert length_of(with_layer, "movie: {length: 45f, fps: 30}\n") == Fraction(3, 2)
    assert length_of(with_layer, "clocks: {meg: {0s: 0ms, 7s: 1ms}}\n") == 7
    marks = "marks: {onset: 2s, later: onset+1s, half: 50%}\n"
    for last, seconds in [("onset+8s", 10), ("later+9s", 12), ("later-500ms", 2.5), ("start+4s", 4)]:
        assert length_of(with_layer, marks + f"clocks: {{meg: {{0s: 0ms, {last}: 1ms}}}}\n") == seconds
    for last in ("half+3s", "onset+9f", "end+0s", "onset+50%"):
        assert length_of(with_layer, marks + f"clocks: {{meg: {{0s: 0ms, {last}: 1ms}}}}\n") == 10
    assert length_of(with_layer, "camera: [{orbit: {for: 3s}}, {still: {for: 30f}}]\n") == 4
    assert length_of(with_layer, "camera: [{orbit: {for: 3s}}, {still: {}}]\n") == 10


def test_sources_by_asset_key_with_paths_beside_the_scene(tmp_path, full: str) -> None:
    path = tmp_path / "a.scene.yaml"
    path.write_text(full)
    sources = scene.load(path).sources()
    assert list(sources) == ["pli.volume", "cortex.surface", "cortex.paint.0", "pale.surface", "pale.paint.0"]
    assert sources["pli.volume"].paths == (str(tmp_path / "vervet.raw"),)
    assert sources["cortex.surface"].paths == (str(tmp_path / "lh.pial"), str(tmp_path / "rh.pial"))
    assert sources["cortex.paint.0"].origin == f"{path}:18: layers.cortex.paint[0].scalars"
    assert sources["pli.volume"].spacing_zyx("mm") == (2, 3, 3)


def test_phantoms_urls_and_absolute_paths_stay_as_they_are(tmp_path) -> None:
    path = tmp_path / "a.scene.yaml"
    names = ["phantom:pli?size=64", "https://a.org/b.zarr", "/data/c.nii", "d.h5:/PLI"]
    layers = "".join(f"  v{k}: {{volume: {name!r}}}\n" for k, name in enumerate(names))
    path.write_text("brainreel: 1\nlayers:\n" + layers)
    paths = [source.paths[0] for source in scene.load(path).sources().values()]
    assert paths == [*names[:3], str(tmp_path / "d.h5:/PLI")]


def test_bare_lengths_are_in_the_unit_of_the_world() -> None:
    source = scene.VolumeSource(file="a", spacing={"z": 2, "y": "500um", "x": 3})
    assert source.spacing_zyx("um") == pytest.approx((0.002, 0.5, 0.003))
    assert source.spacing_zyx("none") == pytest.approx((2, 0.5, 3))


def test_scenes_name_every_type_of_voxel_that_is_read() -> None:
    assert DTYPES == VOXEL_DTYPES


def test_the_schema_describes_what_scenes_may_say() -> None:
    schema = scene.schema()
    text = json.dumps(schema)
    assert set(schema["properties"]) >= {"brainreel", "movie", "marks", "clocks", "layers", "camera", "overlays"}
    assert schema["required"] == ["brainreel", "layers"]
    assert schema["additionalProperties"] is False
    for word in ("elevation", "unit_distance", "interpolate", "for", "in-out", "bottom-right"):
        assert f'"{word}"' in text
    times = next(iter(schema["properties"]["clocks"]["additionalProperties"]["anyOf"][0]["patternProperties"]))
    assert re.match(times, "onset+200ms")
    for name in re.findall(r'"#/\$defs/(\w+)"', text):
        assert name in schema["$defs"]
