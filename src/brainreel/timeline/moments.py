"""Which moment of data over time is shown when: an axis, the clock that runs along it, and what lies beyond it."""

from dataclasses import dataclass

from brainreel.data.times import TimeAxis
from brainreel.errors import SceneError
from brainreel.scene.faults import Path
from brainreel.scene.sources import TimedSource
from brainreel.timeline.clocks import DataClock, data_clock
from brainreel.timeline.looks import DataReference
from brainreel.timeline.rows import Moment, is_inside, moment_at, position
from brainreel.timeline.setting import Setting


@dataclass(frozen=True)
class MovingMoment:
    """The rows of a source over the movie; without a clock always the first. `place`: its `file:line: key`."""

    axis: TimeAxis
    clock: DataClock | None
    clock_name: str | None
    interpolate: str
    outside: str
    place: str

    def at(self, t_s: float) -> Moment | None:
        """The rows shown at `t_s`; None where the clock is outside the data and `outside` is hide.

        Raises SceneError where it is outside and `outside` is error.
        """
        if self.clock is None:
            return Moment((0,), (1.0,), self.axis.first_s)
        items = self.clock.counts_items
        place = position(self.axis, self.clock.at(t_s), items)
        if not is_inside(self.axis, place, self.interpolate):
            if self.outside == "error":
                raise SceneError(self._outside_message(t_s))
            if self.outside == "hide":
                return None
        return moment_at(self.axis, place, self.interpolate, items)

    def reference(self, asset: str, t_s: float) -> DataReference | None:
        """What of `asset` is shown at `t_s`; None where nothing is."""
        moment = self.at(t_s)
        return None if moment is None else DataReference(asset, moment.rows, moment.weights)

    def _outside_message(self, t_s: float) -> str:
        assert self.clock is not None
        shown = _written(self.clock.at(t_s), self.clock.counts_items)
        items = self.clock.counts_items or self.axis.unit == "items"
        last = self.axis.count - 1
        first, last = (0, last) if items else (self.axis.at(0), self.axis.at(last))
        return (
            f"{self.place}: at {t_s:g}s of the movie the clock {self.clock_name} shows {shown}, the data reach from "
            f"{_written(first, items)} to {_written(last, items)}; change the clock, or write outside: hold or hide"
        )


def _written(value: float, items: bool) -> str:
    return f"item {value:g}" if items else f"{1000 * value:g} ms"


def moving_moment(setting: Setting, source: TimedSource, axis: TimeAxis | None, path: Path) -> MovingMoment:
    """The moments of the source at `path`, whose data have `axis`; None for data without time."""
    axis = axis or TimeAxis(0.0, 0.0, 1)
    clock = None
    if source.clock is not None:
        clock = data_clock(setting, source.clock)
        if axis.unit == "items" and not clock.counts_items:
            message = f"the data are items without times, the clock {source.clock} shows times; write it in items"
            raise setting.error(message, (*path, "clock"))
    elif axis.count > 1:
        message = f"has {axis.count} moments and no clock says which to show; write clock: and one under clocks:"
        raise setting.error(message, path)
    where = setting.scene.place((*path, "clock"))
    return MovingMoment(axis, clock, source.clock, source.interpolate, source.outside, where)
