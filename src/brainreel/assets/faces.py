"""Layers whose triangles have values of their own: the surface with its triangles apart, and all that is on it."""

from collections.abc import Mapping

from brainreel.data import Data, Mesh, MeshSeries, Parcellation, Series
from brainreel.formats.array_series import is_of_faces
from brainreel.formats.unshared import at_corners, unshared_surface
from brainreel.scene import ScalarSource, Source


def apart(data: Mapping[str, Data], sources: Mapping[str, Source]) -> dict[str, Data]:
    """What of `data` is on parts of layers that are painted with values of triangles, as it is on triangles apart.

    `sources` say how far values are spread; both go by asset key, that of a source without the part.
    """
    found: dict[str, Data] = {}
    for layer, part in sorted({_place(key) for key, item in data.items() if is_of_faces(item)}):
        surface = data[f"{layer}.surface.{part}"]
        assert isinstance(surface, Mesh | MeshSeries)  # what does not fit was refused
        found[f"{layer}.surface.{part}"] = unshared_surface(surface)
        for key, item in data.items():
            if key.startswith(f"{layer}.paint.") and _place(key)[1] == part and isinstance(item, Series | Parcellation):
                source = sources.get(key.rpartition(".")[0])
                steps = source.smooth if isinstance(source, ScalarSource) else None
                found[key] = at_corners(item, surface, steps)
    return found


def _place(key: str) -> tuple[str, str]:
    """The layer of an asset key, and the part."""
    return key.split(".")[0], key.rpartition(".")[2]
