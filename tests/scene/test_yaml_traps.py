"""What YAML makes of innocent text stops with the line, the key and what to write instead."""

import pytest

from brainreel import scene
from brainreel.errors import SceneError


def complaint(text: str) -> str:
    with pytest.raises(SceneError) as caught:
        scene.loads(text, "brain.scene.yaml")
    return str(caught.value)


def test_an_unquoted_colour_is_a_comment(with_layer) -> None:
    assert complaint(with_layer("color: #ff0000")) == (
        "brain.scene.yaml:5: layers.pli.color: is null, because # begins a comment; "
        'write the colour in quotes: "#ff0000"'
    )


@pytest.mark.parametrize("rest", ["}\n", ",\n  length: 2s}\n", ", fps: 30}\n# the end\n"])
def test_an_unquoted_colour_inside_braces_swallows_the_rest_of_its_line(with_layer, rest: str) -> None:
    text = with_layer(top="movie: {background: #ff0000" + rest)
    assert complaint(text).startswith("brain.scene.yaml:5: # begins a comment")
    assert '"#ff0000" in quotes' in complaint(text)


def test_a_colon_without_space_makes_a_key_with_null(with_layer) -> None:
    assert complaint(with_layer("alpha: {0s:1, 2s: 0.5}")) == (
        "brain.scene.yaml:5: layers.pli.alpha.0s:1: YAML needs a space after the colon: write 0s: 1"
    )


@pytest.mark.parametrize(
    ("written", "glob"),
    [("volume: *.tif", "*.tif"), ("volume: {file: */slice.tif, dtype: uint8}", "*/slice.tif"), ("volume: *", "*")],
)
def test_a_glob_that_begins_with_a_star_is_an_alias(written: str, glob: str) -> None:
    text = f"brainreel: 1\nlayers:\n  pli:\n    {written}\n"
    assert complaint(text) == f'brain.scene.yaml:4: * begins an alias in YAML; write a glob in quotes: "{glob}"'


def test_a_quoted_glob_is_a_file() -> None:
    loaded = scene.loads('brainreel: 1\nlayers: {pli: {volume: "*.tif"}}\n')
    assert loaded.sources()["pli.volume"].paths == ("*.tif",)


@pytest.mark.parametrize(("word", "meant"), [("no", "false"), ("yes", "true"), ("off", "false"), ("On", "true")])
def test_yes_and_no_are_text(with_layer, word: str, meant: str) -> None:
    assert complaint(with_layer(f"visible: {word}")) == (
        f"brain.scene.yaml:5: layers.pli.visible = {word}: is text in YAML 1.2; write {meant}"
    )


@pytest.mark.parametrize(
    ("first", "again"), [("1s", "1000ms"), ("60s", "1min"), ("1s", "30f"), ("5s", "50%"), ("10s", "end-0s")]
)
def test_the_same_time_twice(with_layer, first: str, again: str) -> None:
    text = with_layer(f"alpha: {{{first}: 0, {again}: 1}}", top="movie: {length: 10s, fps: 30}\n")
    assert complaint(text) == (
        f"brain.scene.yaml:5: layers.pli.alpha.{again}: is the same time as {first}; a track states each time once"
    )


def test_the_same_key_twice(with_layer) -> None:
    assert complaint(with_layer("alpha: 1", "alpha: 0.5")) == (
        "brain.scene.yaml:6: the key alpha stands twice; keep one"
    )
    assert "brain.scene.yaml:5: the key 0s stands twice" in complaint(with_layer("alpha: {0s: 0, 0s: 1}"))


def test_a_tab_is_no_indentation() -> None:
    assert complaint("brainreel: 1\nlayers:\n\tpli: {volume: a.nii}\n") == (
        "brain.scene.yaml:3: a tab; YAML is indented with spaces, replace it"
    )


def test_an_alias_bomb_is_refused_before_it_grows() -> None:
    lines = ["brainreel: 1", "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 12)]
    assert "aliases (&, *) expand to more than 100000 values" in complaint("\n".join(lines))


def test_an_alias_of_itself_is_refused(with_layer) -> None:
    assert "brain.scene.yaml:5" in complaint(with_layer("cut: &loop {left: *loop}"))


@pytest.mark.parametrize("written", ["alpha:", "alpha: null", "alpha: ~", "cut: {left: }"])
def test_null_is_never_a_value(with_layer, written: str) -> None:
    assert "is null, which is never a value; write one, or leave the key out" in complaint(with_layer(written))


def test_dates_and_tags_are_no_text(with_layer) -> None:
    text = with_layer(top="overlays: [{text: 2024-01-01}]\n")
    assert complaint(text) == (
        'brain.scene.yaml:5: overlays[0].text: is a date in YAML; write text in quotes: "2024-01-01"'
    )
    assert "has a YAML tag (!)" in complaint(with_layer("alpha: !!python/none 1"))


@pytest.mark.parametrize("text", ["", "- 1\n", "just text\n"])
def test_what_is_no_mapping_is_no_scene(text: str) -> None:
    assert complaint(text) == "brain.scene.yaml:1: a scene is a mapping that begins with `brainreel: 1`"


@pytest.mark.parametrize("text", ["brainreel: 1\na: [1, 2\nb: 3\n", "brainreel: 1\na: 'x\n", "brainreel: 1\na: b: c\n"])
def test_broken_yaml_names_its_line(text: str) -> None:
    assert complaint(text).startswith("brain.scene.yaml:")
    assert "\n" not in complaint(text)
    assert int(complaint(text).split(":")[1]) >= 2


def test_files_that_are_no_text_are_refused(tmp_path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(SceneError, match=r"a\.yaml: is not text in UTF-8"):
        scene.load(tmp_path / "a.yaml")
    with pytest.raises(SceneError, match="cannot be read: No such file"):
        scene.load(tmp_path / "b.yaml")
