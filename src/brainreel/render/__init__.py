"""Frame and data to Image: views, volumes, surfaces, overlays."""

from brainreel.render.checking import check_frame
from brainreel.render.fitting import Fitted, fit
from brainreel.render.quality import DRAFT, FINAL, Quality
from brainreel.render.renderer import DEFAULT_BUDGET_BYTES, Image, Renderer

__all__ = ["DEFAULT_BUDGET_BYTES", "DRAFT", "FINAL", "Fitted", "Image", "Quality", "Renderer", "check_frame", "fit"]
