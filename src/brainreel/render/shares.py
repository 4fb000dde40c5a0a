"""How the memory that a renderer may take is shared."""

from collections.abc import Mapping
from dataclasses import dataclass

from brainreel.data import Data, Mesh, MeshSeries
from brainreel.store.stored import StoredSeries, StoredVolume

SURFACE_SHARE = 0.25
"""Part of the budget that the surfaces' visibility cache may take."""

SLICE_SHARE = 0.2
"""Part of the budget that slices through volumes of stores may take."""


@dataclass(frozen=True)
class Shares:
    """Bytes for the visibility of surfaces, for slices through stores, and for volumes."""

    surfaces: int
    slices: int
    volumes: int

    @classmethod
    def of(cls, data: Mapping[str, Data], budget_bytes: int) -> "Shares":
        """What of `budget_bytes` each kind of `data` gets."""
        has_mesh = any(isinstance(item, Mesh | MeshSeries) for item in data.values())
        has_store = any(isinstance(item, StoredVolume | StoredSeries) for item in data.values())
        surfaces, slices = int(budget_bytes * SURFACE_SHARE * has_mesh), int(budget_bytes * SLICE_SHARE * has_store)
        return cls(surfaces, slices, budget_bytes - surfaces - slices)
