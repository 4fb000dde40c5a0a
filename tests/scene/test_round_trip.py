"""A scene is one thing in YAML and in Python; what is loaded and written again keeps its words and comments."""

import copy
import difflib
import random

import pytest

from brainreel import scene
from brainreel.errors import SceneError


def changed_lines(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def test_an_unchanged_scene_is_written_as_it_was_read(full: str) -> None:
    written = scene.dump(scene.loads(full))
    numbers = [line for line in changed_lines(full, written) if ".33" not in line]
    assert numbers == []
    assert scene.loads(written) == scene.loads(full)


def test_a_change_touches_its_own_line_only(full: str) -> None:
    loaded = scene.loads(full)
    changed = loaded.with_values({"movie.fps": 25, "camera[1].still.view": "anterior", "layers.pli.alpha": 0.5})
    assert changed_lines(scene.dump(loaded), scene.dump(changed)) == [
        "-movie: {length: 20s, fps: 30, size: 1920x1080, background: black}",
        "+movie: {length: 20s, fps: 25, size: 1920x1080, background: black}",
        "+    alpha: 0.5",
        "-  - still: {view: superior}",
        "+  - still: {view: anterior}",
    ]
    assert scene.loads(scene.dump(changed)) == changed
    assert loaded == scene.loads(full)


def test_a_copy_of_a_layer_follows_its_model_only_where_it_should(full: str) -> None:
    changed = scene.loads(full).with_values({"layers.cortex.visible": False})
    again = scene.loads(scene.dump(changed))
    assert again == changed
    assert again.layers["pale"].visible is True
    own = scene.loads(full).with_values({"layers.pale.visible": False})
    assert 'pale: {like: cortex, color: "#ff0000", visible: false} # the same again' in scene.dump(own)
    assert scene.loads(scene.dump(own)) == own


def test_removed_parts_are_removed_and_others_stay(full: str) -> None:
    loaded = scene.loads(full)
    changed = loaded.model_copy(update={"overlays": loaded.overlays[:1], "marks": loaded.marks})
    text = scene.dump(changed)
    assert "Stimulus" not in text
    assert "# slow before the stimulus" in text
    assert scene.loads(text) == changed


def test_the_same_scene_built_in_python(full: str) -> None:
    built = scene.Scene(
        vars={"subject": "sub-01"},
        movie=scene.Movie(length="20s", fps=30, size="1920x1080", background="black"),
        marks={"onset": "8s"},
        clocks={"meg": {"0s": "-100ms", "onset+0s": "0ms", "end+0s": "400ms"}},
        layers={
            "pli": scene.VolumeLayer(
                volume=scene.VolumeSource(
                    file="vervet.raw",
                    dtype="uint8",
                    shape={"z": 93, "y": 64, "x": 64},
                    spacing={"z": "2mm", "y": "3mm", "x": "3mm"},
                ),
                color=scene.ColorTransfer(points=[[0, 0.33, 0.33, 0.5], [27, 1, 1, 0.9], [254, 0, 0, 0]], space="RGB"),
                opacity=scene.OpacityTransfer(points=[[0, 0], [254, 1]]),
                cut=scene.Cut(left={"0s": "0%", "8s": "50%"}),
            ),
            "cortex": (cortex := scene.SurfaceLayer(
                surface=scene.SurfaceSource(files=["lh.pial", "rh.pial"]),
                underlay=scene.Underlay(array="sulc"),
                paint=scene.Paint(
                    scalars=scene.ScalarSource(file="sub-01-lh.stc", clock="meg", smooth=10, interpolate="linear"),
                    color=scene.ColorMap(map="hot", range=["p96", "p97.5", "p99.95"], below="hide"),
                ),
            )),
            "pale": cortex.model_copy(update={"color": scene.SurfaceLayer(surface="x", color="#ff0000").color}),
        },
        camera=[
            scene.Orbit(
                around="cortex",
                start="left",
                up="superior",
                turn="360deg",
                zoom={"0%": 1, "100%": 1.6},
                duration="8s",
                ease="in-out",
            ),
            scene.Still(view="superior"),
        ],
        overlays=[
            scene.TimeLabel(time="meg", format="{t:+.0f} ms", place="top-left"),
            scene.ScalarBar(scalar_bar="cortex", title="dSPM", place="right"),
            scene.Text(text="Stimulus", place="bottom", show=["onset+0s", "onset+1s"]),
        ],
    )  # fmt: skip
    assert built == scene.loads(full)
    assert scene.loads(scene.dump(built)) == built


def test_what_python_writes_is_short_and_ordered() -> None:
    built = scene.Scene(
        layers={"pli": scene.VolumeLayer(volume="phantom:pli?size=256", alpha={"0s": 0, "1s": 1, "ease": "in-out"})},
        camera=[scene.Orbit(duration="8s", turn="180deg"), scene.Still(view="left")],
        overlays=[scene.TimeLabel(time="movie", show=["0s", "end-1s"])],
        movie=scene.Movie(background="#101010", length="12s"),
    )
    assert scene.dump(built) == (
        "brainreel: 1\n"
        'movie: {length: 12s, background: "#101010"}\n'
        "layers:\n"
        "  pli:\n"
        "    volume: phantom:pli?size=256\n"
        "    alpha: {0s: 0, 1s: 1, ease: in-out}\n"
        "camera:\n"
        "  - orbit: {turn: 180deg, for: 8s}\n"
        "  - still: {view: left}\n"
        "overlays:\n"
        "  - {time: movie, show: [0s, end-1s]}\n"
    )


WORDS = {
    "color": ["red", [0.1, 0.2, 0.3], "#a0b0c0", {"0s": "red", "2.5s": [0, 0, 1], "ease": "out"}],
    "shading": ["matte", "none", {"ambient": 0.5, "diffuse": {"0s": 0, "50%": 1}}],
    "visible": [True, False, {"0s": True, "10f": False}],
    "underlay": [{"array": "sulc"}],
    "paint": [
        {"scalars": "a.stc"},
        [{"scalars": "a.stc"}, {"scalars": {"file": "b.npy", "times": "none"}, "alpha": 0.5}],
        {"scalars": {"file": "c.npy", "times": {"first": "-100ms", "step": "2ms"}, "clock": "meg", "outside": "hide"}},
        {"scalars": "a.stc", "color": {"map": "viridis", "range": {"0s": [0, "p99"], "9s": [-1, 5]}, "below": "first"}},
    ],
    "alpha": [1, 0, {"0s": 0, "onset-1.5s": 1}],
}


@pytest.mark.parametrize("seed", range(40))
def test_any_scene_survives_the_round_trip(seed: int) -> None:
    rng = random.Random(seed)
    layer = {"surface": rng.choice(["lh.pial", {"files": ["a", "b"]}, {"file": "a", "hemi": "left"}])}
    layer |= {key: copy.deepcopy(rng.choice(values)) for key, values in WORDS.items() if rng.random() < 0.6}
    orbit = {"turn": rng.choice(["90deg", {"0%": "0deg", "1s": "5deg", "100%": "-30deg"}]), "for": "2.50s"}
    mapping = {
        "brainreel": 1,
        "movie": {"length": "12.5s", "fps": rng.choice([30, "30000/1001", 23.976]), "unit": rng.choice(["mm", "none"])},
        "marks": {"onset": "30%"},
        "clocks": {"meg": {"0s": "-100ms", "end+0s": "0.4s", "ease": {"0s": "in"}}},
        "layers": {"cortex": layer},
        "camera": [{"orbit": orbit}, {"still": {"position": [0, 1, 2.5], "up": rng.choice(["left", [0, 1, 1]])}}],
        "overlays": [{"text": rng.choice(["a: b", "# no", "{t}", "yes", "1", "µ − ×"]), "size": "2.5%"}],
    }
    first = scene.Scene.model_validate(mapping)
    text = scene.dump(first)
    second = scene.loads(text)
    assert second == first
    assert scene.dump(second) == text


def test_saving_is_whole_or_not_at_all(tmp_path, full: str) -> None:
    loaded = scene.loads(full)
    scene.save(loaded, tmp_path / "a.scene.yaml")
    assert scene.load(tmp_path / "a.scene.yaml") == loaded
    assert [path.name for path in tmp_path.iterdir()] == ["a.scene.yaml"]
    with pytest.raises(SceneError, match="cannot be written"):
        scene.save(loaded, tmp_path / "no" / "a.scene.yaml")


def test_a_scene_is_frozen(full: str) -> None:
    loaded = scene.loads(full)
    with pytest.raises(ValueError, match="frozen"):
        loaded.movie.fps = 3
