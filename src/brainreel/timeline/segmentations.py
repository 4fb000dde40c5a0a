"""Time labels: the time of a clock, or of the data that it shows, in words."""

import re
import string
from dataclasses import dataclass

from brainreel.timeline.clocks import DataClock
from brainreel.timeline.moments import MovingMoment

MINUS = "−"
"""As wide as a plus and a digit, so that a label does not jump where the sign changes."""


@dataclass(frozen=True)
class Label:
    """A time in words. With `data` it states the time of the data that are shown, else what the clock shows."""

    format: str
    clock: DataClock | None
    data: MovingMoment | None

    def at(self, t_s: float) -> str:
        """The text at `t_s` of the movie."""
        shown = self._shown(t_s)
        if self.clock is None:
            return written_time(self.format, shown, "s", shown)
        return written_time(self.format, self.clock.written(shown), self.clock.unit, shown)

    def _shown(self, t_s: float) -> float:
        """Seconds, or items."""
        if self.clock is None:
            return t_s
        moment = self.data.at(t_s) if self.data else None
        return self.clock.at(t_s) if moment is None else moment.shown


class _Minus(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        text = super().format_field(value, format_spec)
        return text if isinstance(value, str) else text.replace("-", MINUS)


def written_time(template: str, value: float, unit: str, seconds: float = 0.0) -> str:
    """`template` with {t} and {unit}, and with {min} and {s}, the whole minutes of `seconds` and those left.

    Never a minus before zero, which would flicker.
    """
    value = round(value, 9)
    decimals = int(match[1]) if (match := re.search(r"{s:[^}]*?\.(\d+)", template)) else 0
    whole = round(abs(seconds), decimals)
    minutes, left = divmod(whole, 60)
    parts = {"unit": unit, "min": int(minutes), "s": round(left, decimals)}
    text = _Minus().format(template, t=value, **parts)
    at_zero = _Minus().format(template, t=0.0, **parts)
    if text.replace(MINUS, "") == at_zero.replace("+", "").replace(MINUS, ""):
        text = at_zero
    return MINUS + text if "{min" in template and seconds < 0 and whole else text
