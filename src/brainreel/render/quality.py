"""How exact a picture must be; not part of a Frame, part of a segment's name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quality:
    """`error_px`: a voxel of the level drawn projects to at most this many pixels where there is a finer one.

    `color_error`: and averaging voxels before classification shifts no colour by more than this (0..1).
    `step_voxels`: distance of samples along a ray, in voxels of the level drawn.
    `rays`: at most, across a pixel and down it, where volumes are so opaque that one would be noise.
    """

    error_px: float = 1.0
    color_error: float = 2 / 255
    step_voxels: float = 1.0
    rays: int = 3


FINAL = Quality()
DRAFT = Quality(error_px=2.0, color_error=8 / 255, rays=1)
