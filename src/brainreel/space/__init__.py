"""Boxes, affines, units and orientations of the world: RAS, millimetres."""

from brainreel.space.affine import apply_affine, axis_lengths, is_invertible
from brainreel.space.box import Box
from brainreel.space.fields import Field, GridField, Reach, SplineField, ThinPlateField
from brainreel.space.motion import between, mirrors, rotation
from brainreel.space.orientation import DIRECTIONS
from brainreel.space.parts import PartUndone
from brainreel.space.point_maps import PointMap, Warp, affine_of, inverse_of, map_points
from brainreel.space.units import LENGTHS_MM, TIMES_S, split_quantity

__all__ = [
    "DIRECTIONS",
    "LENGTHS_MM",
    "TIMES_S",
    "Box",
    "Field",
    "GridField",
    "PartUndone",
    "PointMap",
    "Reach",
    "SplineField",
    "ThinPlateField",
    "Warp",
    "affine_of",
    "apply_affine",
    "axis_lengths",
    "between",
    "inverse_of",
    "is_invertible",
    "map_points",
    "mirrors",
    "rotation",
    "split_quantity",
]
