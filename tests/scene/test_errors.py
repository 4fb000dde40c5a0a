"""Every error names file, line, key, value and remedy."""

import re
from typing import Annotated

import pytest
from pydantic import AfterValidator, TypeAdapter, ValidationError

from brainreel import scene
from brainreel.errors import SceneError
from brainreel.scene.faults import faults_of


def complaint(text: str) -> str:
    with pytest.raises(SceneError) as caught:
        scene.loads(text, "b.yaml")
    return str(caught.value)


IN_LAYER = [
    (
        "opacity: {points: [[0, 0], [1, .5], [2, 1.4]]}",
        "layers.pli.opacity.points[2][1] = 1.4: opacity lies in 0..1",
    ),
    ("opactiy: auto", "layers.pli.opactiy: is no key here; did you mean opacity?"),
    ("alpha: -1", "layers.pli.alpha = -1: it lies in 0..1"),
    ("alpha: {0s: 1, foo: 2}", "layers.pli.alpha.foo: the key foo is no time among times; for the mark itself write"),
    ("alpha: {0s: 1, 2: 2}", "layers.pli.alpha.2: the key 2 is no time; write 2s, 2f or 2%"),
    ("alpha: {0s: {a: 1}}", "layers.pli.alpha.0s: a track holds values, never mappings"),
    ("alpha: {from: 1}", "layers.pli.alpha: expects a value such as 0.5 or a track {0s: 0.5, ...}"),
    ("alpha: {onest+1s: 1}", "layers.pli.alpha.onest+1s: there is no mark onest; known: end, start"),
    ("alpha: {strat+1s: 1}", "layers.pli.alpha.strat+1s: there is no mark strat; did you mean start?"),
    ("alpha: {2s: 1, 1s: 0}", "layers.pli.alpha.1s: lies before 2s; the keys of a track increase"),
    ("alpha: {0s: 1, 1s: 0, ease: inout}", "layers.pli.alpha.ease = inout: is no ease; did you mean in-out?"),
    ("alpha: {0s: 1, 1s: 0, ease: {1s: in}}", "layers.pli.alpha.ease.1s: no interval starts there; they start at: 0s"),
    ('alpha: "1"', "layers.pli.alpha = 1: expects a number, without quotes: 1"),
    ("alpha: .nan", "layers.pli.alpha = nan: expects a finite number"),
    ("visible: {0s: true, 1s: false, ease: in}", "layers.pli.visible.ease = in: words and flags have nothing between"),
    ("cut: {lefft: 50%}", "layers.pli.cut.lefft: is no key here; did you mean left?"),
    ("cut: {left: 50px}", "layers.pli.cut.left = 50px: has the unit px, which is no length or percentage"),
    ("cut: {left: -5%}", "layers.pli.cut.left = -5%: expects 0 or more"),
    ("unit_distance: 0", "layers.pli.unit_distance = 0: expects more than 0"),
    ("shading: phong", "layers.pli.shading = phong: is no shading here; known: gradient, none"),
    ("color: {points: [[0, 255, 0, 0]]}", "layers.pli.color.points[0][1] = 255: red, green and blue lie in 0..1"),
    ("color: {points: [[5, 0, 0, 0], [5, 1, 1, 1]]}", "layers.pli.color.points[1][0] = 5: x increases"),
    ("color: {points: [[5, 0, 0]]}", "layers.pli.color.points[0] = [5, 0, 0]: a point is [x, r, g, b]"),
    (
        "surface: lh.pial",
        "layers.pli: is volume and surface at once; a layer has exactly one of volume, labels, slice, surface",
    ),
]


@pytest.mark.parametrize(("line", "expected"), IN_LAYER)
def test_a_wrong_line_of_a_layer(with_layer, line: str, expected: str) -> None:
    assert complaint(with_layer(line)).startswith(f"b.yaml:{3 if ' at once' in expected else 5}: {expected}")


AT_TOP = [
    ("movei: {fps: 30}", "movei: is no key here; did you mean movie?"),
    ("movie: {length: 10}", "movie.length = 10: is no time; a bare number is never one: write 10s or 10f"),
    ("movie: {size: 1920}", "movie.size = 1920: expects width and height in pixels, such as 1920x1080"),
    ("movie: {fps: 0}", "movie.fps = 0: frames per second lie above 0"),
    ("movie: {background: blakc}", "movie.background = blakc: is no CSS colour; did you mean black?"),
    ('movie: {background: "#ff00"}', "movie.background = #ff00: a colour in hexadecimal has six digits"),
    ("marks: {pli: 2s}", "marks.pli: pli is already the name of one of the layers; choose another"),
    ("marks: {a: b+1s, b: a+1s}", "marks.a: marks count from each other in a circle: a -> b -> a"),
    ("marks: {end: 2s}", "marks.end: end is a word of the language; choose another name"),
    ("marks: {Onset: 2s}", "marks.Onset: a name is lower-case letters, digits and _"),
    ("marks: {onset: -2s}", "marks.onset = -2s: is no time; a movie begins at 0s; to count from its end write end-2s"),
    ("clocks: {meg: {0s: 3}}", "clocks.meg.0s = 3: has no unit; write 3us or 3ms or 3s"),
    ("clocks: {meg: 3ms}", "clocks.meg = 3ms: a clock is a track of data times; write {0s: 3ms}"),
    ("clocks: {meg: {0s: 3ms, 1s: 4 items}}", "clocks.meg: a clock shows times or items, not both"),
    ("camera: [{orbit: {around: plii}}]", "camera[0].orbit.around = plii: there is no such layer; did you mean pli?"),
    ("camera: [{orbit: {for: 8}}]", "camera[0].orbit.for = 8: is no time; a bare number is never one: write 8s"),
    ("camera: [{orbit: {}}, {still: {}}]", "camera[0].orbit.for: only the last segment may leave it out"),
    ("camera: [{orbti: {}}]", "camera[0].orbti: is no camera; did you mean orbit?"),
    ("camera: [{orbit: {start: left, up: right}}]", "camera[0].orbit.up = right: lies along start: left"),
    ("camera: [{orbit: {elevation: 90deg}}]", "camera[0].orbit.elevation = 90deg: an elevation lies between"),
    ("camera: [{orbit: {turn: 360}}]", "camera[0].orbit.turn = 360: has no unit; write 360deg"),
    ("camera: [{still: {view: left, position: [0, 0, 1]}}]", "camera[0].still: states position and view"),
    ("camera: {orbit: {}}", "camera: expects a list"),
    ("overlays: [{time: meg}]", "overlays[0].time = meg: there is no such clock; known: movie"),
    ("overlays: [{scalar_bar: cortex}]", "overlays[0].scalar_bar = cortex: there is no such layer; known: pli"),
    ("overlays: [{text: a, place: topleft}]", "overlays[0].place = topleft: is no place here; did you mean top-left?"),
    ("overlays: [{text: 2024}]", 'overlays[0].text = 2024: expects text; write it in quotes: "2024"'),
    ("overlays: [{text: a, show: [2s, 1s]}]", "overlays[0].show = [2s, 1s]: ends before it begins"),
    ('overlays: [{time: movie, format: "{t.real}"}]', "overlays[0].format = {t.real}: knows {t} and {unit}"),
    ('overlays: [{time: movie, format: "{t:d}"}]', "overlays[0].format = {t:d}: is no format"),
]


@pytest.mark.parametrize(("line", "expected"), AT_TOP)
def test_a_wrong_line_at_the_top(with_layer, line: str, expected: str) -> None:
    assert complaint(with_layer(top=line + "\n")).startswith(f"b.yaml:5: {expected}")


NOT_YET = [
    ("layers: {a: {tracts: {file: a.trx}}}", "layers.a.tracts"),
    ("layers: {a: {surface: a, cut: {left: 5%}}}", "layers.a.cut"),
    (
        "layers: {a: {volume: {file: a, interpolate: cubic}}}",
        "layers.a.volume.interpolate",
    ),
]


@pytest.mark.parametrize(("lines", "place"), NOT_YET)
def test_what_the_language_has_and_this_version_does_not(lines: str, place: str) -> None:
    message = complaint(f"brainreel: 1\n{lines}\n")
    assert re.match(rf"b\.yaml:[23]: {re.escape(place)}.*: is not in this version \(0\.1\); \w", message), message


def test_a_surface_has_one_opacity() -> None:
    text = "brainreel: 1\nlayers:\n  a:\n    surface: lh.pial\n    {}\n"
    assert "write alpha:" in complaint(text.format("opacity: 0.5"))
    assert scene.loads(text.format("alpha: {0s: 0, 2s: 0.5}")).layers["a"].alpha.values == (0, 0.5)


def test_all_errors_are_told_in_the_order_of_the_file(with_layer) -> None:
    message = complaint(with_layer("alpha: 2", "visible: 3", top="movie: {fps: x}\n"))
    assert [line.split(" ")[1] for line in message.splitlines()] == [
        "layers.pli.alpha", "layers.pli.visible", "movie.fps",
    ]  # fmt: skip


def test_models_built_in_python_say_what_is_wrong() -> None:
    with pytest.raises(SceneError, match="Orbit: turn = foo: expects a number with a unit, such as 45deg"):
        scene.Orbit(turn="foo")
    with pytest.raises(SceneError, match=r"VolumeLayer: alpha\.x: the key x is no time"):
        scene.VolumeLayer(volume="a.nii", alpha={"0s": 1, "x": 2})
    with pytest.raises(SceneError, match="Scene: layers: has no layer"):
        scene.Scene(layers={})


def test_what_the_camera_does_fits_the_movie(with_layer) -> None:
    text = with_layer(top="movie: {length: 10s}\ncamera:\n  - orbit: {for: 8s}\n  - still: {for: 4s}\n")
    assert complaint(text) == (
        "b.yaml:8: camera[1].still.for: the segments up to here last 12 s, the movie 10 s; "
        "shorten them, or lengthen movie.length"
    )


def test_a_fault_begins_with_no_word_of_pydantic() -> None:
    def refuse(value: object) -> object:
        raise ValueError("is too loud; turn it down")

    def doubt(value: object) -> object:
        raise AssertionError("is too loud; turn it down")

    for check in (refuse, doubt):
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(Annotated[int, AfterValidator(check)]).validate_python(11)
        assert [fault.message for fault in faults_of(caught.value)] == ["is too loud; turn it down"]
