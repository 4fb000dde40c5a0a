"""`brainreel scene`: write a scene for data, check one, its schema, the frames it resolves to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from brainreel.cli.options import (
    ComponentOption,
    DataArguments,
    DtypeOption,
    FromOption,
    FromSubjectOption,
    ModeOption,
    OrderOption,
    SetOption,
    ShapeOfSurfaceOption,
    ShapeOption,
    SlowOption,
    SpaceOption,
    SpacingOption,
    SubjectOption,
    SubjectsDirOption,
    TimesOption,
    ToOption,
    VarOption,
    parse_course,
    parse_subject,
    parse_variables,
    reading_options,
)
from brainreel.errors import UsageError

app = typer.Typer(help="Write, check and look into scenes.", no_args_is_help=True)
SceneArgument = Annotated[str, typer.Argument(metavar="SCENE", help="A scene file (.yaml).")]


@app.command("new")
def new(
    data: DataArguments,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="NAME.scene.yaml; printed when absent.")] = None,
    set_: SetOption = None,
    dtype: DtypeOption = None,
    shape: ShapeOption = None,
    spacing: SpacingOption = None,
    byte_order: OrderOption = None,
    times: TimesOption = None,
    component: ComponentOption = None,
    space: SpaceOption = None,
    mode: ModeOption = "auto",
    subject: SubjectOption = None,
    subjects_dir: SubjectsDirOption = None,
    surface: ShapeOfSurfaceOption = None,
    from_subject: FromSubjectOption = None,
    slow: SlowOption = None,
    begin: FromOption = None,
    end: ToOption = None,
) -> None:
    """Write the scene that `brainreel movie DATA...` would film: a short text file, to edit and to film.

    \b
    brainreel scene new T1.nii.gz -o t1.scene.yaml
    brainreel scene new T1.nii.gz -o sweep.scene.yaml --mode sweep
    brainreel scene new meg-lh.stc lh.pial rh.pial -o meg.scene.yaml

    The whole language: docs/scene.md, brainreel scene schema; scenes to copy: examples/.
    """
    from brainreel.cli.console import library_warnings
    from brainreel.cli.job import SCENE_SUFFIXES, read_scene
    from brainreel.scene import Reel, dump
    from brainreel.work import check_writable, replacing

    if output and output.suffix.lower() not in SCENE_SUFFIXES:
        raise UsageError(f"-o {output}: a scene ends in .yaml; name it {output.stem}.scene.yaml")
    if output and output.exists():
        raise UsageError(f"{output}: is there already; choose another name, or remove it")
    if output:
        check_writable(output)
    if output and output.resolve().parent != Path.cwd():  # a scene's paths begin where it lies
        data = [name if name.startswith("phantom:") else str(Path(name).resolve()) for name in data]
        subjects_dir = subjects_dir and subjects_dir.resolve()
        space = space and str(Path(space).resolve())
    with library_warnings():
        proposed = read_scene(
            data,
            reading_options(dtype, shape, spacing, byte_order, times, component, space),
            {},
            set_ or [],
            mode,
            parse_subject(subject, subjects_dir, surface, from_subject),
            parse_course(slow, begin, end),
        )
        if isinstance(proposed, Reel):
            raise UsageError(f"{data[0]}: is a reel of scenes already; copy the file to edit it")
        text = dump(proposed)
    if output:
        with replacing(output) as temporary:
            temporary.write_text(text, "utf-8")
        print(f"{output}: written; brainreel movie {output} -o movie.mp4 makes its movie")
    else:
        print(text, end="")


@app.command("check")
def check(scene: SceneArgument, set_: SetOption = None, var: VarOption = None) -> None:
    """Check a scene and its data without drawing: every name, file, time and range."""
    from brainreel.cli.console import library_warnings
    from brainreel.cli.job import read_scene, resolved
    from brainreel.render import check_frame
    from brainreel.scene import Reel

    with library_warnings():
        read = read_scene([scene], {}, parse_variables(var), set_ or [])
        _, film = resolved(read)
        for frame in film.frames():
            check_frame(frame)
    width, height = film.size
    print(
        f"{scene}: good; {film.frame_count} frames of {width}x{height}, {float(film.duration_s):g} s at {film.fps} "
        f"fps, {f'{len(read.reel)} chapters' if isinstance(read, Reel) else 'layers ' + ', '.join(read.layers)}"
    )


@app.command("schema")
def schema() -> None:
    """Print the JSON schema of scenes, from which editors complete."""
    import json

    from brainreel.scene import schema

    print(json.dumps(schema(), indent=2))


@app.command("frames")
def frames(
    scene: SceneArgument,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    set_: SetOption = None,
    var: VarOption = None,
) -> None:
    """Print what every frame shows: time, cameras, plots, clocks, layers."""
    import json

    from brainreel.cli.console import library_warnings
    from brainreel.cli.job import read_scene, resolved
    from brainreel.timeline import frames_json

    with library_warnings():
        read = read_scene([scene], {}, parse_variables(var), set_ or [])
        _, film = resolved(read)
    for record in frames_json(film):
        if as_json:
            print(json.dumps(record))
        else:
            views = record.get("views", {"camera": record})
            seen = "  ".join(f"{name} {_seen(view)}" for name, view in views.items())
            clocks = " ".join(f"{name}={value:g}" for name, value in record["clocks"].items())
            print(f"{record['frame']:6d} {record['time_s']:9.4f} s  {seen}  {clocks}".rstrip())


def _seen(view: Mapping[str, Any]) -> str:
    """Where a view's camera stands, or where the cursor of a plot does."""
    if "camera" in view:
        return ", ".join(f"{v:.2f}" for v in view["camera"]["position"])
    return "no cursor" if view["cursor"] is None else f"{view['cursor']:g} {view['unit']}"
