"""A layer of the scene is exactly one of these."""

from typing import Annotated

from brainreel.scene.labels import LabelsLayer
from brainreel.scene.layers import SurfaceLayer, VolumeLayer
from brainreel.scene.model import Reads, one_of
from brainreel.scene.points import PointsLayer
from brainreel.scene.slices import SliceLayer

LATER_LAYERS = {
    "tracts": "it draws volumes, labels, slices, surfaces and points",
}
KINDS = {
    "volume": VolumeLayer,
    "labels": LabelsLayer,
    "slice": SliceLayer,
    "surface": SurfaceLayer,
    "points": PointsLayer,
}
LIKE = {"type": "object", "properties": {"like": {"type": "string"}}, "required": ["like"]}
"""A layer as another, with some keys of its own; it is filled in before layers are read."""
Layer = Annotated[
    VolumeLayer | LabelsLayer | SliceLayer | SurfaceLayer | PointsLayer,
    Reads(one_of(KINDS, LATER_LAYERS, "a layer"), LIKE),
]
