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


@pytest.mark.parametrize("number", ["-9.75944360306001e-05", "1e-3", "4.22e-5", "0.1000", "-1.2038176872299222", "12"])
def test_a_number_keeps_every_digit(number: str) -> None:
    still = f"{{position: [{number}, 9, 9], focal: [0, 0, 0]}}"
    text = f"brainreel: 1\nlayers: {{a: {{volume: a.nii}}}}\ncamera: [{{still: {still}}}]\n"
    loaded = scene.loads(text)
    for one in (loaded, loaded.with_values({"movie.fps": 25})):
        assert scene.loads(scene.dump(one)).camera[0].position[0] == float(number)
