"""How the rows of source estimates reach all vertices of the mesh that they are painted on."""

import numpy as np

from brainreel.data import Mesh, Series
from brainreel.errors import FormatError
from brainreel.space.spreading import Spread, spread


def spread_series(series: Series, mesh: Mesh, steps: int | None) -> Spread | None:
    """How rows of `series` reach all vertices of `mesh`; None where they have a value for each, in order.

    Raises FormatError where they do not belong to the mesh: a vertex number beyond it, or another number of values.
    """
    count = len(mesh.points)
    if series.vertices is None:
        if series.width != count:
            raise FormatError(
                f"{series.name}: rows of {series.width} values do not fit {mesh.name}, which has {count} vertices; "
                "give the surface that the values were computed on"
            )
        return None
    vertices = np.asarray(series.vertices)
    outside = vertices[(vertices < 0) | (vertices >= count)]
    if outside.size:
        raise FormatError(
            f"{series.name}: vertex number {outside[-1]} is beyond {mesh.name}, which has {count} vertices; "
            "give the surface that the estimate was computed on"
        )
    return spread(vertices, mesh.faces, count, steps)
