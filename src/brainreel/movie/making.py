"""Making a movie: plan, reuse what is there, draw and encode the rest, join, verify, put it in its place."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import brainreel
from brainreel.encode import Encoder, Part, encoder_for
from brainreel.errors import Interrupted
from brainreel.movie.identity import drawing_identity
from brainreel.movie.plan import Segment, Showable, plan
from brainreel.movie.segment import Drawer, SegmentUnit, Stage, segments_folder
from brainreel.work import SILENT, Cancelled, Here, Ledger, Lock, Outcome, Progress, never

if TYPE_CHECKING:
    from brainreel.render.quality import Quality
    from brainreel.store.reads import Reads


@dataclass(frozen=True, slots=True)
class Report:
    """What a finished run did. `drawn` + `repeated` + `reused` = `frames`; repeated ones equal a drawn one.

    `reads`: what was read of each store, by its folder.
    """

    output: Path
    frames: int
    drawn: int
    repeated: int
    reused: int
    seconds: float
    reads: "Mapping[Path, Reads]"

    @property
    def frames_per_s(self) -> float:
        """Frames made in this run (not reused), a second."""
        return (self.drawn + self.repeated) / max(self.seconds, 1e-9)


def render_movie(
    film: Showable,
    make_renderer: Callable[[], Drawer],
    output: Path,
    *,
    fingerprints: Mapping[str, str],
    quality: "Quality",
    identity: str | None = None,
    encoder: Encoder | None = None,
    frames: range | None = None,
    progress: Progress = SILENT,
    cancelled: Cancelled = never,
    metadata: Mapping[str, Any] | None = None,
    keep_segments: bool = False,
) -> Report:
    """Make `output` of the film, or of its `frames`; what an earlier run has finished is used again.

    `make_renderer` is called when the first picture has to be drawn, at `quality`, with data of `fingerprints`.
    `identity` is that of the code that draws (None: `drawing_identity()`); `encoder` None goes by the output's name.
    `metadata`, such as the scene's text under "scene", has to be JSON; fingerprints and versions are added to it.

    Finished segments lie beside the output in `.<name>.segments/` until the output is whole, or for good with
    `keep_segments`. What stood under the output's name stays until then. Raises InputError where the output cannot
    be written or another process is writing it, DiskError when the disk is full, Interrupted after Ctrl-C or when
    `cancelled` says so; after each, the same call goes on where this one stopped.
    """
    began = time.monotonic()
    output = output.resolve()
    encoder = encoder or encoder_for(output, film.size, film.fps, alpha=film.transparent)
    encoder.check(output)
    identity = identity or drawing_identity()
    about = {
        **(metadata or {}),
        "versions": {"brainreel": brainreel.__version__, "drawing": identity, "encoder": encoder.identity()},
        "fingerprints": dict(fingerprints),
        "quality": asdict(quality),
    }
    folder = segments_folder(output)
    stage = Stage(film, make_renderer)
    try:
        segments = plan(film, fingerprints, quality, encoder, identity, frames, cancelled)
        with Lock(folder / "lock", output):
            ledger = Ledger(folder, encoder.suffix)
            ledger.clean()
            units = [SegmentUnit(segment, stage, encoder) for segment in segments]
            outcome = Here(encoder.segments_at_once).run(units, ledger, progress, cancelled)
            parts = [Part(outcome.files[segment.name], segment.frames) for segment in segments]
            encoder.join(parts, output, folder, about, cancelled)
            ledger.keep_only([segment.name for segment in segments] if keep_segments else [])
    except (KeyboardInterrupt, Interrupted) as interruption:
        raise Interrupted(f"{output}: interrupted; {_left(folder, encoder)}") from interruption
    finally:
        stage.close()
        with suppress(OSError):  # segments are left in it, or it was never made
            folder.rmdir()
    return _report(output, segments, stage, outcome, time.monotonic() - began)


def _left(folder: Path, encoder: Encoder) -> str:
    finished = len(list(folder.glob(f"[!.]*{encoder.suffix}")))
    return f"{finished} finished segments are kept in {folder}; the same command goes on from there"


def _report(output: Path, segments: Sequence[Segment], stage: Stage, outcome: Outcome, seconds: float) -> Report:
    frames = sum(len(segment.frames) for segment in segments)
    reused = sum(len(segment.frames) for segment in segments if segment.name in outcome.reused)
    return Report(output, frames, stage.drawn, frames - reused - stage.drawn, reused, seconds, stage.reads)
