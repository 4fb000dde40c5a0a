"""Which data a clock drives, and whether they are seen."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from brainreel.timeline.cycles import MovingCycle
from brainreel.timeline.layers import MovingLayer
from brainreel.timeline.looks import Paint, SurfaceLook
from brainreel.timeline.moments import MovingMoment
from brainreel.timeline.paints import MovingPaint
from brainreel.timeline.rows import Moment
from brainreel.timeline.surfaces import MovingSurface


@dataclass(frozen=True)
class Driven:
    """Data of `layer`, those of its `paint` where that is what has them."""

    data: MovingMoment
    layer: MovingLayer
    paint: MovingPaint | None

    def at(self, t_s: float) -> Moment | None:
        """What of them is shown at `t_s`; None while the layer or the paint is hidden, or the clock is outside."""
        look = self.layer.at(t_s)
        if look is None or (self.paint is not None and not self._is_painted(look)):
            return None
        return self.data.at(t_s)

    def _is_painted(self, look: object) -> bool:
        assert isinstance(look, SurfaceLook)
        assert self.paint is not None
        seen = {one.asset for paint in look.paints if isinstance(paint, Paint) for one in paint.data if one}
        return not seen.isdisjoint(self.paint.assets)


def driven_by(clock: str, layers: Iterable[MovingLayer]) -> Iterator[Driven]:
    """The data that the clock drives, in the order of the scene."""
    for layer in layers:
        paints = {id(paint.time): paint for paint in _paints(layer)}
        for data in layer.moments:
            if data.clock_name == clock:
                yield Driven(data, layer, paints.get(id(data)))


def _paints(layer: MovingLayer) -> Iterator[MovingPaint]:
    """The paints of values on a surface, those that take turns one by one."""
    for paint in layer.paints if isinstance(layer, MovingSurface) else ():
        if isinstance(paint, MovingCycle):
            yield from paint.paints
        elif isinstance(paint, MovingPaint):
            yield paint
