"""The scene language: one YAML file or the same built in Python, frozen, validated, each writing the other."""

from brainreel.scene.arrows import Arrows
from brainreel.scene.clocks import FollowingClock, RunningClock
from brainreel.scene.cycles import CyclingSource
from brainreel.scene.faults import Fault
from brainreel.scene.files import dump, load, load_any, loads, save, schema
from brainreel.scene.flights import Flight, FlightKey, Path, PathKey
from brainreel.scene.kinds import Layer
from brainreel.scene.label_colors import LabelColors
from brainreel.scene.labels import LabelPaint, LabelsLayer
from brainreel.scene.layers import (
    Cut,
    Light,
    Paint,
    SurfaceLayer,
    Underlay,
    VolumeLayer,
)
from brainreel.scene.movie import Movie
from brainreel.scene.orbits import Orbit, Still
from brainreel.scene.overlays import Image, Orientation, Overlay, ScalarBar, ScaleBar, Text, TimeLabel
from brainreel.scene.parcels import ParcelPaint
from brainreel.scene.plots import Plot
from brainreel.scene.points import PointsLayer, PointSource, Sizes
from brainreel.scene.reel import Chapter, Reel
from brainreel.scene.scene import Scene
from brainreel.scene.segments import Segment
from brainreel.scene.slices import SliceLayer, SlicePaint
from brainreel.scene.sources import (
    LabelSource,
    PaintedSource,
    ScalarSource,
    Shape,
    Source,
    Spacing,
    SurfaceSource,
    TableSource,
    TimedSource,
    Times,
    VolumeSource,
)
from brainreel.scene.transfers import ColorMap, ColorTransfer, GradientOpacity, OpacityTransfer
from brainreel.scene.transforms import FileTransform, MatrixTransform, Place, Rotation, Translation, Turn
from brainreel.scene.views import View

__all__ = [
    "Arrows",
    "Chapter",
    "ColorMap",
    "ColorTransfer",
    "Cut",
    "CyclingSource",
    "Fault",
    "FileTransform",
    "Flight",
    "FlightKey",
    "FollowingClock",
    "GradientOpacity",
    "Image",
    "LabelColors",
    "LabelPaint",
    "LabelSource",
    "LabelsLayer",
    "Layer",
    "Light",
    "MatrixTransform",
    "Movie",
    "OpacityTransfer",
    "Orbit",
    "Orientation",
    "Overlay",
    "Paint",
    "PaintedSource",
    "ParcelPaint",
    "Path",
    "PathKey",
    "Place",
    "Plot",
    "PointSource",
    "PointsLayer",
    "Reel",
    "Rotation",
    "RunningClock",
    "ScalarBar",
    "ScalarSource",
    "ScaleBar",
    "Scene",
    "Segment",
    "Shape",
    "Sizes",
    "SliceLayer",
    "SlicePaint",
    "Source",
    "Spacing",
    "Still",
    "SurfaceLayer",
    "SurfaceSource",
    "TableSource",
    "Text",
    "TimeLabel",
    "TimedSource",
    "Times",
    "Translation",
    "Turn",
    "Underlay",
    "View",
    "VolumeLayer",
    "VolumeSource",
    "dump",
    "load",
    "load_any",
    "loads",
    "save",
    "schema",
]
