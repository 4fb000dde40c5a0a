"""Anatomical directions in the world, which is RAS: +x right, +y anterior, +z superior."""

DIRECTIONS: dict[str, tuple[float, float, float]] = {
    "left": (-1.0, 0.0, 0.0),
    "right": (1.0, 0.0, 0.0),
    "posterior": (0.0, -1.0, 0.0),
    "anterior": (0.0, 1.0, 0.0),
    "inferior": (0.0, 0.0, -1.0),
    "superior": (0.0, 0.0, 1.0),
}
"""Unit vectors towards each side of the body."""
