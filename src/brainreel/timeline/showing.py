"""What a view shows: whole layers, or parts of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from brainreel.timeline.looks import Layer, SurfaceLook

Look = TypeVar("Look", bound=Layer)


@dataclass(frozen=True)
class Showing:
    """The `names` of layers, of their parts (`cortex.left`), or `all`."""

    names: tuple[str, ...] = ("all",)

    def has(self, layer: str, part: str = "") -> bool:
        """Whether it shows a part of `layer`; without a `part` any of it."""
        named = [name.partition(".")[::2] for name in self.names]
        return any(name in ("all", layer) and (not part or inner in ("", part)) for name, inner in named)

    def of(self, layer: str, looks: Iterable[Look]) -> list[Look]:
        """What is shown of `looks`, which are those of `layer`."""
        if not self.has(layer):
            return []
        return [shown for look in looks if (shown := self._part_of(layer, look)) is not None]

    def _part_of(self, layer: str, look: Look) -> Look | None:
        if not isinstance(look, SurfaceLook):
            return look
        kept = [self.has(layer, reference.asset.split(".")[-1]) for reference in look.parts]
        if all(kept):
            return look
        if not any(kept):
            return None

        def chosen(values: tuple) -> tuple:
            return tuple(value for value, keep in zip(values, kept, strict=True) if keep)

        paints = [replace(paint, data=chosen(paint.data)) for paint in look.paints]
        seen = tuple(paint for paint in paints if any(paint.data))
        return replace(look, parts=chosen(look.parts), paints=seen)


ALL = Showing()
