"""Looks that other tools saved, put in while a scene is read."""

import json
import random
import time

import pytest

from brainreel import scene
from brainreel.errors import SceneError

MAPS = """[
  {"Name": "Cool, to Warm", "ColorSpace": "Diverging", "NanColor": [1, 1, 0],
   "RGBPoints": [0, 0.23, 0.3, 0.75, 0.5, 0.865, 0.865, 0.865, 1, 0.7, 0.02, 0.15,],},
  {"Name": "Rainbow", "ColorSpace": "HSV", "RGBPoints": [-1, 0, 0, 1, 1, 1, 0, 0],
   "Points": [0, 0, 0.5, 0, 1, 1, 0.5, 0]},
  {"Name": "Two", "IndexedColors": [1, 0, 0, 0, 0, 1]},
]
"""
SLICER = """<?xml version="1.0"?><MRML>
<VolumeProperty name="CT-Bone" interpolation="0" shade="1" ambient="0.1" diffuse="0.9" specular="0.2" specularPower="10"
 scalarOpacity="6 -3024 0 641.4 0.7 3071 0.7" gradientOpacity="4 0 0.5 255 1"
 colorTransfer="12 -3024 0 0 0 641.4 0.9 0.8 0.5 3071 1 1 1"/>
<VolumeProperty name="Jump" shade="0" scalarOpacity="8 0 0 10 0 10 1 20 1" gradientOpacity="4 0 1 255 1"
 colorTransfer="4 0 1 1 1"/>
</MRML>
"""


def proxy(identity, **properties):
    """A proxy of a ParaView state; a value beginning with @ is another proxy."""
    text = ""
    for name, values in properties.items():
        parts = "".join(
            f'<Proxy value="{value[1:]}"/>' if value.startswith("@") else f'<Element index="0" value="{value}"/>'
            for value in values.split()
        )
        text += f'<Property name="{name}">{parts}</Property>'
    return f'<Proxy id="{identity}">{text}</Proxy>'


STATE = (
    "<ParaView><ServerManagerState>"
    + proxy(
        1,
        Representation="Volume",
        Visibility="1",
        ColorArrayName="0 PLI",
        LookupTable="@2",
        Shade="1",
        ScalarOpacityFunction="@3",
        ScalarOpacityUnitDistance="0.7",
        Ambient="0.3",
        Diffuse="0.6",
        SpecularPower="20",
    )
    + proxy(
        2, ColorSpace="1", HSVWrap="1", RGBPoints="0 0 0 1 254 1 0 0", UseAboveRangeColor="1", AboveRangeColor="1 1 1"
    )
    + proxy(3, Points="0 0 0.5 0 100 0.2 0.3 0.9 254 1 0.5 0")
    + "</ServerManagerState></ParaView>"
)


@pytest.fixture
def load(tmp_path):
    """A volume layer read from a scene file, beside files of presets."""
    (tmp_path / "maps.json").write_text(MAPS)
    (tmp_path / "slicer.xml").write_text(SLICER)
    (tmp_path / "state.pvsm").write_text(STATE)

    def read(*lines, **files):
        for name, content in files.items():
            (tmp_path / name.replace("_", ".")).write_bytes(content)
        body = "".join(f"    {line}\n" for line in lines)
        path = tmp_path / "a.scene.yaml"
        path.write_text(f"brainreel: 1\nlayers:\n  ct:\n    volume: a.nii\n{body}")
        return scene.load(path)

    return read


def test_a_paraview_map_is_its_points_over_a_range(load):
    color = load('color: {file: maps.json, name: "Cool, to Warm", range: [p1, p99], above: red}').layers["ct"].color
    assert color.points[1] == (0.5, 0.865, 0.865, 0.865)
    assert color.space == "Diverging"
    assert [str(level) for level in color.range] == ["p1", "p99"]
    assert color.above.rgb == (1, 0, 0)


def test_paraviews_hsv_goes_through_the_hues_and_its_range_is_automatic(load):
    layer = load("color: {file: maps.json, name: Rainbow}", "opacity: {file: maps.json, name: Rainbow}").layers["ct"]
    assert layer.color.space == "HSVNoWrap"
    assert layer.color.range == "auto"
    assert layer.opacity.points == ((0, 0, 0.5, 0), (1, 1, 0.5, 0))


def test_an_indexed_map_colors_whole_numbers(load):
    color = load("color: {file: maps.json, name: Two}").layers["ct"].color
    assert color.points == ((-0.5, 1, 0, 0), (0.5, 1, 0, 0), (1.5, 0, 0, 1))
    assert color.space == "Step"
    assert color.range is None


def test_a_slicer_preset_gives_the_whole_look(load):
    layer = load("preset: {file: slicer.xml, name: CT-Bone}", "alpha: 0.5").layers["ct"]
    assert layer.color.points[1] == (641.4, 0.9, 0.8, 0.5)
    assert layer.opacity.points[1] == (641.4, 0.7)
    assert layer.gradient_opacity.points == ((0, 0.5), (255, 1))
    assert (layer.shading.ambient, layer.shading.specular_power) == (0.1, 10)
    assert layer.interpolate == "nearest"
    assert layer.alpha == 0.5


def test_a_jump_of_a_preset_stays_a_jump(load):
    points = load("preset: {file: slicer.xml, name: Jump}").layers["ct"].opacity.points
    assert [y for _, y in points] == [0, 0, 1, 1]
    assert 10 < points[2][0] < 10.001


def test_a_paraview_state_gives_colors_opacities_unit_distance_and_light(load):
    layer = load("preset: {file: state.pvsm}").layers["ct"]
    assert layer.color.points == ((0, 0, 0, 1), (254, 1, 0, 0))
    assert layer.color.space == "HSV"
    assert layer.color.above.rgb == (1, 1, 1)
    assert layer.color.below is None
    assert layer.opacity.points[1] == (100, 0.2, 0.3, 0.9)
    assert layer.unit_distance.number == 0.7
    assert (layer.shading.ambient, layer.shading.diffuse, layer.shading.specular) == (0.3, 0.6, None)


def test_a_layers_own_keys_come_before_those_of_its_preset(load):
    layer = load("preset: {file: state.pvsm, name: PLI}", "opacity: 0.2", "unit_distance: 3").layers["ct"]
    assert layer.opacity == 0.2
    assert layer.unit_distance.number == 3
    assert layer.color.space == "HSV"


def test_a_loaded_scene_keeps_the_name_of_the_preset(load):
    loaded = load("preset: {file: slicer.xml, name: CT-Bone}   # as in the clinic")
    assert "preset: {file: slicer.xml, name: CT-Bone}   # as in the clinic" in scene.dump(loaded)
    assert "0.641" not in scene.dump(loaded)
    alone = scene.Scene(layers=loaded.layers)
    assert scene.loads(scene.dump(alone)) == alone


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("preset: {file: x.xml}", r"scene\.yaml:5: layers\.ct\.preset\.file = x\.xml: cannot be read: No such file"),
        ("preset: {file: slicer.xml, name: CT-Bon}", r"preset\.name = CT-Bon: .*did you mean CT-Bone\?"),
        ("preset: {file: slicer.xml}", "holds 2 of them; write name: too, known: CT-Bone, Jump"),
        ("preset: {file: maps.json, name: Two}", r"holds colours alone; write color: \{file: maps\.json"),
        ("preset: slicer.xml", r"preset = slicer\.xml: expects \{file: \.\.\., name: \.\.\.\}"),
        ("color: {file: maps.json, name: Three}", r"color\.name = Three: there is no such colour map"),
        ("opacity: {file: maps.json, name: Two}", "holds no opacities, only colours"),
        ("color: {file: slicer.xml, name: Two}", r"color\.file = slicer\.xml: is no JSON"),
        (
            "color: {file: maps.json, name: Two, nan: red}",
            r"color\.nan: is not in this version",
        ),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(load, line, message):
    with pytest.raises(SceneError, match=message):
        load(line)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><MRML/>', "declares a document type or an entity"),
        (b"<MRML><VolumeProperty", "its XML cannot be read"),
        (b"<MRML/>", "holds no VolumeProperty"),
        (b'<M><VolumeProperty name="a" colorTransfer="4 0 1 1 nan" scalarOpacity="2 0 1"/></M>', "is no number"),
        (b'<M><VolumeProperty name="a" colorTransfer="8 0 1 1 1" scalarOpacity="2 0 1"/></M>', "says 8 numbers"),
        (b'<M><VolumeProperty name="a" colorTransfer="4 0 9 1 1" scalarOpacity="2 0 1"/></M>', r"lie in 0\.\.1"),
        (b"\0" * 8_000_001, "bytes are no presets"),
    ],
)
def test_damaged_and_hostile_files_are_refused(load, content, message):
    with pytest.raises(SceneError, match=message):
        load("preset: {file: bad.xml}", bad_xml=content)


@pytest.mark.parametrize("content", [b"[" * 200_000, b'"\\"' * 200_000, b"," * 400_000, b"9" * 9_999])
def test_json_that_would_take_long_is_refused_soon(load, content):
    begin = time.perf_counter()
    with pytest.raises(SceneError, match=r"is no JSON|holds no presets"):
        load("color: {file: bad.json}", bad_json=content)
    assert time.perf_counter() - begin < 2


def test_no_mutation_of_a_preset_does_more_than_refuse(load):
    random_bytes = random.Random(5)
    kinds = {
        "color: {file: m.json, name: Rainbow}": MAPS,
        "preset: {file: m.xml, name: CT-Bone}": SLICER,
        "preset: {file: m.pvsm}": STATE,
    }
    for line, text in kinds.items():
        name = line.split("file: ")[1].split(",")[0].strip("}").replace(".", "_")
        for _ in range(60):
            content = bytearray(text.encode())
            for _ in range(random_bytes.randint(1, 6)):
                content[random_bytes.randrange(len(content))] = random_bytes.randrange(256)
            try:
                load(line, **{name: bytes(content)})
            except SceneError:
                continue


def test_the_json_of_a_preset_may_have_commas_inside_its_texts(load):
    listed = json.dumps([{"Name": "a,]", "RGBPoints": [0, 0, 0, 0, 1, 1, 1, 1]}])
    assert load('color: {file: t.json, name: "a,]"}', t_json=listed.encode()).layers["ct"].color.space == "RGB"
