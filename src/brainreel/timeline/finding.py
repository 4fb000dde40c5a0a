"""When in a film its clocks show a time of the data."""

from collections.abc import Iterator
from itertools import pairwise

from brainreel.timeline.clocks import DataClock
from brainreel.timeline.film import Film

HALVINGS = 60
NEAR = 1e-6
"""How near a clock comes to a time, as a part of all it shows, that it does not jump over it."""


def first_showing(film: Film, time: float, counts_items: bool) -> float | None:
    """Movie seconds at which a clock of times, or of items where it `counts_items`, first shows `time` (data seconds or
    items); None where none does. The first in the scene that does counts.
    """
    for _, clock in film.clocks:
        if clock.counts_items == counts_items:
            for t_s in _crossings(film, clock, time):
                return t_s
    return None


def shown_span(film: Film, counts_items: bool) -> tuple[float, float] | None:
    """The least and the greatest data seconds, or items, that clocks of that kind show; None without such a clock."""
    clocks = [clock for _, clock in film.clocks if clock.counts_items == counts_items]
    shown = [clock.at(t_s) for clock in clocks for t_s in _instants(film)]
    return (min(shown), max(shown)) if shown else None


def _instants(film: Film) -> list[float]:
    """Seconds of every frame, and the film's end."""
    return [*map(film.time_of, range(film.frame_count)), film.duration_s]


def _crossings(film: Film, clock: DataClock, time: float) -> Iterator[float]:
    """Where `clock` goes through `time`, in order; where it jumps over it is none."""
    instants = _instants(film)
    shown = [clock.at(t_s) for t_s in instants]
    near = NEAR * (max(shown) - min(shown))
    for (begin, end), (before, after) in zip(pairwise(instants), pairwise(shown), strict=True):
        if not min(before, after) - near <= time <= max(before, after) + near:
            continue
        if abs(before - time) <= near:
            yield begin
            continue
        rises = after > before
        for _ in range(HALVINGS):
            middle = (begin + end) / 2
            if (clock.at(middle) < time) == rises:
                begin = middle
            else:
                end = middle
        if abs(clock.at(end) - time) <= near:
            yield end
