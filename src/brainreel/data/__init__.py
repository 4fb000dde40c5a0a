"""What data look like once a format has opened them, and the facts that stand for them elsewhere."""

from brainreel.data.facts import Facts, MeshFacts, SeriesFacts, VolumeFacts
from brainreel.data.protocols import Data, Mesh, Region, Series, TimeAxis, Tracts, Volume

__all__ = [
    "Data",
    "Facts",
    "Mesh",
    "MeshFacts",
    "Region",
    "Series",
    "SeriesFacts",
    "TimeAxis",
    "Tracts",
    "Volume",
    "VolumeFacts",
]
