"""Two programs on the same job, in turn, so that whatever else the machine does slows both."""

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

Draw = Callable[[Any], object]


def compare(ours: Draw, peer: Draw, arguments: Sequence[Any], warm_up: int = 1) -> dict[str, float]:
    """Median wall and CPU seconds (of all threads) of both over `arguments`, and the ratio of wall seconds.

    The first `warm_up` of them are drawn by both and not counted.
    """
    times: list[list[tuple[float, float]]] = [[], []]
    for place, argument in enumerate(arguments):
        for draw, record in zip((ours, peer), times, strict=True):
            taken = timed(draw, argument)
            if place >= warm_up:
                record.append(taken)
    (ours_s, ours_cpu_s), (peer_s, peer_cpu_s) = (
        [statistics.median(column) for column in zip(*record, strict=True)] for record in times
    )
    return {
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ours_cpu_s": ours_cpu_s,
        "peer_cpu_s": peer_cpu_s,
        "ratio": peer_s / ours_s,
    }


def timed(draw: Draw, argument: Any) -> tuple[float, float]:
    """Wall and CPU seconds of one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    draw(argument)
    return time.perf_counter() - wall, time.process_time() - cpu
