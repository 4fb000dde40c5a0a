"""What the documents say is so: scenes load, Python runs, options and links exist, and every key is described."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.cli.app import app
from brainreel.errors import SceneError
from brainreel.scene import Scene, Source, loads
from brainreel.scene.model import Model
from brainreel.scene.overlays import KINDS as OVERLAYS
from brainreel.timeline import resolve

ROOT = Path(__file__).parents[1]
LANGUAGE, PYTHON = ROOT / "docs/scene.md", ROOT / "docs/python.md"
DOCUMENTS = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
PARTS = {
    "movie": "movie: {length: 8s, fps: 5}\n",
    "clocks": "clocks: {meg: {0s: 0ms}}\n",
    "layers": "layers: {cortex: {surface: phantom:cortex}}\n",
}
"""What completes a fragment, where it does not say it itself."""


def blocks(path: Path, language: str) -> list[tuple[int, str]]:
    """(line, text) of each fenced block of `language` in the document."""
    text = path.read_text("utf-8")
    found = re.finditer(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [(text[: match.start()].count("\n") + 2, match[1]) for match in found]


def yaml_blocks(whole: bool) -> list:
    """Scenes, or fragments of them, of all documents."""
    return [
        pytest.param(text, id=f"{path.name}:{line}")
        for path in DOCUMENTS
        for line, text in blocks(path, "yaml")
        if text.startswith("brainreel: 1") == whole
    ]


def small(text: str) -> str:
    """The scene on phantoms that are quickly made."""
    text = re.sub(r"phantom:pli\?size=\d+", "phantom:pli?size=24", text)
    return re.sub(r"phantom:(cortex|activation)(\?vertices=\d+)?", r"phantom:\1?vertices=500", text)


def on_phantoms(read: Scene) -> bool:
    return all(path.startswith("phantom:") for source in read.sources().values() for path in source.paths)


def draws(text: str) -> None:
    """Resolve the scene on its data; its first, middle and last frame together show every layer."""
    read = loads(small(text))
    film = resolve(read, open_assets(read).facts)
    frames = [film.frame(index) for index in (0, film.frame_count // 2, film.frame_count - 1)]
    shown = {layer.name for frame in frames for panel in frame.panels for layer in panel.layers}
    assert shown == set(read.layers)


def test_the_documents_show_scenes() -> None:
    assert len(yaml_blocks(whole=True)) >= 4
    assert len(yaml_blocks(whole=False)) >= 3


@pytest.mark.parametrize("text", yaml_blocks(whole=True))
def test_a_scene_that_is_shown_loads_and_draws(text: str) -> None:
    if on_phantoms(loads(text)):
        draws(text)


@pytest.mark.parametrize("text", yaml_blocks(whole=False))
def test_a_fragment_that_is_shown_is_part_of_a_scene_that_draws(text: str) -> None:
    missing = "".join(part for key, part in PARTS.items() if not re.search(rf"^{key}:", text, re.MULTILINE))
    draws("brainreel: 1\n" + missing + text)


def test_the_python_that_is_shown_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shared: dict[str, object] = {}
    for line, text in blocks(PYTHON, "python"):
        exec(compile("\n" * (line - 1) + text, str(PYTHON), "exec"), shared)
    assert (tmp_path / "pli.mp4").stat().st_size > 0


def commands() -> list:
    """Command lines that the documents show, indented or in backticks, without the comments behind them."""
    found = []
    for path in DOCUMENTS:
        for line, text in enumerate(path.read_text("utf-8").splitlines(), 1):
            shown = re.findall(r"^ {4}(brainreel .*)", text) or re.findall(r"`(brainreel [a-z][^`]*)`", text)
            found += [pytest.param(one, id=f"{path.name}:{line}") for one in shown]
    return found


@pytest.mark.parametrize("line", commands())
def test_a_command_that_is_shown_exists_with_its_options(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    command: Any = typer.main.get_command(app)
    while inner := getattr(command, "commands", None):
        command = inner[words.pop(0)]
    if words:
        command.make_context(line, words)


def all_options(command: Any) -> set[str]:
    options = {option for parameter in command.params for option in parameter.opts}
    return options.union(*(all_options(one) for one in getattr(command, "commands", {}).values()))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_options_that_are_named_exist(path: Path) -> None:
    ours = re.sub(r"`?pip install[^`\n]*", "", path.read_text("utf-8"))
    named = set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+)", ours))
    assert named <= all_options(typer.main.get_command(app))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        assert link.startswith("https://") or (path.parent / link).exists(), link


def tables() -> dict[str, set[str]]:
    """For each table of the language's document, by its first cell, the keys in its first column."""
    found: dict[str, set[str]] = {}
    for table in re.findall(r"(?:^\|.*\n)+", LANGUAGE.read_text("utf-8"), re.MULTILINE):
        rows = [row.split("|")[1].strip() for row in table.splitlines()]
        found.setdefault(rows[0].replace("`", ""), set()).update(re.findall(r"`([a-z_]+)`", " ".join(rows[2:])))
    return found


SOURCE, TIMED = set(Source.written_keys()), set(scene.TimedSource.written_keys())
SURFACE, SCALARS = set(scene.SurfaceSource.written_keys()), set(scene.ScalarSource.written_keys())
DESCRIBED: dict[str, Callable[[], set[str]]] = {
    "key": lambda: set(Scene.written_keys()),
    "movie": lambda: set(scene.Movie.written_keys()),
    "volume layer": lambda: {"preset", *scene.VolumeLayer.written_keys()},
    "color of a volume": lambda: {"file", "name", *scene.ColorTransfer.written_keys()},
    "labels layer": lambda: set(scene.LabelsLayer.written_keys()),
    "color of labels": lambda: set(scene.LabelColors.written_keys()),
    "slice layer": lambda: set(scene.SliceLayer.written_keys()),
    "paint of labels": lambda: set(scene.LabelPaint.written_keys()),
    "paint of parcels": lambda: set(scene.ParcelPaint.written_keys()),
    "a chapter": lambda: set(scene.Chapter.written_keys()),
    "surface layer": lambda: set(scene.SurfaceLayer.written_keys()),
    "points layer": lambda: set(scene.PointsLayer.written_keys()),
    "a light": lambda: set(scene.Light.written_keys()),
    "paint": lambda: set(scene.Paint.written_keys()),
    "values that take turns": lambda: set(scene.CyclingSource.written_keys()),
    "clock at a rate": lambda: set(scene.RunningClock.written_keys()),
    "clock behind another": lambda: set(scene.FollowingClock.written_keys()),
    "color of a paint": lambda: set(scene.ColorMap.written_keys()),
    "any source": lambda: SOURCE,
    "volume also": lambda: set(scene.VolumeSource.written_keys()) - TIMED,
    "scalars, surface and volume also": lambda: TIMED - SOURCE,
    "surface and scalars also": lambda: SURFACE & SCALARS - TIMED,
    "size by values": lambda: set(scene.Sizes.written_keys()),
    "points also": lambda: set(scene.PointSource.written_keys()) - SURFACE,
    "arrows": lambda: set(scene.Arrows.written_keys()),
    "surface also": lambda: SURFACE - SCALARS,
    "scalars also": lambda: SCALARS - SURFACE,
    "every segment": lambda: set(scene.Segment.written_keys()),
    "orbit": lambda: set(scene.Orbit.written_keys()) - set(scene.Segment.written_keys()),
    "still": lambda: set(scene.Still.written_keys()) - set(scene.Segment.written_keys()),
    "path": lambda: set(scene.Path.written_keys()) - set(scene.Segment.written_keys()),
    "a key of a path": lambda: set(scene.PathKey.written_keys()),
    "flight": lambda: set(scene.Flight.written_keys()) - set(scene.Segment.written_keys()),
    "a key of a flight": lambda: set(scene.FlightKey.written_keys()),
    "a view": lambda: set(scene.View.written_keys()),
    "plot of a view": lambda: set(scene.Plot.written_keys()),
    "every overlay": lambda: {"place", *scene.Overlay.written_keys()},
    "overlay": lambda: (
        {key for kind in OVERLAYS.values() for key in kind.written_keys()} - {"place", *scene.Overlay.written_keys()}
    ),
}


@pytest.mark.parametrize("table", DESCRIBED)
def test_every_key_of_the_language_is_described_and_no_other(table: str) -> None:
    assert tables()[table] == DESCRIBED[table]()


def models(model: type[Model] = Model) -> set[type[Model]]:
    return {model}.union(*(models(one) for one in model.__subclasses__()))


def test_what_comes_later_is_what_this_version_refuses_by_name() -> None:
    later = LANGUAGE.read_text("utf-8").split("## What comes later")[1]
    for model in models():
        for key in model.later:
            assert re.search(rf"[`{{ ]{key}[`,}}]", later), (model.__name__, key)


PLACES = {
    "alpha": "    {}\n",
    "visible": "    {}\n",
    "file": "    volume: {{{}}}\n",
    "color": "overlays:\n  - text: x\n    {}\n",
    "format": "overlays:\n  - time: movie\n    {}\n",
    "text": "overlays:\n  - {}\n",
    "{text": "overlays:\n  - {}\n",
    "{1s": "    alpha: {}\n",
}


def traps() -> list[tuple[str, str]]:
    """(written, to be written) of each trap that the document lists; the latter empty where it is no code."""
    section = LANGUAGE.read_text("utf-8").split("## What YAML does")[1].split("\n## ")[0]
    rows = [
        [re.findall("`([^`]+)`", cell) for cell in row.split("|")[1:4]] for row in section.splitlines() if "|" in row
    ]
    return [
        (wrong, right[index] if index < len(right) else "")
        for written, _, right in rows[2:]
        for index, wrong in enumerate(written)
    ]


@pytest.mark.parametrize(("wrong", "right"), traps())
def test_a_trap_is_an_error_with_its_line_and_the_remedy_works(wrong: str, right: str) -> None:
    def read(line: str) -> Scene:
        body = PLACES[line.split(":")[0]].format(line)
        volume = "" if "volume:" in body else "    volume: phantom:pli\n"
        return loads(f"brainreel: 1\nlayers:\n  pli:\n{volume}{body}", "a.scene.yaml")

    with pytest.raises(SceneError, match=r"a\.scene\.yaml:\d+: "):
        read(wrong)
    if right:
        read(right)
