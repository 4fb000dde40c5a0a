"""Time labels: the time of a clock, or of the data that it shows, or the name of an item, in words."""

import math
import re
import string
from dataclasses import dataclass
from typing import Protocol

from brainreel.timeline.clocks import DataClock
from brainreel.timeline.rows import TOLERANCE, Moment

MINUS = "−"
"""As wide as a plus and a digit, so that a label does not jump where the sign changes."""
BETWEEN = " – "
"""Between the names of two items where what is seen lies between them."""


class Seen(Protocol):
    """Data that a clock drives, while they are seen."""

    def at(self, t_s: float, /) -> Moment | None:
        """What of them is shown at `t_s`; None while nothing is."""
        ...


@dataclass(frozen=True)
class Label:
    """A time in words. It states the time of the first of `data` that is seen, else what the clock shows.

    `names` are those of the items, or moments; `round`: after the last comes the first again.
    """

    format: str
    clock: DataClock | None
    data: tuple[Seen, ...]
    names: tuple[str, ...] = ()
    round: bool = False

    def at(self, t_s: float) -> str:
        """The text at `t_s` of the movie."""
        if self.clock is None:
            return written_time(self.format, t_s, "s", t_s)
        shown, place = self._shown(self.clock, t_s)
        name = self._name(place) if self.names else ""
        if self.names and not name:
            return ""
        return written_time(self.format, self.clock.written(shown), self.clock.unit, shown, name)

    def _shown(self, clock: DataClock, t_s: float) -> tuple[float, float]:
        """Seconds or items, and how many items, or moments, that is after the first."""
        for data in self.data:
            if (moment := data.at(t_s)) is not None:
                return moment.shown, moment.place
        shown = clock.at(t_s)
        return shown, shown if self.round else math.floor(shown + TOLERANCE)

    def _name(self, place: float) -> str:
        """Of the item at `place`, or of the two that it lies between; nothing where there is none."""
        row = math.floor(place + TOLERANCE)
        if not 0 <= row < len(self.names):
            return ""
        if place - row <= TOLERANCE:
            return self.names[row]
        return BETWEEN.join((self.names[row], self.names[(row + 1) % len(self.names)]))


class _Minus(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        text = super().format_field(value, format_spec)
        return text if isinstance(value, str) else text.replace("-", MINUS)


def written_time(template: str, value: float, unit: str, seconds: float = 0.0, label: str = "") -> str:
    """`template` with {t}, {unit} and {label}, and with {min} and {s}, the whole minutes of `seconds` and those left.

    Never a minus before zero, which would flicker.
    """
    value = round(value, 9)
    decimals = int(match[1]) if (match := re.search(r"{s:[^}]*?\.(\d+)", template)) else 0
    whole = round(abs(seconds), decimals)
    minutes, left = divmod(whole, 60)
    parts = {"unit": unit, "min": int(minutes), "s": round(left, decimals), "label": label}
    text = _Minus().format(template, t=value, **parts)
    at_zero = _Minus().format(template, t=0.0, **parts)
    if text.replace(MINUS, "") == at_zero.replace("+", "").replace(MINUS, ""):
        text = at_zero
    return MINUS + text if "{min" in template and seconds < 0 and whole else text
