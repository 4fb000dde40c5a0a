"""Parcels of a surface: annotations, atlases and labels of its vertices."""

from typing import Annotated

from brainreel.scene.label_colors import LABELS, LabelColors
from brainreel.scene.leaves import FLAG, FRACTION, fixed
from brainreel.scene.model import Model
from brainreel.scene.sources import LabelData
from brainreel.scene.tracks import Track


class ParcelPaint(Model):
    """Labels over a surface: filled, or their `boundaries` only.

    Colours are those of the file's own table unless `color` says else; what the table calls unknown, background or
    medial wall is hidden unless its number is stated. `hide` some labels, or `highlight` some among dimmed others.
    """

    labels: LabelData
    color: LabelColors = LabelColors()
    boundaries: Annotated[bool, fixed(FLAG)] = False
    hide: Annotated[tuple[int, ...] | Track, LABELS] = ()
    highlight: Annotated[tuple[int, ...] | Track, LABELS] = ()
    alpha: Annotated[float | Track, FRACTION] = 1
