"""`brainreel demo`: a movie of synthetic brains, made from scenes that come with the package."""

from pathlib import Path
from typing import Annotated

import typer

from brainreel.cli.options import BudgetOption, ThreadsOption, parse_bytes, require_output


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the movie goes.")] = Path("brainreel-demo.mp4"),
    size: Annotated[str, typer.Option("--size", help="Pixels.")] = "1280x720",
    threads: ThreadsOption = None,
    budget: BudgetOption = "4GB",
    show_scene: Annotated[bool, typer.Option("--scene", help="Print the demo's scene instead.")] = False,
) -> None:
    """Make the demo: a volume turns, then a cortex lights up. Needs no data."""
    from importlib.resources import files

    from brainreel.cli.console import library_warnings
    from brainreel.cli.job import movie_settings, prepare
    from brainreel.cli.movie import make
    from brainreel.encode import encoder_for
    from brainreel.scene import loads

    text = files("brainreel.cli").joinpath("demo.scene.yaml").read_text("utf-8")
    if show_scene:
        print(text, end="")
        return
    require_output(output)
    with library_warnings():
        scene = loads(text, "demo.scene.yaml", sets=movie_settings(size, None, None))
        encoder = encoder_for(output, scene.movie.size, scene.movie.fps)
        encoder.check(output)
        make(prepare(scene, draft=False, budget_bytes=parse_bytes(budget), threads=threads), output, encoder)
