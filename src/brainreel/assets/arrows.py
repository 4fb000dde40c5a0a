"""What layers of arrows draw: vectors at the points of a table, or at the vertices of a surface."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.assets.measuring import series_facts
from brainreel.data import Data, Mesh, MeshSeries, Series, SeriesFacts
from brainreel.errors import FormatError
from brainreel.formats.array_series import array_series, is_of_faces
from brainreel.formats.arrows import MOST_ARROWS, ArrowSeries, vectors_of
from brainreel.formats.balls import Balls
from brainreel.scene import Arrows, PointSource, Source
from brainreel.scene.values import Percentile
from brainreel.space import LENGTHS_MM
from brainreel.timeline.statistics import Distribution, series_distribution

log = logging.getLogger("brainreel")
AUTO_LENGTH = 0.1
"""Of the longest arrow where none is stated, of the largest extent of the points: as ParaView's Glyph filter."""
_AXES = re.compile(r"(.+?)[ _:.]?([xyz]|[012])")


def with_arrows(key: str, parts: dict[str, Data], data: Mapping[str, Data], source: Source) -> dict[str, Data]:
    """The `parts` of the asset `key`, of a layer of arrows with arrows in place of the points; `data` has the vectors.

    Raises FormatError where a part has no vectors, or they are none.
    """
    if not isinstance(source, PointSource) or source.arrows is None:
        return parts
    stated = source.arrows
    bases = {part: _base(item, source) for part, item in parts.items()}
    try:
        vectors = _vectors(key, bases, data, stated)
        places = {part: _places(bases[part], series, stated.every) for part, series in vectors.items()}
        facts = {part: series_facts(series) for part, series in vectors.items()}
        lengths = series_distribution(tuple(facts.values()), magnitude=True)
        scale_mm = _scale_mm(stated, lengths, [bases[part] for part in vectors])
    except FormatError as error:
        raise FormatError(f"{source.origin}: {error}") from error
    _count_missing(facts)
    return {
        part: ArrowSeries(bases[part], series, *places[part], scale_mm, _least(stated, lengths), stated.every)
        for part, series in vectors.items()
    }


def _base(item: Data, source: Source) -> Mesh | MeshSeries:
    if isinstance(item, Balls):
        return _Places(item)
    if not isinstance(item, Mesh | MeshSeries):
        raise FormatError(f"{source.origin}: {item.name} has no points; name a surface or a table of points")
    return item


def _vectors(
    key: str, bases: Mapping[str, Mesh | MeshSeries], data: Mapping[str, Data], stated: Arrows
) -> dict[str, Series]:
    """The vectors at each of `bases`, by part; those without any have no arrows."""
    if stated.vectors.is_of_the_surface:
        hemi, array = stated.vectors.hemi, str(stated.vectors.array)
        parts = {part: base for part, base in bases.items() if hemi in (None, part)}
        found = {part: array_series(base, array, stated.vectors.on) for part, base in parts.items()}
    else:
        found = _given(key, bases, data)
    for series in found.values():
        if is_of_faces(series):
            problem = "is of triangles, arrows stand at vertices; make it one, in ParaView by Cell Data to Point Data"
            raise FormatError(f"{series.name}: {problem}")
        vectors_of(series, 0)  # which raises where they are none
    if not found:
        raise FormatError(f"there are points of {' and '.join(bases)}, but no vectors at them; leave hemi: out")
    return found


def _given(key: str, bases: Mapping[str, Mesh | MeshSeries], data: Mapping[str, Data]) -> dict[str, Series]:
    """The vectors of files of their own, among `data`."""
    prefix = f"{key.split('.')[0]}.arrows."
    given = {name.removeprefix(prefix): item for name, item in data.items() if name.startswith(prefix)}
    found = {part: item for part, item in given.items() if isinstance(item, Series)}
    if strange := [part for part in found if part not in bases]:
        side, where = (strange[0], "points") if "whole" in bases else (next(iter(bases)), "vectors")
        problem = f"belongs to {strange[0]}, the points are {' and '.join(bases)}; write hemi: {side} under {where}:"
        raise FormatError(f"{found[strange[0]].name}: {problem}")
    return found


def _places(base: Mesh | MeshSeries, vectors: Series, every: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The points that have an arrow, and where their vectors are among all of a moment."""
    first = base if isinstance(base, Mesh) else base.mesh(0)
    count, width = len(first.points), vectors.width
    if isinstance(base, MeshSeries) and base.times != vectors.times:
        problem = f"has {vectors.times.count} moments, the points have {base.times.count} of other times"
        raise FormatError(f"{vectors.name}: {problem}; where points move vectors are of the same moments")
    points = np.arange(width) if vectors.vertices is None else np.asarray(vectors.vertices, np.intp)
    if isinstance(first, _Places) and width == first.balls.count and vectors.vertices is None:
        points = np.full(width, -1)
        points[first.balls.rows] = np.arange(count)
    elif vectors.vertices is None and width != count:
        problem = f"has {width:,} vectors a moment, but {base.name} has {count:,} points"
        raise FormatError(f"{vectors.name}: {problem}; name the surface that they were computed on")
    if len(points) and int(points.max()) >= count:
        problem = f"has a vector for vertex {int(points.max()):,}, but {base.name} has {count:,} (0 to {count - 1:,})"
        raise FormatError(f"{vectors.name}: {problem}; name the surface that they were computed on")
    picked = np.flatnonzero(points >= 0)[::every]
    if len(picked) > MOST_ARROWS:
        problem = f"are {len(picked):,} arrows, at most {MOST_ARROWS:,} are drawn"
        raise FormatError(f"{vectors.name}: {problem}; write every: {every * -(-len(picked) // MOST_ARROWS)}")
    return points[picked], picked


def _scale_mm(stated: Arrows, lengths: Distribution, bases: list[Mesh | MeshSeries]) -> float:
    """Millimetres of arrow per unit of the vectors. Raises FormatError where points in one place say no length."""
    if stated.scale is not None:
        return stated.scale.number * LENGTHS_MM[stated.scale.unit]
    longest = lengths.value_below(1)
    if isinstance(stated.length, str):
        meshes = [base if isinstance(base, Mesh) else base.mesh(0) for base in bases]
        points = np.concatenate([mesh.points for mesh in meshes])
        longest_mm = AUTO_LENGTH * float(np.ptp(points, axis=0).max())
        if longest_mm == 0:
            raise FormatError(
                f"{bases[0].name}: has its points in one place, so no length is automatic; write length: 8mm"
            )
    else:
        longest_mm = stated.length.number * LENGTHS_MM[stated.length.unit]
    return longest_mm / longest if longest > 0 else 0.0


def _least(stated: Arrows, lengths: Distribution) -> float:
    if isinstance(stated.least, Percentile):
        return lengths.value_below(stated.least.percent / 100)
    return float(stated.least or 0)


def _count_missing(facts: Mapping[str, SeriesFacts]) -> None:
    for series in facts.values():
        if series.missing:
            log.warning("%s: vectors that are no numbers, and are not drawn: %s", series.name, f"{series.missing:,}")


@dataclass(frozen=True, eq=False)
class _Places:
    """The points of a table as the vertices of a surface without triangles."""

    balls: Balls

    @property
    def path(self) -> Path:
        return self.balls.path

    @property
    def name(self) -> str:
        return self.balls.name

    @property
    def points(self) -> NDArray[np.float32]:
        return self.balls.centers

    @property
    def faces(self) -> NDArray[np.int32]:
        return np.empty((0, 3), np.int32)

    @property
    def hemi(self) -> None:
        return

    @property
    def arrays(self) -> Mapping[str, NDArray[np.float32]]:
        """The columns, and three of them that are named alike, such as `flow_x flow_y flow_z`, as vectors `flow`."""
        columns = self.balls.columns
        named: dict[str, list[str]] = {}
        for name in columns:
            if match := _AXES.fullmatch(name):
                named.setdefault(match[1], []).append(name)
        three = {name: found for name, found in named.items() if len(found) == 3 and name not in columns}
        return {**columns, **{name: np.stack([columns[c] for c in sorted(three[name])], 1) for name in three}}

    def fingerprint(self) -> str:
        return self.balls.fingerprint()
