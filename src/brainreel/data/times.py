"""When data are."""

from bisect import bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """Moments `first_s + k * step_s`, k < count, or those of `uneven`, which ascend; `step_s` is then their mean step.

    `unit` is "s", or "items" where there are no times.
    """

    first_s: float
    step_s: float
    count: int
    unit: str = "s"
    uneven: tuple[float, ...] = ()

    @property
    def last_s(self) -> float:
        """The last moment."""
        return self.uneven[-1] if self.uneven else self.first_s + self.step_s * (self.count - 1)

    def at(self, place: float) -> float:
        """When `place` is, in moments after the first: seconds, linear between moments and on beyond the ends."""
        if len(self.uneven) < 2:
            return self.first_s + place * self.step_s
        row = min(max(int(place), 0), self.count - 2)
        begin, end = self.uneven[row : row + 2]
        return begin + (place - row) * (end - begin) if place != row + 1 else end

    def place(self, t_s: float) -> float:
        """How many moments after the first `t_s` is; `at` undone."""
        if len(self.uneven) < 2:
            return (t_s - self.first_s) / (self.step_s or 1.0)
        row = min(max(bisect_right(self.uneven, t_s) - 1, 0), self.count - 2)
        begin, end = self.uneven[row : row + 2]
        return row + (t_s - begin) / (end - begin)
