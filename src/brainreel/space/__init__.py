"""Boxes, affines, units and orientations of the world: RAS, millimetres."""

from brainreel.space.affine import apply_affine, axis_lengths, is_invertible
from brainreel.space.box import Box
from brainreel.space.orientation import DIRECTIONS
from brainreel.space.units import LENGTHS_MM, TIMES_S, split_quantity

__all__ = [
    "DIRECTIONS",
    "LENGTHS_MM",
    "TIMES_S",
    "Box",
    "apply_affine",
    "axis_lengths",
    "is_invertible",
    "split_quantity",
]
