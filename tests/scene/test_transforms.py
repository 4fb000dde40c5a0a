"""What a scene may say of the place of its layers."""

import re
from pathlib import Path

import pytest

from brainreel import scene
from brainreel.errors import SceneError

TEXT = """brainreel: 1
movie: {length: 4s}
clocks: {poses: {0s: 0 items, 4s: 3 items}}
layers:
  cortex:
    surface: lh.pial
    place: {center: true, size: 10}
    transform:
      - {file: warp.nii.gz, amount: {0s: 0, 4s: 1}, inverse: true}
      - {matrix: {0s: [[1, 0, 0, 9], [0, 1, 0, 0], [0, 0, 1, 0]], 2s: [[0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0]]}}
      - {translate: {0s: [0, 0, 0], 4s: [0, 0, 10]}}
      - {rotate: {axis: superior, angle: {0s: 0deg, 4s: 360deg}, about: [0, 0, 5]}}
      - {file: pose_*.tfm, clock: poses, interpolate: linear}
      - {file: a.mat, from: moving.nii, to: fixed.nii}
      - talairach.xfm
  t1: {volume: t1.nii, transform: t1.lta}
  cut: {slice: t1.nii, transform: [{matrix: [[1, 0, 0, 9], [0, 1, 0, 0], [0, 0, 1, 0]]}]}
  cells: {labels: seg.nii, place: {size: 2cm}}
"""


def test_any_layer_may_be_moved_and_reads_back_as_it_was_written():
    read = scene.loads(TEXT)
    assert scene.loads(scene.dump(read)) == read
    assert [type(one).__name__ for one in read.layers["cortex"].transform] == [
        "FileTransform", "MatrixTransform", "Translation", "Turn", "FileTransform", "FileTransform", "FileTransform",
    ]  # fmt: skip
    assert read.layers["t1"].transform[0].file == "t1.lta"


def test_files_of_transforms_and_the_volumes_between_lie_beside_the_scene(tmp_path):
    path = tmp_path / "a.scene.yaml"
    path.write_text(TEXT)
    sources = scene.load(path).sources()
    assert [key for key in sources if ".transform." in key] == [
        "cortex.transform.0", "cortex.transform.4", "cortex.transform.5", "cortex.transform.6", "t1.transform.0",
    ]  # fmt: skip
    flirt = sources["cortex.transform.5"]
    assert (flirt.file, flirt.moved, flirt.onto) == tuple(
        str(tmp_path / name) for name in ("a.mat", "moving.nii", "fixed.nii")
    )


WRONG = [
    ("transform: {translate: 5}", "layers.pli.transform.translate = 5: expects three numbers"),
    ("transform: [a.tfm, {warp: b}]", "layers.pli.transform[1]: a transform has exactly one of file, files, matrix"),
    ("transform: {matrix: [[1]]}", "layers.pli.transform.matrix: expects a matrix of 4 rows of 4 numbers"),
    ("transform: {matrix: [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]}", "layers.pli.transform.matrix: the matrix flat"),
    ("transform: {file: a, from: b}", "layers.pli.transform.to: a matrix of FSL needs both volumes; write to: too"),
    ("transform: {file: a, inverse: {0s: true}}", "layers.pli.transform.inverse: cannot change during the movie"),
    ("transform: {file: a, clock: b}", "layers.pli.transform[0].clock = b: there is no such clock"),
    ("transform: {file: a, interpolate: cubic}", "layers.pli.transform.interpolate = cubic"),
    ("transform: {rotate: {axis: up, angle: 3deg}}", "layers.pli.transform.rotate.axis = up: is no side of the body"),
    ("transform: {rotate: {axis: left, angle: 3}}", "layers.pli.transform.rotate.angle = 3"),
    ("place: {size: 0}", "layers.pli.place.size = 0: expects more than 0"),
]


@pytest.mark.parametrize(("line", "expected"), WRONG)
def test_what_moves_nothing_says_why(with_layer, line, expected):
    with pytest.raises(SceneError) as caught:
        scene.loads(with_layer(line), "a.yaml")
    assert expected in str(caught.value)


def test_every_key_that_moves_a_layer_is_described_and_no_other():
    text = (Path(__file__).parents[2] / "docs/transforms.md").read_text("utf-8")
    described = set()
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)[:5]:
        rows = [row.split("|")[1] for row in table.splitlines()]
        described |= set(re.findall(r"`([a-z]+)`", " ".join(rows[2:])))
    models = (scene.FileTransform, scene.MatrixTransform, scene.Translation, scene.Turn, scene.Rotation, scene.Place)
    assert described == {key for model in models for key in model.written_keys()}
