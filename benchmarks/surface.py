"""Surfaces painted by a time course, with all looks of the published figure, against PyVista and MNE.

Two hemispheres of 163 842 vertices, 1200 moments, 1920 x 1080, 4 samples a pixel. All draw in turns in one process, on
all of its cores; encoding is in none of the first cases. MNE wants a display: `xvfb-run python -m benchmarks surface`.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.lib.format import open_memmap

from benchmarks.surface_peers import Mne, Peer, PyVista, Rows, write_subject
from benchmarks.timing import timed
from brainreel.assets import Assets, open_assets
from brainreel.encode import Video
from brainreel.encode.colour import BT709
from brainreel.encode.video import THREADS_SHARE
from brainreel.movie import render_movie
from brainreel.phantom.activation import CortexActivity
from brainreel.phantom.cortex import HEMISPHERES, CortexMesh
from brainreel.render import FINAL, Renderer
from brainreel.scene import loads
from brainreel.timeline import Film, resolve

VERTICES, MOMENTS, PARCELS = 163_842, 1200, 40
APART = 20
"""Moments from one that the phantom gives to the next; those between are mixed, which is faster."""
MOVIE_FRAMES = 60
FIRST_FRAME = 600
"""While much is going on: before the stimulus nothing is painted."""
RESTING, ORBITING = 1, 10
"""Frames from one picture to the next: an orbit of 3 degrees a picture."""
ASKED = {RESTING: 60, ORBITING: 15}
ENCODING_ASKED, PANELS_ASKED = 1 / 1.4, 1 / 1.3

_FIGURE = """
brainreel: 1
movie: {{length: 40s, fps: 30, size: 1920x1080, background: black}}
clocks: {{meg: {{0s: 0ms, end+0s: 1199ms}}}}
layers:
  cortex:
    surface: phantom:cortex?vertices={vertices}
    underlay: {{array: sulc}}
    paint:
      - scalars: {{file: {file}, times: {{first: 0ms, step: 1ms}}, clock: meg, interpolate: linear, outside: hold}}
        color: {{map: hot, range: [p96, p97.5, p99.95], below: hide}}
      - {{labels: "phantom:parcels?vertices={vertices}&count={parcels}", boundaries: true, color: {{other: "#303030"}}}}
overlays:
  - {{time: meg, format: "{{t:+.0f}} ms", place: top-left}}
  - {{scalar_bar: cortex, title: activation, place: right}}
"""
_PANELS = """
views:
  left_lateral: {{area: [0%, 0%, 50%, 50%], show: cortex.left, camera: [{left}]}}
  right_lateral: {{area: [50%, 0%, 50%, 50%], show: cortex.right, camera: [{right}]}}
  left_medial: {{area: [0%, 50%, 50%, 50%], show: cortex.left, camera: [{right}]}}
  right_medial: {{area: [50%, 50%, 50%, 50%], show: cortex.right, camera: [{left}]}}
"""
_CAMERAS = {RESTING: "still: {{view: {}, parallel: true}}", ORBITING: "orbit: {{start: {}, parallel: true}}"}
_WORDS = {RESTING: "resting", ORBITING: "orbiting"}
Turn = Callable[[int], object]
"""Draws picture k of an endless row of them."""


class Course:
    """A film of the figure and a Renderer for it; `step` frames from picture to picture."""

    def __init__(self, file: Path, panels: int, step: int, assets: Assets | None = None) -> None:
        text = _FIGURE.format(vertices=VERTICES, file=file, parcels=PARCELS)
        left, right = (_CAMERAS[step].format(side) for side in HEMISPHERES)
        text += _PANELS.format(left=left, right=right) if panels > 1 else f"camera: [{left}]\n"
        scene = loads(text)
        self.assets = assets or open_assets(scene)
        self.film = cast("Film", resolve(scene, self.assets.facts))
        self.renderer = Renderer(self.assets.data, self.assets.fingerprints)
        self.step = step
        self.title = f"{'four views' if panels > 1 else 'one view'}, {_WORDS[step]}"

    def index(self, k: int) -> int:
        return (FIRST_FRAME + k * self.step) % self.film.frame_count

    def draw(self, k: int) -> np.ndarray:
        return self.renderer.draw(self.film.frame(self.index(k)))

    def beside(self, peer: Peer) -> Turn:
        """The same pictures by `peer`."""
        return lambda k: peer.draw(self.index(k), self.film.frame(self.index(k)))


def cases(repeats: int = 5) -> Iterator[dict[str, Any]]:
    """One row a case; times are medians of `repeats` turns, the ratio is of CPU seconds."""
    meshes = {hemi: CortexMesh(hemi, VERTICES) for hemi in HEMISPHERES}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = write_rows(folder)
        write_subject(folder, meshes, PARCELS)
        first = Course(folder / "lh.activation.npy", 1, RESTING)
        courses = {
            (panels, step): Course(folder / "lh.activation.npy", panels, step, first.assets)
            for panels in (1, 4)
            for step in (RESTING, ORBITING)
        }
        for panels in (1, 4):
            both = [courses[panels, step] for step in (RESTING, ORBITING)]
            yield from _against_others(both, meshes, rows, folder, repeats)
        for step in (RESTING, ORBITING):
            yield _panels(courses[1, step], courses[4, step], repeats)
        for panels in (1, 4):
            yield from _encoding(courses[panels, RESTING], folder, repeats)


def write_rows(folder: Path) -> Rows:
    """`lh.activation.npy` and `rh.activation.npy` in `folder`, mapped."""
    rows = {}
    for hemi, side in zip(HEMISPHERES, ("lh", "rh"), strict=True):
        activity = CortexActivity(hemi, VERTICES, MOMENTS // APART + 1)
        path = folder / f"{side}.activation.npy"
        written = open_memmap(path, "w+", np.float32, (MOMENTS, activity.width))
        after = activity.row(0)
        for start in range(0, MOMENTS, APART):
            before, after = after, activity.row(start // APART + 1)
            for k in range(APART):
                written[start + k] = before + np.float32(k / APART) * (after - before)
        del written
        rows[hemi] = np.load(path, mmap_mode="r")
    return rows


def _against_others(
    courses: Sequence[Course], meshes: Mapping[str, CortexMesh], rows: Rows, folder: Path, repeats: int
) -> Iterator[dict[str, Any]]:
    frame = courses[0].film.frame(0)
    peers: list[Peer] = [PyVista(meshes, rows, frame)]
    try:
        peers.append(Mne(folder, rows, frame))
    except (ImportError, RuntimeError) as error:
        print(f"MNE is left out: {error}; it needs mne, pyvistaqt, PySide6 and a display (xvfb-run)", file=sys.stderr)
    for course in courses:
        draws: list[Turn] = [course.draw, *(course.beside(peer) for peer in peers)]
        ours, *theirs = in_turns(draws, [20 if course.step == RESTING else 4] + [1] * len(peers), repeats)
        for peer, taken in zip(peers, theirs, strict=True):
            yield _row(course.title, peer.name, ours, taken, ASKED[course.step])


def _panels(one: Course, four: Course, repeats: int) -> dict[str, Any]:
    count = 20 if one.step == RESTING else 4
    panels, alone = in_turns([four.draw, one.draw], [count, count], repeats)
    return _row(four.title, "one view as large", panels, alone, PANELS_ASKED)


def _encoding(course: Course, folder: Path, repeats: int) -> Iterator[dict[str, Any]]:
    """A movie by a Renderer that has drawn before, and its very pictures through x264 alone: as PyAV converts and
    encodes them, and by brainreel's encoder, which converts faster.
    """
    film, output = course.film, folder / "movie.mp4"
    encoder = Video(film.size, film.fps)
    pictures = [course.draw(k) for k in range(MOVIE_FRAMES)]

    def whole(_: int) -> None:
        render_movie(
            film,
            lambda: _Kept(course.renderer),
            output,
            fingerprints=course.assets.fingerprints,
            quality=FINAL,
            encoder=encoder,
            frames=range(FIRST_FRAME, FIRST_FRAME + MOVIE_FRAMES),
        )

    def alone(_: int) -> None:
        for start in range(0, MOVIE_FRAMES, encoder.segment_frames):
            segment = encoder.open(BytesIO())
            for picture in pictures[start : start + encoder.segment_frames]:
                segment.write(picture)
            segment.close()

    def plainly(_: int) -> None:
        for start in range(0, MOVIE_FRAMES, encoder.segment_frames):
            _encode_plainly(pictures[start : start + encoder.segment_frames], encoder)

    taken = _turns([whole, plainly, alone], repeats)
    movie, *codings = (_median([(w / MOVIE_FRAMES, c / MOVIE_FRAMES) for w, c in each]) for each in taken)
    for peer, coding in zip(("H.264 by PyAV alone", "H.264 by its own encoder alone"), codings, strict=True):
        row = _row(f"{course.title}, encoded", peer, movie, coding, ENCODING_ASKED)
        row["notes"] += f"; wall {row['ours_s'] / row['peer_s']:.2f} times, CPU {1 / row['ratio']:.2f} times the coding"
        yield row


def _encode_plainly(pictures: Sequence[np.ndarray], settings: Video) -> None:
    """A segment with the same settings of x264, its colours converted by FFmpeg."""
    with av.open(BytesIO(), "w", format="mp4") as container:
        stream = cast("VideoStream", container.add_stream("libx264", settings.fps, options=dict(settings.options)))
        stream.width, stream.height = settings.size
        stream.pix_fmt, stream.thread_count, stream.thread_type = settings.layout, settings.row.threads, THREADS_SHARE
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame = frame.reformat(format=settings.layout, src_colorspace=BT709, dst_colorspace=BT709)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


class _Kept:
    """A Renderer that a movie does not close."""

    def __init__(self, renderer: Renderer) -> None:
        self.draw, self.expect, self.reads = renderer.draw, renderer.expect, renderer.reads

    def close(self) -> None:
        pass


Taken = tuple[float, float]
"""Seconds of the wall's clock and of all threads, a picture."""


def in_turns(draws: Sequence[Turn], counts: Sequence[int], repeats: int) -> list[Taken]:
    """Medians a picture; in each turn draw j makes `counts[j]` pictures, of several after one that is not counted."""
    places = [0] * len(draws)

    def many(j: int, count: int) -> None:
        for _ in range(count):
            draws[j](places[j])
            places[j] += 1

    found: list[list[Taken]] = [[] for _ in draws]
    for turn in range(repeats + 1):
        for j, count in enumerate(counts):
            if count > 1:  # what is kept of a view, and what another has driven out of the processor's caches
                many(j, 1 if turn else 4)
            wall, cpu = timed(partial(many, j), count)
            if turn:
                found[j].append((wall / count, cpu / count))
    return [_median(taken) for taken in found]


def _turns(draws: Sequence[Turn], repeats: int) -> list[list[Taken]]:
    found: list[list[Taken]] = [[] for _ in draws]
    for _ in range(repeats):
        for draw, taken in zip(draws, found, strict=True):
            taken.append(timed(draw, 0))
    return found


def _median(taken: Sequence[Taken]) -> Taken:
    wall, cpu = zip(*taken, strict=True)
    return statistics.median(wall), statistics.median(cpu)


def _row(case: str, peer: str, ours: Taken, taken: Taken, asked: float) -> dict[str, Any]:
    ratio = taken[1] / ours[1]
    met = "met" if ratio >= asked else "short"
    notes = f"{ours[1] * 1000:.2f} ms of CPU a frame against {taken[1] * 1000:.1f}; {asked:.2g} asked: {met}"
    numbers = {"ours_s": ours[0], "peer_s": taken[0], "ours_cpu_s": ours[1], "peer_cpu_s": taken[1], "ratio": ratio}
    return {"job": "surface", "case": case, "peer": peer, **numbers, "notes": notes}
