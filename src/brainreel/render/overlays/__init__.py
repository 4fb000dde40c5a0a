"""Words, bars, letters and logos laid over a finished picture, one module a kind."""

from brainreel.render.overlays.bars import Sample, bar_range, format_ticks
from brainreel.render.overlays.layout import check_room, laid_out, lay

__all__ = ["Sample", "bar_range", "check_room", "format_ticks", "laid_out", "lay"]
