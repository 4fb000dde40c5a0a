"""Label volumes: segmentations and atlases, a colour for each number."""

from typing import Annotated

from brainreel.scene.label_colors import LABELS, LabelColors
from brainreel.scene.layers import Cut, Light
from brainreel.scene.leaves import FLAG, FRACTION, fixed, word
from brainreel.scene.model import Model
from brainreel.scene.sources import VolumeData
from brainreel.scene.tracks import Track
from brainreel.scene.transfers import word_or
from brainreel.scene.transforms import Place, Transforms

Number = float | Track


class LabelsLayer(Model):
    """A segmentation, its labels never interpolated. `hide` some labels, or `highlight` some among dimmed others."""

    labels: VolumeData
    color: LabelColors = LabelColors()
    opacity: Annotated[Number, FRACTION] = 1
    hide: Annotated[tuple[int, ...] | Track, LABELS] = ()
    highlight: Annotated[tuple[int, ...] | Track, LABELS] = ()
    shading: Annotated[Light | str, word_or(Light, fixed(word("none", "gradient", what="shading")))] = "gradient"
    cut: Cut | None = None
    place: Place | None = None
    transform: Transforms = ()
    alpha: Annotated[Number, FRACTION] = 1
    visible: Annotated[bool | Track, FLAG] = True


class LabelPaint(Model):
    """Labels over a slice: filled, or their `boundaries` only."""

    labels: VolumeData
    color: LabelColors = LabelColors()
    boundaries: Annotated[bool, fixed(FLAG)] = False
    hide: Annotated[tuple[int, ...] | Track, LABELS] = ()
    highlight: Annotated[tuple[int, ...] | Track, LABELS] = ()
    alpha: Annotated[Number, FRACTION] = 1
