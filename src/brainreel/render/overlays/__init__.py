"""Words, bars, letters and logos laid over a finished picture, one module a kind."""

from brainreel.render.overlays.bars import Sample, bar_range, format_ticks
from brainreel.render.overlays.layout import draw_overlays

__all__ = ["Sample", "bar_range", "draw_overlays", "format_ticks"]
