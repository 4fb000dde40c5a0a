from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from brainreel.encode import Encoder, Image, Part


@pytest.fixture
def encode(tmp_path: Path) -> Callable[..., Path]:
    """Encode pictures as segments of the lengths given, and join them into a file."""

    def run(encoder: Encoder, pictures: Iterable[Image], name: str, lengths: Iterable[int] = (), metadata=None) -> Path:
        pictures = list(pictures)
        parts, first = [], 0
        for length in list(lengths) or [len(pictures)]:
            path = tmp_path / f"segment{len(parts)}{encoder.suffix}"
            with path.open("wb") as file:
                sink = encoder.open(file)
                for picture in pictures[first : first + length]:
                    sink.write(picture)
                sink.close()
            parts.append(Part(path, range(first, first + length)))
            first += length
        output = tmp_path / name
        encoder.join(parts, output, tmp_path, metadata or {})
        return output

    return run
