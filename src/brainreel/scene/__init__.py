"""The scene language: one YAML file or the same built in Python, frozen, validated, each writing the other."""

from brainreel.scene.cameras import Orbit, Segment, Still
from brainreel.scene.faults import Fault
from brainreel.scene.files import dump, load, loads, save, schema
from brainreel.scene.layers import (
    ColorMap,
    ColorTransfer,
    Cut,
    Layer,
    Light,
    OpacityTransfer,
    Paint,
    SurfaceLayer,
    Underlay,
    VolumeLayer,
)
from brainreel.scene.movie import Movie
from brainreel.scene.overlays import Overlay, ScalarBar, Text, TimeLabel
from brainreel.scene.scene import Scene
from brainreel.scene.sources import ScalarSource, Shape, Source, Spacing, SurfaceSource, Times, VolumeSource

__all__ = [
    "ColorMap",
    "ColorTransfer",
    "Cut",
    "Fault",
    "Layer",
    "Light",
    "Movie",
    "OpacityTransfer",
    "Orbit",
    "Overlay",
    "Paint",
    "ScalarBar",
    "ScalarSource",
    "Scene",
    "Segment",
    "Shape",
    "Source",
    "Spacing",
    "Still",
    "SurfaceLayer",
    "SurfaceSource",
    "Text",
    "TimeLabel",
    "Times",
    "Underlay",
    "VolumeLayer",
    "VolumeSource",
    "dump",
    "load",
    "loads",
    "save",
    "schema",
]
