"""The scenes that users copy load, and say the same when they are written again."""

from pathlib import Path

import pytest

from brainreel import scene

EXAMPLES = sorted(Path(__file__).parents[2].joinpath("examples").glob("*.scene.yaml"))


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_survives_the_round_trip(path: Path) -> None:
    loaded = scene.load(path)
    assert scene.loads(scene.dump(loaded), path=path) == loaded
    assert path.read_text().splitlines()[0] in scene.dump(loaded)
