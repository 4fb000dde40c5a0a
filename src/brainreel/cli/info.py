"""`brainreel info`: what files are, as brainreel reads them."""

from typing import Annotated, Any

import typer

from brainreel.cli.options import (
    ComponentOption,
    DtypeOption,
    OrderOption,
    ShapeOption,
    SpaceOption,
    SpacingOption,
    TimesOption,
    reading_options,
    require_names,
)
from brainreel.errors import UsageError

_ARRAY_ROWS = {"arrays": "arrays", "face_arrays": "on triangles"}
_MOST_LABELS = 100
_MOST_NAMES = 16
_INDENT = "\n" + " " * 15


def info(
    data: Annotated[list[str], typer.Argument(metavar="DATA...", help="Files, folders, phantoms, or made movies.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, everything that is known.")] = False,
    show_scene: Annotated[
        bool, typer.Option("--scene", help="Print the scene inside a movie or picture and nothing else.")
    ] = False,
    dtype: DtypeOption = None,
    shape: ShapeOption = None,
    spacing: SpacingOption = None,
    byte_order: OrderOption = None,
    times: TimesOption = None,
    component: ComponentOption = None,
    space: SpaceOption = None,
) -> None:
    """Say what data are: shape, spacing, range, times, hemisphere; what a movie is, and how it was made.

    \b
    brainreel info T1.nii.gz lh.pial meg-lh.stc
    brainreel info raw/ --dtype uint8 --shape z=93,y=64,x=64
    brainreel info movie.mp4 --scene > again.scene.yaml
    """
    import json

    from brainreel.cli.console import library_warnings
    from brainreel.cli.made import about_made, made_lines, scene_of

    require_names(data)
    if show_scene:
        print(scene_of(_only(data, as_json)), end="")
        return
    with library_warnings():
        for name in data:
            about = about_made(name)
            if about is not None:
                print(json.dumps({"file": name, **about}) if as_json else made_lines(name, about))
                continue
            reading = reading_options(dtype, shape, spacing, byte_order, times, component, space)
            for part, (facts, arrays) in _facts(name, reading).items():
                record = {"file": name, "part": part, **_plain(facts, arrays)}
                print(json.dumps(record) if as_json else _lines(name, part, facts, arrays))


def _only(data: list[str], as_json: bool) -> str:
    """The one file whose scene is asked for."""
    if len(data) > 1:
        raise UsageError(f"--scene {' '.join(data)}: a scene is taken out of one file; name one")
    if as_json:
        raise UsageError("--scene --json: --json has the scene under its key scene; leave one out")
    return data[0]


def _facts(name: str, reading: dict[str, Any]) -> dict[str, tuple[Any, dict[str, tuple[Any, ...]]]]:
    """Facts of each part of one argument, and of the arrays of surfaces."""
    from brainreel.assets import arrays_of, measure, open_parts
    from brainreel.cli.job import options_blamed

    with options_blamed():
        return {part: (measure(item), arrays_of(item)) for part, item in open_parts(name, reading).items()}


def _plain(facts: Any, arrays: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(facts) | {kind: [asdict(array) for array in found] for kind, found in arrays.items()}


def _lines(name: str, part: str, facts: Any, arrays: dict[str, tuple[Any, ...]]) -> str:
    told = {
        "volume": _volume_rows, "mesh": _mesh_rows, "series": _series_rows, "parcels": _parcel_rows,
        "transform": _transform_rows,
    }  # fmt: skip
    rows = told[facts.kind](facts) | {_ARRAY_ROWS[kind]: _array_lines(found) for kind, found in arrays.items()}
    title = name if part in ("volume", "whole") else f"{facts.name} ({part})"
    ordered = sorted(rows.items(), key=lambda row: row[0] == "fingerprint")
    return "\n".join([title, *(f"  {key:12} {value}" for key, value in ordered)])


def _volume_rows(facts: Any) -> dict[str, str]:
    import numpy as np

    from brainreel.cli.console import people_bytes

    nz, ny, nx = facts.shape
    scale, unit = _unit(facts.unit, max(facts.bounds.extent))
    x, y, z = (scale * step for step in facts.spacing)
    size = int(np.prod(facts.shape, dtype=np.int64)) * np.dtype(facts.dtype).itemsize
    return {
        "volume": f"z={nz}, y={ny}, x={nx} voxels of {facts.dtype}, {people_bytes(size)}",
        "spacing": f"z={z:.6g}, y={y:.6g}, x={x:.6g}{unit or '; the files state no unit, give --spacing'}",
        "extent": " x ".join(f"{scale * edge:.5g}" for edge in facts.bounds.extent) + f"{unit} (x, y, z)",
        "centre": ", ".join(f"{scale * v:.5g}" for v in facts.bounds.center) + unit,
        "values": f"{facts.quantiles[0]:.6g} to {facts.quantiles[-1]:.6g}, median {_middle(facts.quantiles):.6g}, "
        f"99 % below {facts.quantiles[-21]:.6g}",
        "background": f"below about {facts.background:.4g}",
        **({"moments": _moments(facts.times)} if facts.times else {}),
        "fingerprint": facts.fingerprint,
    }


def _unit(stated: str, extent: float) -> tuple[float, str]:
    """What lengths are multiplied by to be read, and the unit to write behind them: what is microscopic in um."""
    if stated == "mm" and 0 < extent < 1:
        return 1e3, " um"
    return 1.0, "" if stated == "none" else f" {stated}"


def _mesh_rows(facts: Any) -> dict[str, str]:
    extent = " x ".join(f"{edge:.4g}" for edge in facts.bounds.extent)
    return {
        **({"points": _points_line(facts.point_names)} if facts.point_names else {}),
        "surface": f"{facts.vertex_count:,} vertices, {facts.face_count:,} triangles",
        "hemisphere": facts.hemi or "not stated",
        "extent": f"{extent} mm (x, y, z), centre at " + ", ".join(f"{v:.4g}" for v in facts.bounds.center),
        "arrays": ", ".join(facts.arrays) or "none",
        **({"moments": _moments(facts.times) + _of_shapes(facts)} if facts.times else {}),
        "fingerprint": facts.fingerprint,
    }


def _points_line(names: tuple[str, ...]) -> str:
    """How many points there are, and what the first ones are called."""
    called = [name for name in names if name]
    some = ", ".join(called[:_MOST_NAMES]) + " ..." * (len(called) > _MOST_NAMES)
    return f"{len(names):,}" + f": {some}" * bool(called)


def _of_shapes(facts: Any) -> str:
    """What else is known of a surface over time: whether something lies between its moments, and what was measured."""
    triangles = "the same triangles" if facts.same_faces else "triangles that change"
    some = f"; extent and arrays of {facts.measured} of them" if facts.measured < facts.times.count else ""
    return f", {triangles}{some}"


def _array_lines(arrays: tuple[Any, ...]) -> str:
    """One line an array: its range, unit and type."""
    width = max((len(array.name) for array in arrays), default=0)
    return _INDENT.join(f"{array.name:{width}}  {_array_line(array)}" for array in arrays) or "none"


def _array_line(array: Any) -> str:
    known = [array.problem or f"{array.low:.6g} to {array.high:.6g}{' ' * bool(array.unit)}{array.unit}"]
    known += [f"{array.components} components"] * (array.components > 1)
    known += [f"lengths {array.lengths[0]:.6g} to {array.lengths[1]:.6g}"] if array.lengths else []
    known += [array.dtype] * bool(array.dtype)
    known += [f"{array.missing:,} missing"] * bool(array.missing)
    return ", ".join(known)


def _series_rows(facts: Any) -> dict[str, str]:
    each = f"{facts.width:,} values" + (" per vertex" if facts.times.unit == "items" else " each")
    return {
        "series": f"{_moments(facts.times)}, {each}",
        "hemisphere": facts.hemi or "not stated",
        "lengths" if facts.are_lengths else "values": f"{facts.quantiles[0]:.6g} to {facts.quantiles[-1]:.6g}, "
        f"median {_middle(facts.quantiles):.6g}",
        **({"missing": f"{facts.missing:,} are no number"} if facts.missing else {}),
        **({"maps": _array_lines(facts.maps)} if facts.maps else {}),
        "fingerprint": facts.fingerprint,
    }


def _parcel_rows(facts: Any) -> dict[str, str]:
    """The labels that vertices have, with what the table calls them, and in which colour."""
    named = {entry.label: entry for entry in facts.entries}
    shown = [_label_line(named[label]) for label in facts.labels[:_MOST_LABELS]]
    left = len(facts.labels) - len(shown)
    lines = [*shown, *([f"and {left:,} more"] if left else [])]
    found = f"{len(facts.labels)} of {len(facts.entries)} labels in its table"
    return {
        "parcels": f"{found}, on {facts.vertex_count:,} vertices",
        "hemisphere": facts.hemi or "not stated",
        **({"unlabelled": f"{facts.unlabelled:,} of the vertices"} if facts.unlabelled else {}),
        **({"maps": ", ".join(facts.maps)} if facts.maps else {}),
        "labels": _INDENT.join(lines),
        "fingerprint": facts.fingerprint,
    }


def _label_line(entry: Any) -> str:
    red, green, blue = (round(255 * part) for part in entry.color)
    return f"{entry.label} {entry.name}, #{red:02x}{green:02x}{blue:02x}"


def _transform_rows(facts: Any) -> dict[str, str]:
    """What it does to the data that it moves, first to last."""
    steps = [_warped(step) if len(step) == 2 else _turned(step) for step in facts.moments[0]]
    return {f"step {k}" if len(steps) > 1 else "transform": text for k, text in enumerate(steps, 1)} | {
        "fingerprint": facts.fingerprint
    }


def _turned(matrix: Any) -> str:
    import numpy as np

    affine = np.array(matrix)
    left, lengths, right = np.linalg.svd(affine[:3, :3])
    angle = np.degrees(np.arccos(np.clip((abs(np.trace(left @ right)) - 1) / 2, -1, 1)))
    mirrored = "mirrors, " if np.linalg.det(affine[:3, :3]) < 0 else ""
    shift = ", ".join(f"{value:.5g}" for value in affine[:3, 3])
    return f"affine: {mirrored}turns {angle:.4g} deg, stretches {lengths[2]:.4g} to {lengths[0]:.4g}, shifts {shift} mm"


def _warped(reach: Any) -> str:
    low, high = reach
    ways = ", ".join(f"{a:.4g} to {b:.4g}" for a, b in zip(low, high, strict=True))
    return f"warp: moves points by {ways} mm (x, y, z)"


def _moments(axis: Any) -> str:
    """How many moments there are, and when, with the digits that a clock needs."""
    from brainreel.space import TIMES_S
    from brainreel.timeline.clocks import SLOW_S

    if axis.unit == "items":
        return f"{axis.count} item{'s' if axis.count > 1 else ''}"
    unit = "s" if axis.step_s >= SLOW_S else "ms"
    first, last, step = (f"{t / TIMES_S[unit]:.10g} {unit}" for t in (axis.first_s, axis.last_s, axis.step_s))
    return f"{axis.count} moments, {first} to {last} " + (
        f"unevenly, {step} on average" if axis.uneven else f"by {step}"
    )


def _middle(quantiles: tuple[float, ...]) -> float:
    return quantiles[len(quantiles) // 2]
