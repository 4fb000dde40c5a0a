import pytest

FULL = """\
# Myelin, then a response.
brainreel: 1
vars: {subject: sub-01}
movie: {length: 20s, fps: 30, size: 1920x1080, background: black}
marks: {onset: 8s}
clocks:
  meg: {0s: -100ms, onset+0s: 0ms, end+0s: 400ms}   # slow before the stimulus
layers:
  pli:
    volume: {file: vervet.raw, dtype: uint8, shape: {z: 93, y: 64, x: 64}, spacing: {z: 2mm, y: 3mm, x: 3mm}}
    color: {points: [[0, .33, .33, .5], [27, 1, 1, .9], [254, 0, 0, 0]], space: RGB}
    opacity: {points: [[0, 0], [254, 1]]}              # x, y [, midpoint, sharpness]
    cut: {left: {0s: 0%, 8s: 50%}}
  cortex:
    surface: {files: [lh.pial, rh.pial]}
    underlay: {array: sulc}
    paint:
      - scalars: {file: $(subject)-lh.stc, clock: meg, smooth: 10, interpolate: linear}
        color: {map: hot, range: [p96, p97.5, p99.95], below: hide}
  pale: {like: cortex, color: "#ff0000"}   # the same again
camera:
  - orbit: {around: cortex, start: left, up: superior, turn: 360deg, zoom: {0%: 1, 100%: 1.6}, for: 8s, ease: in-out}
  - still: {view: superior}
overlays:
  - {time: meg, format: "{t:+.0f} ms", place: top-left}
  - {scalar_bar: cortex, title: dSPM, place: right}
  - {text: Stimulus, place: bottom, show: [onset+0s, onset+1s]}
"""


@pytest.fixture
def full() -> str:
    """A scene that says a little of everything."""
    return FULL


@pytest.fixture
def with_layer():
    """A scene of one volume, with more lines under its layer."""

    def make(*lines: str, top: str = "") -> str:
        body = "".join(f"    {line}\n" for line in lines)
        return f"brainreel: 1\nlayers:\n  pli:\n    volume: a.nii\n{body}{top}"

    return make
