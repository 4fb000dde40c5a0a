"""Values on some vertices of a mesh, spread over all of it as MNE does (smoothing on the mesh)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, eq=False)
class Spread:
    """A linear map from the values of a row to the vertices of a mesh; `unreached` are those without a value."""

    matrix: sparse.csr_array
    unreached: NDArray[np.int32]

    def __call__(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values (n,) on all vertices from values (width,); NaN on vertices that no value reaches."""
        values = np.asarray(self.matrix @ row, np.float32)
        values[self.unreached] = np.nan
        return values


def spread(vertices: NDArray, faces: NDArray, count: int, steps: int | None) -> Spread:
    """The map from values on `vertices` to all `count` vertices of the mesh with `faces`.

    `steps` times (None: until no vertex is added) each vertex becomes the mean of itself and its neighbours, counting
    only those that have a value: the row-normalised (A + I) of MNE's `compute_source_morph`.
    """
    near = _with_itself(faces, count)
    has = np.zeros(count, np.float32)
    has[vertices] = 1
    ones = np.ones(len(vertices), np.float32)
    matrix = sparse.csr_array((ones, (vertices, np.arange(len(vertices)))), shape=(count, len(vertices)))
    done = 0
    while done != steps and not (steps is None and has.all()):
        counted = near @ has
        if steps is None and np.array_equal(counted > 0, has > 0):
            break
        matrix = sparse.diags_array(1 / np.maximum(counted, 1)) @ (near @ matrix)
        has = (counted > 0).astype(np.float32)
        done += 1
    return Spread(sparse.csr_array(matrix, dtype=np.float32), np.flatnonzero(has == 0).astype(np.int32))


def _with_itself(faces: NDArray, count: int) -> sparse.csr_array:
    """A + I of the mesh's adjacency, zeros and ones."""
    a, b, c = np.asarray(faces).T
    own = np.arange(count)
    rows = np.concatenate([a, b, c, b, c, a, own])
    columns = np.concatenate([b, c, a, a, b, c, own])
    near = sparse.csr_array((np.ones(len(rows), np.float32), (rows, columns)), shape=(count, count))
    near.sum_duplicates()
    near.data[:] = 1
    return near
