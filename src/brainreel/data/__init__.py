"""What data look like once a format has opened them, and the facts that stand for them elsewhere."""

from brainreel.data.facts import Facts, LabelTableFacts, MeshFacts, SeriesFacts, VolumeFacts
from brainreel.data.protocols import (
    Channel,
    Channels,
    Data,
    LabelEntry,
    LabelTable,
    Mesh,
    Region,
    Rows,
    Series,
    TimeAxis,
    Tracts,
    Volume,
    VolumeInLevels,
    VolumeInRows,
    VolumeSeries,
)

__all__ = [
    "Channel",
    "Channels",
    "Data",
    "Facts",
    "LabelEntry",
    "LabelTable",
    "LabelTableFacts",
    "Mesh",
    "MeshFacts",
    "Region",
    "Rows",
    "Series",
    "SeriesFacts",
    "TimeAxis",
    "Tracts",
    "Volume",
    "VolumeFacts",
    "VolumeInLevels",
    "VolumeInRows",
    "VolumeSeries",
]
