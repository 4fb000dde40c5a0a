"""Tracks: any leaf of a scene over movie time, `{0s: 1, 5s: 0.25, ease: in-out}`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, TypeVar

from brainreel.scene.faults import Fault, nearest
from brainreel.scene.times import Time, is_time, read_time

EASES = ("linear", "in", "out", "in-out", "hold")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Ease:
    """How values change between keys: one word for all intervals, or a word for each that starts at a time."""

    words: tuple[str, ...]
    times: tuple[Time, ...] | None = None

    def plain(self) -> Any:
        """As a scene writes it."""
        if self.times is None:
            return self.words[0]
        return {str(time): word for time, word in zip(self.times, self.words, strict=True)}


@dataclass(frozen=True, slots=True)
class Track(Generic[Value]):
    """`values[i]` at `times[i]`, held outside."""

    times: tuple[Time, ...]
    values: tuple[Value, ...]
    ease: Ease | None = None

    def items(self) -> Iterator[tuple[Time, Value]]:
        """Pairs of time and value."""
        return zip(self.times, self.values, strict=True)


def is_track(value: object) -> bool:
    """Whether `value` has the form of a track: a mapping with a key that is a time (a stray key is an error then)."""
    return isinstance(value, Track) or (isinstance(value, Mapping) and any(map(is_time, value)))


def read_ease(value: Any) -> Ease:
    """A word, or `{time: word}`."""
    if isinstance(value, Ease):
        return value
    if isinstance(value, Mapping):
        words = []
        for key, word in value.items():
            words.append(_ease_word(word, (str(key),)))
        if not words:
            raise Fault("expects a word or {time: word}")
        return Ease(tuple(words), tuple(map(_key_time, value)))
    return Ease((_ease_word(value, ()),))


def _ease_word(word: Any, path: tuple) -> str:
    if word not in EASES:
        raise Fault(f"is no ease; {nearest(word, EASES)}", path, word)
    return str(word)


def _key_time(key: Any) -> Time:
    try:
        return read_time(key)
    except Fault as fault:
        raise fault.under(key if isinstance(key, int) else str(key)) from None


def read_track(value: Mapping[Any, Any], read: Any, smooth: bool) -> Track:
    """The track that the mapping writes, its values read by `read`; `smooth` values may be eased, others only held."""
    keys = [key for key in value if key != "ease"]
    for key in keys:
        if not is_time(key):
            raise Fault(f"the key {key} is no time among times; {_stray(key)}", (str(key),))
    times = tuple(map(_key_time, keys))
    _check_increase(times)
    ease = None
    if "ease" in value:
        try:
            ease = read_ease(value["ease"])
        except Fault as fault:
            raise fault.under("ease") from None
        if not smooth and set(ease.words) != {"hold"}:
            raise Fault("words and flags have nothing between them, they can only hold", ("ease",), value["ease"])
    return Track(times, tuple(_read_at(key, value[key], read) for key in keys), ease)


def _stray(key: Any) -> str:
    try:
        read_time(key)
    except Fault as fault:
        return fault.message.removeprefix("is no time; ")
    return ""


def _read_at(key: Any, value: Any, read: Any) -> Any:
    if isinstance(value, Mapping):
        raise Fault("a track holds values, never mappings", (str(key),))
    try:
        return read(value)
    except Fault as fault:
        raise Fault(fault.message, (str(key), *fault.path), fault.value) from None


def _check_increase(times: tuple[Time, ...]) -> None:
    """Raise where times that need no resolution already show that the keys do not increase."""
    for before, after in pairwise(times):
        if before.fixed_s is not None and after.fixed_s is not None:
            check_order(before, after, before.fixed_s, after.fixed_s)


def check_order(before: Time, after: Time, before_s: Any, after_s: Any) -> None:
    """Raise Fault (path: the later key) where `after` does not lie after `before`."""
    if after_s == before_s:
        raise Fault(f"is the same time as {before}; a track states each time once", (str(after),))
    if after_s < before_s:
        raise Fault(f"lies before {before}; the keys of a track increase", (str(after),))
