"""What layers of points draw: balls, of one size or of two between which they grow, and values on them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from brainreel.data import Data, Series
from brainreel.errors import FormatError
from brainreel.formats.mesh_series import ShapeSeries
from brainreel.formats.points import Balls, PointValues, open_points
from brainreel.scene import PointSource


def open_balls(source: PointSource, path: Path) -> dict[str, Data]:
    """The balls of the file at `path`; those of the least and the largest size as the shapes of a morph."""
    if len(source.paths) > 1:
        raise FormatError(f"{source.origin}: points are in one file; write a layer for each of {len(source.paths)}")
    balls = open_points(path, source.unit)
    sized = tuple(replace(balls, size_mm=size) for size in source.sizes_mm)
    return {"whole": sized[0] if len(sized) == 1 else ShapeSeries(sized)}


def on_points(key: str, item: Data, data: Mapping[str, Data]) -> Data:
    """`item` itself, or where its layer in `data` draws points the values of the asset `key` on all of a ball."""
    surface = data.get(f"{key.split('.')[0]}.surface.whole")
    balls = surface.shapes[0] if isinstance(surface, ShapeSeries) else surface
    return PointValues(item, balls) if isinstance(item, Series) and isinstance(balls, Balls) else item
