"""Variables, `--set` and `like:`."""

import pytest

from brainreel import scene
from brainreel.errors import SceneError

TEXT = """\
brainreel: 1
vars: {subject: sub-01, folder: data/$(subject), strength: 0.5}
layers:
  pli: {volume: $(folder)/brain.nii.gz, alpha: $(strength)}   # whose
  other: {like: pli, volume: b.nii}
overlays:
  - {text: Subject $(subject)}
"""


def test_variables_are_put_into_every_text(tmp_path) -> None:
    (tmp_path / "a.scene.yaml").write_text(TEXT)
    loaded = scene.load(tmp_path / "a.scene.yaml", variables={"subject": "sub-02"})
    assert loaded.sources()["pli.volume"].paths == (str(tmp_path / "data/sub-02/brain.nii.gz"),)
    assert loaded.overlays[0].text == "Subject sub-02"
    assert loaded.layers["pli"].alpha == 0.5
    written = scene.dump(loaded)
    assert "vars: {subject: sub-02, folder: data/$(subject), strength: 0.5}" in written
    assert "volume: $(folder)/brain.nii.gz, alpha: $(strength)}   # whose" in written


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"subjct": "x"}, "vars.subjct: there is no such variable in the scene; did you mean subject?"),
        ({"subject": "$(folder)"}, "is made of itself"),
        ({"subject": "$(nobody)"}, "there is no variable nobody"),
        ({"strength": "lots"}, "layers.pli.alpha = lots: expects a number"),
    ],
)
def test_variables_that_make_no_sense(variables: dict, message: str) -> None:
    with pytest.raises(SceneError) as caught:
        scene.loads(TEXT, variables=variables)
    assert message in str(caught.value)


def test_a_layer_like_another_overrides_whole_keys() -> None:
    loaded = scene.loads(TEXT)
    assert loaded.layers["other"].alpha == 0.5
    assert loaded.layers["other"].volume.file == "b.nii"
    chain = TEXT.replace("overlays:", "  third: {like: other, alpha: 1}\noverlays:")
    assert scene.loads(chain).layers["third"].volume.file == "b.nii"


def test_layers_like_each_other_are_an_error() -> None:
    text = "brainreel: 1\nlayers:\n  a: {like: b}\n  b: {like: a}\n"
    with pytest.raises(SceneError, match=r"scene:4: layers\.b: layers are like each other in a circle: a -> b -> a"):
        scene.loads(text)
    with pytest.raises(SceneError, match=r"scene:3: layers\.a\.like = pli: there is no such layer; known: a"):
        scene.loads("brainreel: 1\nlayers:\n  a: {like: pli}\n")


def test_an_error_in_what_a_layer_is_like_is_told_once_where_it_stands() -> None:
    text = "brainreel: 1\nlayers:\n  a:\n    volume: a.nii\n    alpha: 3\n  b: {like: a}\n"
    with pytest.raises(SceneError) as caught:
        scene.loads(text, "s")
    assert str(caught.value) == "s:5: layers.a.alpha = 3: it lies in 0..1"


def test_set_replaces_values_of_the_file() -> None:
    sets = ["layers.pli.alpha=0.25", "movie.length=3s", "overlays[0].place=top", "layers.pli.volume.dtype=uint8"]
    loaded = scene.loads(TEXT, sets=sets)
    assert loaded.layers["pli"].alpha == loaded.layers["other"].alpha == 0.25
    assert loaded.length_s == 3
    assert loaded.overlays[0].place == "top"
    assert loaded.layers["pli"].volume.dtype == "uint8"
    assert scene.loads(scene.dump(loaded)) == loaded


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("layers.pli.alpha=2", "--set: layers.pli.alpha = 2: it lies in 0..1"),
        ("layers.pil.alpha=1", "--set: layers.pil: there is no such name; did you mean pli?"),
        ("movie.lenght=3s", "--set: movie.lenght: is no key here; did you mean length?"),
        ("overlays[4].place=top", "--set: overlays[4]: leads nowhere in the scene"),
        ("layers.pli.alpha", "--set layers.pli.alpha: write a key and a value, such as layers.pli.alpha=0.5"),
        ("layers.pli.alpha={", "--set layers.pli.alpha={: the value is not YAML; put it in quotes"),
        ("vars.day=2024-99-99", "--set vars.day=2024-99-99: the value is not YAML; put it in quotes"),
        pytest.param("a=" + 9999 * "[", f"--set a={9999 * '['}: the value is not YAML; put it in quotes", id="deep"),
    ],
)
def test_set_says_what_is_wrong_with_it(given: str, message: str) -> None:
    with pytest.raises(SceneError) as caught:
        scene.loads(TEXT, sets=[given])
    assert str(caught.value) == message


def test_set_can_mend_a_scene() -> None:
    broken = TEXT.replace("data/$(subject)", "data").replace("alpha: $(strength)", "alpha: 7")
    mended = scene.loads(broken, sets=["layers.pli.alpha=1"])
    assert scene.loads(scene.dump(mended)) == mended
