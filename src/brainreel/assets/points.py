"""What layers of points draw: balls, of one size or of two between which they grow, and values on them or on arrows."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from brainreel.data import Data, Series
from brainreel.errors import FormatError
from brainreel.formats.array_series import array_series
from brainreel.formats.arrows import ArrowSeries
from brainreel.formats.balls import Balls, BallsByValues, PointValues
from brainreel.formats.mesh_series import ShapeSeries
from brainreel.formats.points import open_points
from brainreel.scene import PointSource, Source


def open_balls(source: PointSource, path: Path) -> dict[str, Data]:
    """The balls of the file at `path`; those of the least and the largest size as the shapes of a morph."""
    if len(source.paths) > 1:
        raise FormatError(f"{source.origin}: points are in one file; write a layer for each of {len(source.paths)}")
    balls = open_points(path, source.unit)
    if source.range or source.arrows is not None:
        return {"whole": balls}
    sized = tuple(replace(balls, size_mm=size) for size in source.sizes_mm)
    return {"whole": sized[0] if len(sized) == 1 else ShapeSeries(sized)}


def on_points(key: str, item: Data, data: Mapping[str, Data], source: Source) -> Data:
    """The asset `key`: of a layer of points in `data` its values on all of a ball or an arrow, its balls as large as
    values say.

    Else `item`. Raises FormatError where there is not a value a point.
    """
    layer = key.split(".")[0]
    if isinstance(source, PointSource) and source.range:
        if not isinstance(item, Balls):
            raise TypeError(f"{key} is a {type(item).__name__}, points of a size by values are Balls")
        return BallsByValues(item, _sizing(layer, item, data, source), source.range, source.sizes_mm)
    arrows = data.get(f"{layer}.surface.{key.split('.')[-1]}")
    if isinstance(arrows, ArrowSeries):
        return PointValues(item, arrows) if isinstance(item, Series) else item
    surface = data.get(f"{layer}.surface.whole")
    balls = surface.shapes[0] if isinstance(surface, ShapeSeries) else surface
    balls = balls.balls if isinstance(balls, BallsByValues) else balls
    return PointValues(item, balls) if isinstance(item, Series) and isinstance(balls, Balls) else item


def _sizing(layer: str, balls: Balls, data: Mapping[str, Data], source: PointSource) -> Series:
    """The values by which `balls` are sized, on their vertices."""
    if source.column is not None:
        try:
            return array_series(balls, source.column)
        except FormatError as error:
            raise FormatError(f"{source.origin}: {error}") from error
    found = [item for name, item in data.items() if name.startswith(f"{layer}.size.") and isinstance(item, Series)]
    if len(found) != 1:
        names = " and ".join(item.name for item in found)
        raise FormatError(f"{source.origin}: sizes go by the values of one file, not by {names}; write hemi: left")
    return PointValues(found[0], balls)
