"""Whatever a painted surface and its overlays say may change over the movie."""

import pytest

from brainreel import scene
from brainreel.errors import SceneError
from brainreel.timeline import resolve

LINES = (
    "brainreel: 1\nmovie: {{length: 10s, fps: 5}}\ncamera: [{{still: {{view: left}}}}]\n"
    "clocks: {{meg: {clock}}}\nlayers:\n  cortex:\n"
    "    surface: lh.pial\n    paint: {{scalars: {{file: lh.stc, clock: meg}}{paint}}}\n{layer}overlays:\n"
    "  - {{text: a, place: top{overlay}}}\n  - {{scalar_bar: cortex{bar}}}\n"
)


@pytest.fixture
def panel_at(facts):
    """What is seen at a time, by what the scene says of the `clock`, `paint`, `layer`, `overlay` and `bar`."""

    def at(t_s: float, **said: str):
        layer = "".join(f"    {line}\n" for line in said.pop("layer", "").splitlines())
        words = {"clock": "{0s: -100ms, 100%: 400ms}", "paint": "", "overlay": "", "bar": ""} | said
        film = resolve(scene.loads(LINES.format(layer=layer, **words)), facts.cortex())
        return film.frame_at(t_s).panels[0]

    return at


@pytest.mark.parametrize(
    ("paint", "read", "expected"),
    [
        ("alpha: {0s: 0.2, 50%: 0.4, 100%: 1}", lambda paint: paint.alpha, 0.3),
        ("color: {range: {0s: [0, 4], 5s: [2, 8]}}", lambda paint: paint.colors.range, (1, 6)),
        ("color: {range: {0s: [0, 1, 2], 5s: [2, 3, 8]}}", lambda paint: paint.colors.range, (1, 2, 5)),
    ],
)
def test_paint_changes(panel_at, paint, read, expected) -> None:
    (look,) = panel_at(2.5, paint=f", {paint}").layers
    assert read(look.paints[0]) == pytest.approx(expected)


def test_percentiles_of_a_range_change_too(panel_at) -> None:
    ranges = [
        panel_at(t_s, paint=", color: {range: {0s: [p50, p99], 5s: [p90, p99.9]}}").layers[0].paints[0].colors.range
        for t_s in (0, 2.5, 5)
    ]
    assert [(low + high) / 2 for low, high in zip(ranges[0], ranges[2], strict=True)] == pytest.approx(ranges[1])


@pytest.mark.parametrize(
    ("layer", "read", "expected"),
    [
        ("color: {0s: [0, 0, 0], 5s: [1, 0.5, 0]}", lambda look: look.color, (0.5, 0.25, 0)),
        ("shading: {ambient: {0s: 0, 5s: 1}}", lambda look: look.shading.ambient, 0.5),
        ("alpha: {0s: 1, 5s: 0.5}", lambda look: look.alpha, 0.75),
    ],
)
def test_the_layer_changes(panel_at, layer, read, expected) -> None:
    (look,) = panel_at(2.5, layer=layer).layers
    assert read(look) == pytest.approx(expected)


def test_a_layer_comes_and_goes_and_its_bar_with_it(panel_at) -> None:
    layer = "visible: {0s: false, 2s: true, 80%: false}"
    seen = [len(panel_at(t_s, layer=layer).layers) for t_s in (1.9, 2, 7.9, 8)]
    assert seen == [0, 1, 1, 0]
    assert [len(panel_at(t_s, layer=layer).overlays) for t_s in (1.9, 2, 8)] == [1, 2, 1]


@pytest.mark.parametrize(
    ("overlay", "read", "expected"),
    [
        ("size: {0s: 4%, 5s: 8%}", lambda text: text.size, 0.06),
        ("alpha: {0s: 0, 5s: 1}", lambda text: text.alpha, 0.5),
        ("color: {0s: [1, 1, 1], 5s: [0, 1, 1]}", lambda text: text.color, (0.5, 1, 1)),
        ("box: {0s: [1, 1, 1], 5s: [0, 1, 1]}", lambda text: text.box, (0.5, 1, 1)),
        ("box: white, box_alpha: {0s: 0, 5s: 1}", lambda text: text.box_alpha, 0.5),
    ],
)
def test_words_change(panel_at, overlay, read, expected) -> None:
    assert read(panel_at(2.5, overlay=f", {overlay}").overlays[0]) == pytest.approx(expected)


def test_a_bar_changes_with_the_range_it_explains(panel_at) -> None:
    paint = ", color: {range: {0s: [0, 4], 5s: [2, 8]}}"
    bar = panel_at(2.5, paint=paint, bar=", length: {0s: 20%, 5s: 40%}, title: {0s: early, 3s: late}").overlays[1]
    assert (bar.colors.range, bar.length, bar.title) == ((1, 6), pytest.approx(0.3), "early")


@pytest.mark.parametrize(
    ("clock", "row"),
    [
        ("{0%: -100ms, 50%: 0ms, 100%: 400ms}", 25),
        ("{0s: -100ms, 5s: 0ms, 10s: 400ms, ease: {0s: in}}", 12),
        ("{0s: -100ms, 50f: 0ms, ease: hold}", 0),
        ("{0s: 400ms, end+0s: -100ms}", 187),
    ],
)
def test_a_clock_is_written_like_any_track(panel_at, clock, row) -> None:
    (look,) = panel_at(2.5, clock=clock).layers
    assert look.paints[0].data[0].rows[0] == row


def test_a_map_is_one_for_the_movie(panel_at) -> None:
    with pytest.raises(SceneError, match="cannot change during the movie; write one value, such as hot"):
        panel_at(0, paint=", color: {map: {0s: hot, 5s: viridis}}")
