"""Scene to Assets, the opened data by content, and Facts about them; and a scene proposed for data alone."""

from brainreel.assets.advice import reduced_advice
from brainreel.assets.arrays import arrays_of
from brainreel.assets.cortical import Subject
from brainreel.assets.named_data import open_image, open_parts
from brainreel.assets.opening import Assets, measure, open_assets
from brainreel.assets.proposing import propose

__all__ = [
    "Assets",
    "Subject",
    "arrays_of",
    "measure",
    "open_assets",
    "open_image",
    "open_parts",
    "propose",
    "reduced_advice",
]
