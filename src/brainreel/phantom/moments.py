"""The time axis that all phantoms share: -100 to 400 ms around a stimulus."""

from brainreel.data import TimeAxis
from brainreel.errors import BrainreelError

FIRST_S, LAST_S = -0.1, 0.4


def axis(count: int) -> TimeAxis:
    """`count` moments, evenly spaced."""
    return TimeAxis(FIRST_S, (LAST_S - FIRST_S) / max(count - 1, 1), count)


def moment_s(times: TimeAxis, index: int) -> float:
    """When moment `index` is; one outside the axis is a bug of the caller."""
    if not 0 <= index < times.count:
        raise BrainreelError(f"moment {index} lies outside the {times.count} moments of the series")
    return times.first_s + times.step_s * index
