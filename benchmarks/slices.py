"""A slice that sweeps through 512^3 uint8 in 1920 x 1080, against x264 encoding the same pictures.

A movie of slices is as fast as its encoding where a picture takes no longer than the encoder does for it.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.timing import compare
from benchmarks.volume import EDGE, SIZE, Voxels
from brainreel.kernels.pool import Pool, available_cores
from brainreel.phantom import open_phantom
from brainreel.render.cpu.slices import SliceCaster
from brainreel.render.quality import FINAL
from brainreel.render.view import View
from brainreel.store.cache import PyramidCache
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import ColorRange, DataReference, LabelColor, SliceLook, SlicePaint

CENTER = ((EDGE - 1) / 2,) * 3
BASE = SlicePaint(DataReference("brain"), ColorRange("gray", (0, 120)))
OVER = SlicePaint(DataReference("brain"), ColorRange("hot", (60, 120), below_hidden=True), alpha=0.5)
LABELS = SlicePaint(
    DataReference("brain"),
    tuple(LabelColor(k, (k / 255, 1 - k / 255, 0.5)) for k in range(1, 255)),
    boundaries=True,
)

CASES = {
    "one volume, axial": ((0.0, 0.0, 1.0), (BASE,)),
    "one volume, oblique": ((0.28, 0.096, 0.9552), (BASE,)),
    "two volumes": ((0.0, 0.0, 1.0), (BASE, OVER)),
    "a volume and borders of labels": ((0.0, 0.0, 1.0), (BASE, LABELS)),
}


class Encoding:
    """x264 at its preset medium, in memory: what a movie of these pictures costs at least."""

    def __init__(self) -> None:
        import io

        import av

        self._frames = av.VideoFrame
        self._file = av.open(io.BytesIO(), "w", format="mp4")
        self._stream: Any = self._file.add_stream("libx264", rate=25)
        self._stream.width, self._stream.height = SIZE
        self._stream.pix_fmt = "yuv420p"

    def encode(self, picture: np.ndarray) -> None:
        self._file.mux(self._stream.encode(self._frames.from_ndarray(picture, format="rgb24")))


def cases(repeats: int = 60) -> Iterator[dict[str, Any]]:
    """One row a case; every time is the median of `repeats`, after as many pictures as x264 looks ahead."""
    phantom = open_phantom(f"phantom:pli?size={EDGE}")["volume"]
    voxels = Voxels(phantom.read((slice(0, EDGE),) * 3))  # pyright: ignore  (a volume, by its name)
    pool = Pool(available_cores())
    caster = SliceCaster(pool, PyramidCache(pool, 4 << 30), FINAL, lambda _: ((voxels, "brain", 1.0),))
    x, y, z = CENTER
    view = View.of(Camera((x, y, z + 2.2 * EDGE), CENTER, (0, 1, 0), 25, 1), SIZE)
    out = np.empty((SIZE[1], SIZE[0], 3), np.uint8)
    for case, (normal, paints) in CASES.items():
        encoding = Encoding()

        def ours(aside: float, normal: Any = normal, paints: Any = paints) -> None:
            look = SliceLook("slice", (x, y, z + aside), normal, paints)
            caster.draw((look,), view, (0, 0, 0), None, out)

        def theirs(_: float, encoding: Encoding = encoding) -> None:
            encoding.encode(out)

        times = compare(ours, theirs, [2.0 * k - 60 for k in range(repeats + 60)], warm_up=60)
        yield {"job": "slices", "case": f"{EDGE}^3, {case}", "peer": "x264 (encoding)"} | times
