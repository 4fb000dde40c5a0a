"""What layers of points draw: balls, of one size or of two between which they grow, and values on them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from brainreel.data import Data, Series
from brainreel.errors import FormatError
from brainreel.formats.balls import Balls, BallsByValues, PointValues
from brainreel.formats.mesh_series import ShapeSeries
from brainreel.formats.points import open_points
from brainreel.scene import PointSource, Source


def open_balls(source: PointSource, path: Path) -> dict[str, Data]:
    """The balls of the file at `path`; those of the least and the largest size as the shapes of a morph."""
    if len(source.paths) > 1:
        raise FormatError(f"{source.origin}: points are in one file; write a layer for each of {len(source.paths)}")
    balls = open_points(path, source.unit)
    if source.range:
        return {"whole": balls}
    sized = tuple(replace(balls, size_mm=size) for size in source.sizes_mm)
    return {"whole": sized[0] if len(sized) == 1 else ShapeSeries(sized)}


def on_points(key: str, item: Data, data: Mapping[str, Data], source: Source) -> Data:
    """The asset `key`: of a layer of points in `data` its values on all of a ball, its balls as large as values say.

    Else `item`. Raises FormatError where there is not a value a point.
    """
    layer = key.split(".")[0]
    if isinstance(source, PointSource) and source.range:
        (values,) = (data[name] for name in data if name.startswith(f"{layer}.size."))
        if not isinstance(item, Balls) or not isinstance(values, Series):
            raise TypeError(f"{key} is a {type(item).__name__}, points of a size by values are Balls")
        return BallsByValues(item, PointValues(values, item), source.range, source.sizes_mm)
    surface = data.get(f"{layer}.surface.whole")
    balls = surface.shapes[0] if isinstance(surface, ShapeSeries) else surface
    balls = balls.balls if isinstance(balls, BallsByValues) else balls
    return PointValues(item, balls) if isinstance(item, Series) and isinstance(balls, Balls) else item
