import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import av
import pytest

from brainreel.movie import render_movie

PROGRAM = Path(__file__).with_name("fake.py")


@pytest.fixture(scope="session")
def fake() -> ModuleType:
    """The film and the renderer of fake.py."""
    spec = importlib.util.spec_from_file_location("fake_film", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["fake_film"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen]:
    """Start the program of fake.py; returns once it draws its first frame, or has ended before."""

    def run(output: Path, frames: int, seconds_a_frame: float, prefix: tuple[str, ...] = ()) -> subprocess.Popen:
        command = [*prefix, sys.executable, str(PROGRAM), str(output), str(frames), str(seconds_a_frame)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout
        process.stdout.readline()
        return process

    return run


@pytest.fixture
def make(fake) -> Callable:
    """Render a film of the fake renderer; returns the report and the renderers that were made (none or one)."""

    def run(film, output: Path, seconds_a_frame: float = 0.0, **options):
        made = []

        def make_renderer():
            made.append(fake.Renderer(seconds_a_frame, film.size))
            return made[-1]

        options = fake.MADE_FROM | options
        return render_movie(film, make_renderer, output, **options), made

    return run


@pytest.fixture
def numbers(fake) -> Callable[[Path], list[int]]:
    """What the decoded pictures of a movie show."""

    def read(path: Path) -> list[int]:
        with av.open(str(path)) as movie:
            return [fake.number_of(frame.to_ndarray()) for frame in movie.decode(video=0)]

    return read
