"""Points by their names: which are meant, and what is written beside them."""

from collections.abc import Iterable

from brainreel.data.facts import MeshFacts
from brainreel.scene.faults import Path, nearest
from brainreel.scene.letters import missing_letters
from brainreel.scene.point_names import PointNames
from brainreel.timeline.looks import NamesLook
from brainreel.timeline.setting import Setting, screen_part

MOST_NAMES = 2000
"""So many are arranged in a blink, and more cannot be read."""


def names_look(setting: Setting, model: PointNames | bool, facts: MeshFacts, path: Path) -> NamesLook | None:
    """What is written beside the points of `facts`; None where nothing is. Raises SceneError where they have no names,
    too many, or such that the font has no letters for."""
    if not model:
        return None
    stated = model if isinstance(model, PointNames) else PointNames()
    chosen = set(rows_of(setting, facts, stated.points, (*path, "points")) if stated.points else facts.point_rows)
    named = zip(facts.point_rows, facts.point_names, strict=True)
    texts = tuple(name if row in chosen else "" for row, name in named)
    count = sum(map(bool, texts))
    if not count:
        raise setting.error(f"{facts.name} has no names; give it a column name, or leave this out", path)
    if count > MOST_NAMES:
        message = f"are {count:,} names, at most {MOST_NAMES:,} are written; choose some, {{points: [E1, E2]}}"
        raise setting.error(message, path)
    if missing := missing_letters("".join(texts)):
        raise setting.error(f"the font has no {missing}, which {facts.name} has in its names; write others", path)
    return NamesLook(texts, setting.value(lambda: screen_part(stated.size), (*path, "size")), stated.color.rgb)


def rows_of(setting: Setting, facts: MeshFacts, points: Iterable[int | str], path: Path) -> list[int]:
    """The rows of the file that `points` are in, by names or by their numbers. Raises SceneError for others."""
    return [_row_of(setting, facts, point, path) for point in points]


def _row_of(setting: Setting, facts: MeshFacts, point: int | str, path: Path) -> int:
    """The row of the file that a point is in, by its name or that row's number."""
    if isinstance(point, int):
        if point not in facts.point_rows:
            known = f"{facts.point_rows[0]} to {facts.point_rows[-1]}"
            raise setting.error(f"row {point} of {facts.name} has no point; those with a place are {known}", path)
        return point
    rows = [row for row, name in zip(facts.point_rows, facts.point_names, strict=True) if name == point]
    if not rows:
        raise setting.error(f"{facts.name} has no point {point}; {nearest(point, facts.point_names)}", path)
    if len(rows) > 1:
        told = " and ".join(map(str, rows[:2]))
        raise setting.error(f"{facts.name} has the name {point} in the rows {told}; write the number of one", path)
    return rows[0]
