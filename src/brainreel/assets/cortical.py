"""Time courses on a cortex as they are published: a subject's surfaces, hemispheres from outside and from inside."""

import logging
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from brainreel.errors import InputError, UsageError

log = logging.getLogger("brainreel")
HEMISPHERES = {"left": "lh", "right": "rh"}
_OPPOSITE = {"left": "right", "right": "left"}
_TOP, _RIGHT = 7, 90
"""Where views begin below the label, and end before the bar, in % of the picture."""


@dataclass(frozen=True)
class Subject:
    """A subject's surfaces as FreeSurfer keeps them: `folder`/`name`/surf/lh.`shape`; no folder is $SUBJECTS_DIR.

    `from_subject`: whose values these are, where they are another's.
    """

    name: str
    folder: Path | None = None
    shape: str = "inflated"
    from_subject: str | None = None

    def surfaces(self, sides: Iterable[str]) -> list[str]:
        """The files of the hemispheres `sides`. Raises UsageError for no folder, InputError where it has none."""
        folder = self._folder()
        surf = folder / self.name / "surf"
        files = [surf / f"{HEMISPHERES[side]}.{self.shape}" for side in sides]
        for file in files:
            if not file.is_file():
                raise InputError(f"{file}: there is no such surface; {self._instead(folder, surf)}")
        return [str(file) for file in files]

    def registered(self, sides: Sequence[str]) -> list[str]:
        """What carries values of `sides` over, a sphere named by the first side; none where nothing is carried.

        That is MNE's morph map, `folder`/morph-maps/A-B-morph.fif, beside a surface of the first subject; where there
        is none, both's registered spheres. Raises InputError where a subject has none.
        """
        if self.from_subject is None:
            return []
        folder = self._folder()
        pair = self.from_subject, self.name
        for one, other in (pair, pair[::-1]):
            morph_map = folder / "morph-maps" / f"{one}-{other}-morph.fif"
            surface = self._any_surface(folder, sides) if morph_map.is_file() else None
            if surface:
                log.warning("%s: carries values of %s over to %s", morph_map, *pair)
                return [surface, str(morph_map)]
        log.info("registered spheres carry values of %s over to %s", *pair)
        for name in (self.from_subject, self.name):
            surf = folder / name / "surf"
            for file in (surf / f"{HEMISPHERES[side]}.sphere.reg" for side in sides):
                if not file.is_file():
                    remedy = "FreeSurfer's recon-all makes it" if surf.is_dir() else self._instead(folder, surf)
                    raise InputError(f"{file}: there is no such sphere; {remedy}")
        first = f"{HEMISPHERES[sides[0]]}.sphere.reg"
        return [str(folder / name / "surf" / first) for name in (self.from_subject, self.name)]

    def _any_surface(self, folder: Path, sides: Sequence[str]) -> str | None:
        """A surface of the subject whose values these are, named by the first side."""
        surf = folder / str(self.from_subject) / "surf"
        for shape in ("sphere.reg", *_SHAPES):
            files = [surf / f"{HEMISPHERES[side]}.{shape}" for side in sides]
            if all(file.is_file() for file in files):
                return str(files[0])
        return None

    def _folder(self) -> Path:
        stated = self.folder or os.environ.get("SUBJECTS_DIR")
        if not stated:
            raise UsageError(
                f"--subject {self.name}: nothing says where subjects are; give --subjects-dir, or set SUBJECTS_DIR"
            )
        return Path(stated)

    def _instead(self, folder: Path, surf: Path) -> str:
        """What there is in place of what was asked for."""
        if not folder.is_dir():
            return f"--subjects-dir {folder} is no folder"
        if not surf.is_dir():
            subjects = sorted(entry.parent.name for entry in folder.glob("*/surf"))
            return f"{folder} has {'the subjects ' + ', '.join(subjects[:8]) if subjects else 'no subject'}"
        shapes = sorted({entry.suffix[1:] for entry in surf.glob("?h.*") if entry.suffix[1:] in _SHAPES})
        return f"--surface may be {', '.join(shapes)}" if shapes else f"{surf} has none"


_ANATOMY = re.compile(r"thick|curv|sulc|area|volume|myelin")
_SHAPES = ("inflated", "pial", "white", "smoothwm", "orig", "sphere")


def colors_of(path: str) -> dict[str, Any]:
    """How maps of anatomy are painted, which have no threshold; nothing for all else."""
    if not _ANATOMY.search(Path(path).name.lower()):
        return {}
    return {"color": {"map": "viridis", "range": ["p2", "p98"], "below": "first"}}


def views_of(layer: str, sides: Iterable[str]) -> dict[str, Any]:
    """Views of the hemispheres `sides` of a surface layer: each a column, from outside above, from inside below."""
    sides = list(sides)
    width, height = _RIGHT / len(sides), (100 - _TOP) / 2
    if len(sides) == 1:  # side by side
        width, height = _RIGHT / 2, 100 - _TOP
    views = {}
    for column, side in enumerate(sides):
        for row, (name, view) in enumerate((("lateral", side), ("medial", _OPPOSITE[side]))):
            x, y = (row, 0) if len(sides) == 1 else (column, row)
            area = [f"{part:g}%" for part in (x * width, _TOP + y * height, width, height)]
            still = {"view": view, "up": "superior", "parallel": True}
            views[f"{side}_{name}"] = {"area": area, "show": f"{layer}.{side}", "camera": [{"still": still}]}
    return views


def turning_views(layer: str, camera: dict[str, Any]) -> dict[str, Any]:
    """Both hemispheres of a surface layer beside each other, each in a view where it turns as the orbit `camera` says.

    Shapes without folds have the same middle, so that hemispheres drawn in one space lie in one another.
    """
    views = {}
    for column, side in enumerate(HEMISPHERES):
        area = [f"{part:g}%" for part in (column * _RIGHT / 2, _TOP, _RIGHT / 2, 100 - _TOP)]
        orbit = camera | {"around": f"{layer}.{side}", "start": side}
        views[f"{side}_hemisphere"] = {"area": area, "show": f"{layer}.{side}", "camera": [{"orbit": orbit}]}
    return views
