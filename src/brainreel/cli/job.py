"""From the words of a command line to a film and a renderer for it: what `movie`, `still` and `demo` share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainreel.errors import UsageError

if TYPE_CHECKING:
    from brainreel.assets import Assets
    from brainreel.render import Quality, Renderer
    from brainreel.scene import Scene
    from brainreel.timeline import Film

SCENE_SUFFIXES = (".yaml", ".yml")
DRAFT_REDUCTION = 2


@dataclass(frozen=True)
class Job:
    """A resolved scene with its data, and how it is to be drawn."""

    scene: "Scene"
    assets: "Assets"
    film: "Film"
    quality: "Quality"
    budget_bytes: int
    threads: int | None

    def renderer(self) -> "Renderer":
        """A renderer for the film's frames; the caller closes it."""
        from brainreel.render import Renderer

        return Renderer(self.assets.data, self.assets.fingerprints, self.quality, self.budget_bytes, self.threads)

    @property
    def metadata(self) -> dict[str, str]:
        """What a movie or a still carries of its scene."""
        from brainreel.scene import dump

        return {"scene": dump(self.scene)}


def read_scene(data: list[str], reading: Mapping[str, Any], variables: Mapping[str, str], sets: list[str]) -> "Scene":
    """The scene in the one file named, or one proposed for `data`, with the changes of `sets`."""
    from brainreel.scene import load

    scenes = [name for name in data if name.lower().endswith(SCENE_SUFFIXES)]
    if scenes:
        if len(data) > 1:
            raise UsageError(f"{' '.join(data)}: one scene, or data without a scene; a scene names its data itself")
        if reading:
            raise UsageError(
                f"{scenes[0]}: --dtype, --shape, --spacing, --byte-order and --times are for data without a scene; "
                "write them beside file: in the scene"
            )
        return load(Path(scenes[0]), variables, sets)
    if variables:
        raise UsageError("--var sets variables of a scene; data alone have none")
    from brainreel.assets import propose
    from brainreel.scene import dump, loads

    return loads(dump(propose(data, reading)), sets=sets)


def movie_settings(size: str | None, fps: str | None, length: str | None) -> list[str]:
    """Options that stand for keys of the scene's `movie`, as `--set` takes them. Raises UsageError by option."""
    from pydantic import ValidationError

    from brainreel.scene import Movie

    settings = []
    for key, example, value in (("size", "1920x1080", size), ("fps", "30", fps), ("length", "10s or 300f", length)):
        if value is None:
            continue
        try:
            Movie.model_validate({key: value})
        except ValidationError as error:
            raise UsageError(f"--{key} {value}: {_problem(error)}; write --{key} {example}") from None
        settings.append(f"movie.{key}={value}")
    return settings


def _problem(error: Any) -> str:
    """What is wrong, without the remedy for a scene."""
    from brainreel.scene.faults import faults_of

    return faults_of(error)[0].message.split(";")[0]


def drafted(scene: "Scene") -> "Scene":
    """The scene at half its size, in even numbers of pixels."""
    width, height = (max(2, edge // DRAFT_REDUCTION // 2 * 2) for edge in scene.movie.size)
    return scene.with_values({"movie.size": f"{width}x{height}"})


def prepare(scene: "Scene", *, draft: bool, budget_bytes: int, threads: int | None) -> Job:
    """Open the scene's data and resolve it."""
    from brainreel.assets import open_assets
    from brainreel.render import DRAFT, FINAL
    from brainreel.timeline import resolve

    assets = open_assets(scene)
    return Job(scene, assets, resolve(scene, assets.facts), DRAFT if draft else FINAL, budget_bytes, threads)


def moment_s(scene: "Scene", text: str) -> float:
    """Seconds of a time as scenes write it: `3.2s`, `50%`, `100f`, `onset+200ms`."""
    from brainreel.scene import Fault
    from brainreel.scene.times import read_time

    try:
        return float(scene.moments().seconds(read_time(text)))
    except Fault as fault:
        raise UsageError(f"-t {text}: {fault.message}") from None


def parse_frames(text: str | None) -> range | None:
    """`10:20` is frames 10 to 19."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+):(\d+)", text)
    if not match or int(match[1]) >= int(match[2]):
        raise UsageError(f"--frames {text}: write first:end, such as 10:20 for frames 10 to 19")
    return range(int(match[1]), int(match[2]))
