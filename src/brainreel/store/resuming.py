"""What an unfinished store is to become: nothing else may go on with it."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from brainreel.errors import InputError
from brainreel.store.plan import Plan
from brainreel.work import replacing

VERSION = 1
"""Changes whenever equal sources would become other bytes."""

_SAID = "plan.json"


def identity_of(plan: Plan, files: list[list[str | int]], folder: Path, work: Path) -> str:
    """A hex digest of all that the store's bytes follow from, kept under `work` for the next run.

    `files`: the source's, as `Watched.state` has them. Raises InputError where what lies in `folder` is not of this
    conversion.
    """
    said, kept = _statement(plan, files), work / _SAID
    if kept.exists():
        before = json.loads(kept.read_text())
        if before != said:
            raise InputError(
                f"{folder}: holds an unfinished conversion of something else ({_difference(before, said)}); delete it, "
                "or choose another output"
            )
    else:
        others = sorted(entry.name for entry in folder.iterdir() if entry != work)
        if others:
            raise InputError(f"{folder}: holds {others[0]}, of no conversion; delete it, or choose another output")
        with replacing(kept) as written:
            written.write_text(json.dumps(said))
    return hashlib.blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


def _statement(plan: Plan, files: list[list[str | int]]) -> dict[str, Any]:
    volume = plan.image.volumes[0]
    return {
        "version": VERSION,
        "source": files or [one.fingerprint() for one in plan.image.volumes],
        "shape": [*plan.layout.leading, *volume.shape],
        "dtype": plan.layout.dtype.name,
        "place": np.asarray(volume.world_from_voxel, float).tolist(),
        "codec": plan.codec.name,
        "reduction": plan.reduction.name,
        "bins": [plan.binning.first, plan.binning.per_value],
        "passes": [[one.levels.start, one.levels.stop, len(one.slabs[0])] for one in plan.passes],
    }


def _difference(before: dict[str, Any], now: dict[str, Any]) -> str:
    """What of two statements is not the same, in words."""
    for key in now:
        if before.get(key) == now[key]:
            continue
        if key == "source":
            return _changed_file(before["source"], now["source"])
        if key == "passes":
            return "it was begun with another --budget or --threads"
        return f"its {key} was {before.get(key)}, now it is {now[key]}"
    return "made by another version"


def _changed_file(before: list[Any], now: list[Any]) -> str:
    for old, new in zip(before, now, strict=False):
        if old != new and isinstance(old, list) and isinstance(new, list):
            return f"{old[0]} has changed" if old[0] == new[0] else f"its files were {old[0]}, now they are {new[0]}"
    return "other files" if isinstance(now[0], list) else "another source"
