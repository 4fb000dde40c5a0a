"""From the words of a command line to a film and a renderer for it: what `movie`, `still` and `demo` share."""

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from brainreel.cli.options import MOVIES, require_names
from brainreel.errors import SceneError, UsageError

if TYPE_CHECKING:
    from brainreel.assets import Assets, Subject
    from brainreel.assets.courses import Course
    from brainreel.render import Quality, Renderer
    from brainreel.scene import Reel, Scene
    from brainreel.store.resident import Skipping
    from brainreel.timeline import Film, ReelFilm

log = logging.getLogger("brainreel")
SCENE_SUFFIXES = (".yaml", ".yml")
DRAFT_REDUCTION = 2
CHECKED_FRAMES = 100
"""Of a movie, evenly spaced: few enough to be checked in a blink before hours of drawing."""


@dataclass(frozen=True)
class Job:
    """A resolved scene or reel with its data, and how it is to be drawn."""

    scene: "Scene | Reel"
    assets: "Assets"
    film: "Film | ReelFilm"
    quality: "Quality"
    budget_bytes: int
    threads: int | None

    def renderer(self, bits: int = 8) -> "Renderer":
        """A renderer for the film's frames, of 8 or 16 bits a channel; the caller closes it."""
        from brainreel.render import Renderer

        data, fingerprints = self.assets.data, self.assets.fingerprints
        return Renderer(data, fingerprints, self.quality, self.budget_bytes, self.threads, bits)

    def rehearsal(self, skipping: "Skipping") -> "Renderer":
        """A renderer that tells `skipping` what it would read of stores; the caller closes it."""
        from brainreel.render import Renderer

        data, fingerprints = self.assets.data, self.assets.fingerprints
        return Renderer(data, fingerprints, self.quality, self.budget_bytes, 1, skipping=skipping)

    @property
    def metadata(self) -> dict[str, Any]:
        """What a movie or a still carries of its scene, or of its reel and the scenes in it."""
        from brainreel.scene import Reel, dump

        if isinstance(self.scene, Reel):
            return {"scene": self.scene.text, "chapters": [scene and dump(scene) for scene in self.scene.scenes()]}
        return {"scene": dump(self.scene)}


def read_scene(
    data: list[str],
    reading: Mapping[str, Any],
    variables: Mapping[str, str],
    sets: list[str],
    mode: str = "auto",
    subject: "Subject | None" = None,
    course: "Course | None" = None,
) -> "Scene | Reel":
    """The scene or reel in the one file named, or a scene proposed for `data`, with the changes of `sets`."""
    from brainreel.scene import load_any

    require_names(data)
    for name in data:
        if name.lower().endswith(MOVIES):
            raise UsageError(f"{name}: is a movie, no data; data stand before -o, the movie behind it: DATA -o {name}")
    scenes = [name for name in data if name.lower().endswith(SCENE_SUFFIXES)]
    if scenes:
        if len(data) > 1:
            raise UsageError(f"{' '.join(data)}: one scene, or data without a scene; a scene names its data itself")
        if reading:
            raise UsageError(
                f"{scenes[0]}: --dtype, --shape, --spacing, --byte-order, --times, --component and --space are for data"
                " without a scene; write them beside file: in the scene"
            )
        if mode != "auto" or subject:
            option = "--subject" if subject else "--mode"
            raise UsageError(f"{scenes[0]}: {option} is for data without a scene; a scene says itself what is shown")
        if course:
            raise UsageError(
                f"{scenes[0]}: --slow, --from and --to are for data without a scene; write them under clocks: in the "
                "scene, {rate: 1/50, start: -100ms, end: 400ms}"
            )
        return load_any(Path(scenes[0]), variables, sets)
    if variables:
        raise UsageError("--var sets variables of a scene; data alone have none")
    from brainreel.assets import propose
    from brainreel.assets.courses import run_as
    from brainreel.scene import dump, loads

    with options_blamed():
        proposed = propose(data, reading, mode, subject)
    if course:
        proposed = run_as(proposed, course)
    return loads(dump(proposed), sets=sets)


@contextlib.contextmanager
def options_blamed() -> Iterator[None]:
    """Faults in what was said of data are told by their options, not by the keys of a scene that is not there."""
    try:
        yield
    except SceneError as error:
        keys = "dtype|shape|spacing|byte_order|times|component|space"
        said = re.match(rf"\w+Source: ({keys})\b\.?(.*)", str(error), re.DOTALL)
        if not said:
            raise
        raise UsageError(f"--{said[1].replace('_', '-')}: {said[2].removeprefix(' = ')}") from None


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


def drafted(scene: "Scene | Reel") -> "Scene | Reel":
    """The scene at half its size, in even numbers of pixels."""
    width, height = (max(2, edge // DRAFT_REDUCTION // 2 * 2) for edge in scene.movie.size)
    return sized(scene, width, height)


def sized(scene: "Scene | Reel", width: int, height: int) -> "Scene | Reel":
    """The scene in so many pixels."""
    from brainreel.scene import Reel

    if isinstance(scene, Reel):
        return scene.sized(width, height)
    return scene.with_values({"movie.size": f"{width}x{height}"})


def prepare(scene: "Scene | Reel", *, draft: bool, budget_bytes: int, threads: int | None) -> Job:
    """Open the scene's data and resolve it; volumes for which the budget is too small come at the level that fits."""
    from brainreel.render import DRAFT, FINAL

    assets, film = resolved(scene)
    assets = _fitted(assets, film, budget_bytes, threads)
    return Job(scene, assets, film, DRAFT if draft else FINAL, budget_bytes, threads)


def _fitted(assets: "Assets", film: "Film | ReelFilm", budget_bytes: int, threads: int | None) -> "Assets":
    """The same with volumes that fit into the budget, and a warning for each source that is drawn coarser."""
    from dataclasses import replace

    from brainreel.assets import reduced_advice
    from brainreel.kernels.pool import available_cores
    from brainreel.render import fit

    fitted = fit(assets.data, assets.fingerprints, film.frames(), budget_bytes)
    said = set[str]()
    for asset, levels in fitted.reduced.items():
        command = assets.converting.get(asset, "")
        if command not in said:
            said.add(command)
            cores = threads or available_cores()
            log.warning("%s", reduced_advice(assets.data[asset], *levels, budget_bytes, command, cores))
    return replace(assets, data=fitted.data, replaced={key: fitted.fingerprints[key] for key in fitted.reduced})


def resolved(scene: "Scene | Reel") -> "tuple[Assets, Film | ReelFilm]":
    """The opened data of a scene or of all chapters of a reel, and the film."""
    from brainreel.assets import Assets, open_assets
    from brainreel.data import Facts
    from brainreel.scene import Reel
    from brainreel.timeline import join, prefixed_keys, resolve

    if not isinstance(scene, Reel):
        assets = open_assets(scene)
        return assets, resolve(scene, assets.facts)
    data, facts, converting, films = {}, {}, {}, []
    for index, chapter in enumerate(scene.scenes()):
        if chapter is None:
            films.append(None)
            continue
        assets = open_assets(chapter)
        films.append(resolve(chapter, assets.facts))
        data |= prefixed_keys(index, assets.data)
        facts |= prefixed_keys(index, assets.facts.assets)
        converting |= prefixed_keys(index, assets.converting)
    return Assets(data, Facts(facts), converting), join(scene, films)


def check_film(film: "Film | ReelFilm") -> None:
    """Raise SceneError where some frames, the first and the last among them, cannot be drawn, or overlays not be laid
    out."""
    from brainreel.render import check_frame

    count, last = min(film.frame_count, CHECKED_FRAMES), film.frame_count - 1
    for number in range(count):
        check_frame(film.frame(number * last // max(count - 1, 1)))


def moment_s(scene: "Scene | Reel", text: str) -> float:
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
