"""Film to file: a plan of segments, drawn and encoded once each, joined and verified; killed runs resume."""

from brainreel.movie.forecasting import Forecast, forecast
from brainreel.movie.identity import drawing_identity
from brainreel.movie.making import Report, render_movie
from brainreel.movie.plan import Segment, Showable, plan
from brainreel.movie.segment import Drawer

__all__ = [
    "Drawer",
    "Forecast",
    "Report",
    "Segment",
    "Showable",
    "drawing_identity",
    "forecast",
    "plan",
    "render_movie",
]
