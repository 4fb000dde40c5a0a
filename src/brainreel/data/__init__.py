"""What data look like once a format has opened them, and the facts that stand for them elsewhere."""

from brainreel.data.facts import Facts, MeshFacts, SeriesFacts, VolumeFacts
from brainreel.data.protocols import (
    Channel,
    Channels,
    Data,
    Mesh,
    Region,
    Series,
    TimeAxis,
    Tracts,
    Volume,
    VolumeSeries,
)

__all__ = [
    "Channel",
    "Channels",
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
    "VolumeSeries",
]
