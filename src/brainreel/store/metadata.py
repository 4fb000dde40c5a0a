"""The metadata of a store: OME-Zarr 0.5 for everybody, and under `brainreel` what only this program asks for."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from brainreel.space import axis_lengths
from brainreel.store.levels import SIZE
from brainreel.store.plan import Image, Plan
from brainreel.work import flush

VERSION = 1
"""Of what stands under `brainreel`; raised when older stores could no longer be drawn."""

OURS = "brainreel"
_AT_ONCE = 8
"""Files whose way to the disk is waited for together."""

_TYPES = {"t": "time", "c": "channel"}
_REDUCED = {"mean": "mean", "max": "maximum", "mode": "mode", "nearest": "nearest"}


def write_metadata(folder: Path, plan: Plan, fingerprint: str) -> None:
    """Write all `zarr.json`, the group's last: without it a store is none. All is on the disk then."""
    for level in range(len(plan.layout.levels)):
        (folder / str(level)).mkdir(exist_ok=True)  # a level may be all empty
        _write(folder / str(level) / "zarr.json", _array(plan, level))
    others = [folder / OURS, *(folder / OURS).rglob("*"), *folder.glob("*/zarr.json"), *folder.glob("[0-9]*")]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(flush, others))
    _write(folder / "zarr.json", {"zarr_format": 3, "node_type": "group", "attributes": _attributes(plan, fingerprint)})
    flush(folder / "zarr.json")
    flush(folder)


def read_ours(folder: Path) -> Mapping[str, Any] | None:
    """What stands under `brainreel` in a store; None where it is not one of ours."""
    try:
        said = json.loads((folder / "zarr.json").read_bytes())["attributes"][OURS]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return said if isinstance(said, Mapping) else None


def is_store(path: Path) -> bool:
    """Whether there is a store at `path` that brainreel made."""
    return path.is_dir() and read_ours(path) is not None


def _array(plan: Plan, level: int) -> dict[str, Any]:
    layout, leading = plan.layout, plan.layout.leading
    ones = [1] * len(leading)
    deep, high, wide = layout.shard(level)
    inner = [{"name": "bytes", **_little(layout.dtype)}, *plan.codec.steps, {"name": "crc32c"}]
    sharding = {
        "chunk_shape": [*ones, SIZE, SIZE, SIZE],
        "codecs": inner,
        "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
        "index_location": "end",
    }
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [*leading, *layout.levels[level].shape],
        "data_type": layout.dtype.name,
        "fill_value": 0.0 if layout.dtype.kind == "f" else 0,
        "attributes": {},
        "chunk_grid": {
            "name": "regular",
            "configuration": {"chunk_shape": [*ones, *(n * SIZE for n in (deep, high, wide))]},
        },
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
        "dimension_names": [*plan.image.axes, "z", "y", "x"],
        "storage_transformers": [],
    }


def _little(dtype: np.dtype) -> dict[str, Any]:
    return {"configuration": {"endian": "little"}} if dtype.itemsize > 1 else {}


def _attributes(plan: Plan, fingerprint: str) -> dict[str, Any]:
    image = plan.image
    volume = image.volumes[0]
    ours = {
        "version": VERSION,
        "fingerprint": fingerprint,
        "world_from_voxel": np.asarray(volume.world_from_voxel, float).tolist(),
        "unit": volume.unit,
        "factors": [list(level.factors) for level in plan.layout.levels],
        "codec": plan.codec.name,
        "reduction": plan.reduction.name,
        "first_bin": plan.binning.first,
        "bins_per_value": plan.binning.per_value,
        **({"is_rgb": True} if image.is_rgb else {}),
        **({"moments_s": list(image.times.uneven)} if image.times and image.times.uneven else {}),
    }
    ome: dict[str, Any] = {"version": "0.5", "multiscales": [_multiscale(plan)]}
    if image.channels:
        ome["omero"] = {"channels": [_look(image, k) for k in range(len(image.channels))]}
    return {"ome": ome, OURS: ours}


def _multiscale(plan: Plan) -> dict[str, Any]:
    image, volume = plan.image, plan.image.volumes[0]
    factor, unit = _length(plan)
    axes: list[dict[str, str]] = [{"name": axis, "type": _TYPES[axis]} for axis in image.axes]
    if image.times is not None and image.times.unit == "s":
        axes[0]["unit"] = "second"
    axes += [{"name": axis, "type": "space", **({"unit": unit} if unit else {})} for axis in "zyx"]
    world = np.asarray(volume.world_from_voxel, float)
    spacing = np.array(axis_lengths(world))[::-1] * factor
    first = (world[:3, 3][::-1] if _is_straight(world) else np.zeros(3)) * factor
    times = image.times if image.times is not None and image.times.unit == "s" else None
    datasets = []
    for number, level in enumerate(plan.layout.levels):
        scale = [times.step_s if axis == "t" and times else 1.0 for axis in image.axes]
        shift = [times.first_s if axis == "t" and times else 0.0 for axis in image.axes]
        scale += (spacing * level.factors).tolist()
        shift += (first + spacing * (np.array(level.factors) - 1) / 2).tolist()  # centres of the first voxels
        steps = [{"type": "scale", "scale": scale}, {"type": "translation", "translation": shift}]
        datasets.append({"path": str(number), "coordinateTransformations": steps})
    kind = {"type": _REDUCED.get(plan.reduction.name, plan.reduction.name)}
    return {"name": image.name, "axes": axes, "datasets": datasets, **kind}


def _length(plan: Plan) -> tuple[float, str | None]:
    """What millimetres are multiplied by, and the unit: micrometres for what is finer than a tenth of a millimetre."""
    volume = plan.image.volumes[0]
    if volume.unit != "mm":
        return 1.0, None
    return (1e3, "micrometer") if min(axis_lengths(volume.world_from_voxel)) < 0.1 else (1.0, "millimeter")


def _is_straight(world: np.ndarray) -> bool:
    """Whether voxels ascend along x, y and z of the world, so that scale and translation say it all."""
    return bool(np.allclose(world[:3, :3], np.diag(axis_lengths(world)), atol=1e-9 * max(axis_lengths(world))))


def _look(image: Image, index: int) -> dict[str, Any]:
    channel = image.channels[index]
    look: dict[str, Any] = {"label": channel.name, "active": True}
    if channel.color is not None:
        look["color"] = "".join(f"{round(255 * part):02X}" for part in channel.color)
    if channel.window is not None:
        low, high = channel.window
        look["window"] = {"start": low, "end": high, "min": low, "max": high}
    return look


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
