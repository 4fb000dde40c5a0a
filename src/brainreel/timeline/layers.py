"""Layers over time: each kind of layer has its own module; all have `assets`, `moments` and `at`."""

from typing import Any

from brainreel.scene.labels import LabelsLayer
from brainreel.scene.layers import VolumeLayer
from brainreel.scene.points import PointsLayer
from brainreel.scene.slices import SliceLayer
from brainreel.timeline.points import moving_points
from brainreel.timeline.segmentations import MovingLabels, moving_labels
from brainreel.timeline.setting import Setting
from brainreel.timeline.slices import MovingSlice, moving_slice
from brainreel.timeline.surfaces import MovingSurface, moving_surface
from brainreel.timeline.volumes import MovingVolume, moving_volume

Cuttable = MovingVolume | MovingLabels
"""Layers with `faces`, which cover where they are cut."""
MovingLayer = MovingVolume | MovingLabels | MovingSlice | MovingSurface


def moving_layer(setting: Setting, name: str, layer: Any) -> MovingLayer:
    """The layer `name` of the scene, its numbers resolved. Raises SceneError where it does not fit its data."""
    if isinstance(layer, VolumeLayer):
        return moving_volume(setting, name, layer)
    if isinstance(layer, LabelsLayer):
        return moving_labels(setting, name, layer)
    if isinstance(layer, SliceLayer):
        return moving_slice(setting, name, layer)
    if isinstance(layer, PointsLayer):
        return moving_points(setting, name, layer)
    return moving_surface(setting, name, layer)
