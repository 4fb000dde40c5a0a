"""Clocks that run at a rate or follow another, and labels that state what their data show."""

import pytest

from brainreel import scene
from brainreel.data.facts import Facts
from brainreel.data.times import TimeAxis
from brainreel.errors import SceneError
from brainreel.timeline import resolve

UNEVEN = (-0.1, -0.06, 0.0, 0.001, 0.25, 0.5)
EVEN_AXIS = TimeAxis(-0.1, 0.1, 6)
UNEVEN_AXIS = TimeAxis(-0.1, 0.12, 6, uneven=UNEVEN)
ITEMS = TimeAxis(0.0, 1.0, 4, "items")


@pytest.fixture
def film_of(facts):
    """A film of a cortex on a clock: what `clock` writes, the `scalars` and the `axis` of its data."""

    def make(clock: str, axis: TimeAxis = EVEN_AXIS, scalars: str = ""):
        text = (
            f"brainreel: 1\nmovie: {{length: 20s, fps: 5}}\ncamera: [{{still: {{view: left}}}}]\n"
            f"clocks: {{meg: {clock}}}\n"
            f"layers: {{cortex: {{surface: a, paint: {{scalars: {{file: b, clock: meg{scalars}}}}}}}}}\n"
            f"overlays: [{{time: meg, format: '{{t:.9f}} {{unit}}'}}]\n"
        )
        return resolve(scene.loads(text), facts.cortex(times=axis))

    return make


def data(film, t_s: float):
    paints = film.frame_at(t_s).panels[0].layers[0].paints
    return paints[0].data[0] if paints else None


def label(film, t_s: float) -> str:
    return film.frame_at(t_s).panels[0].overlays[0].text


def label_ms(film, t_s: float) -> float:
    number, unit = label(film, t_s).replace("−", "-").split()
    return float(number) * {"ms": 1, "s": 1000}[unit]


def rows(film, *times_s: float) -> list[tuple[int, ...]]:
    return [data(film, t_s).rows for t_s in times_s]


def test_a_rate_is_data_time_per_time_of_the_movie_over_all_the_data(film_of) -> None:
    film = film_of("{rate: 0.05}")
    assert rows(film, 0, 1.99, 2, 11.99, 12, 20) == [(0,), (0,), (1,), (5,), (5,), (5,)]
    assert dict(film.frame_at(6).clocks) == {"meg": pytest.approx(0.2)}


def test_a_clock_may_stop_where_the_scene_says(film_of) -> None:
    film = film_of("{rate: 0.05, start: 0ms, end: 300ms}", scalars=", interpolate: linear")
    assert [label_ms(film, t_s) for t_s in (0, 2, 6, 20)] == [0, 100, 300, 300]


def test_beyond_the_data_the_rule_of_the_source_decides(film_of) -> None:
    with pytest.raises(SceneError, match=r"the clock meg shows \d+.* ms, the data reach from -100 ms to 400 ms"):
        film_of("{rate: 0.05, end: 2s}")
    film = film_of("{rate: 0.05, end: 2s}", scalars=", outside: hide")
    assert data(film, 11.9) is not None
    assert data(film, 12.1) is None


@pytest.mark.parametrize("scalars", ["", ", interpolate: linear", ", interpolate: cubic"])
@pytest.mark.parametrize("axis", [UNEVEN_AXIS, TimeAxis(-0.1, 0.0033, 51)])
@pytest.mark.parametrize(
    "clock",
    [
        "{0s: -100ms, 20s: 65ms}",
        "{rate: 0.11, repeat: loop}",
        "{rate: -0.11, repeat: ping-pong}",
        "{rate: -0.037, start: 50ms, repeat: loop}",
    ],
)
def test_values_that_are_times_are_those_of_the_label_at_every_frame(film_of, clock, axis, scalars) -> None:
    film = film_of(clock, axis, scalars)
    for frame in film.frames():
        shown = frame.panels[0].layers[0].paints[0].data[0]
        value_s = sum(weight * axis.at(row) for row, weight in zip(shown.rows, shown.weights, strict=True))
        assert label_ms(film, frame.time_s) == pytest.approx(1000 * value_s, abs=1e-6)
        if not scalars:
            assert len(shown.rows) == 1
        else:
            assert value_s == pytest.approx(dict(frame.clocks)["meg"], abs=1e-9)


def test_a_loop_begins_again_at_the_very_frame(film_of) -> None:
    held = film_of("{rate: 0.1, repeat: loop}")  # six moments of 100 ms, so 6 s
    assert rows(held, 0, 5.99, 6, 11.99, 12, 18) == [(0,), (5,), (0,), (5,), (0,), (0,)]
    mixed = film_of("{rate: 0.1, repeat: loop}", scalars=", interpolate: linear")  # from the first to the last, 5 s
    assert rows(mixed, 0, 5, 10, 15) == [(0,)] * 4
    assert label_ms(mixed, 5) == -100
    odd = film_of("{rate: 1/7, repeat: loop}", TimeAxis(0.0, 0.1, 3))  # 0.3 s of data in 2.1 s
    assert rows(odd, 2.1, 4.2, 6.3, 8.4, 10.5, 12.6, 14.7, 16.8, 18.9) == [(0,)] * 9


def test_ping_pong_turns_at_both_ends(film_of) -> None:
    film = film_of("{rate: 0.1, repeat: ping-pong}", scalars=", interpolate: linear")
    assert [label_ms(film, t_s) for t_s in (0, 4, 5, 6, 10, 11, 15)] == [
        -100, 300, 400, 300, -100, 0, 400,
    ]  # fmt: skip
    held = film_of("{rate: 0.1, repeat: ping-pong}")
    assert rows(held, 5.5, 6, 6.5, 7.5) == [(5,), (5,), (5,), (4,)]


def test_a_clock_may_run_backwards(film_of) -> None:
    film = film_of("{rate: -0.1, repeat: loop}")
    assert rows(film, 0, 0.5, 1.5, 5.5, 6, 6.5) == [(5,), (5,), (4,), (0,), (5,), (5,)]
    assert label_ms(film, 1.5) == pytest.approx(300)


def test_items_pass_at_so_many_a_second(film_of) -> None:
    film = film_of("{rate: 2 items/s, repeat: ping-pong}", ITEMS)
    assert [r[0] for r in rows(film, 0, 0.4, 0.6, 1.9, 2.1, 2.6, 3.9, 4.1)] == [0, 0, 1, 3, 3, 2, 0, 0]


NAMED = (
    "brainreel: 1\nmovie: {{length: 4s}}\nclocks: {{task: {{rate: 1 items/s}}}}\n"
    "layers: {{cortex: {{surface: a, paint: {{scalars: {{file: b, clock: task, interpolate: {how}}}}}}}}}\n"
    "overlays: [{{time: task, {label}}}]\n"
)


def named(facts, label_: str, how: str = "hold"):
    return resolve(scene.loads(NAMED.format(label=label_, how=how)), facts.cortex(times=ITEMS))


def test_a_label_names_the_item_that_is_held(facts) -> None:
    film = named(facts, "labels: [rest, left, right, both]")
    assert [label(film, t_s) for t_s in (0, 0.99, 1, 2.5, 3.9)] == ["rest", "rest", "left", "right", "both"]
    film = named(facts, "labels: [rest, left, right, both], format: '{label} ({t:.0f})'")
    assert label(film, 1.5) == "left (1)"


@pytest.mark.parametrize("how", ["linear", "cubic"])
def test_a_label_names_both_items_that_the_picture_lies_between(facts, how) -> None:
    film = named(facts, "labels: [rest, left, right, both]", how)
    assert [label(film, t_s) for t_s in (0, 0.5, 1, 2.25, 4)] == ["rest", "rest – left", "left", "right – both", "both"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("labels: [rest, left]", r"overlays\[0\].labels: has 2 words for 4 moments; write one for each"),
        ("format: '{label}'", r"overlays\[0\].format: \{label\} stands for one of labels:"),
    ],
)
def test_labels_that_do_not_fit_the_data_are_an_error(facts, words, message) -> None:
    with pytest.raises(SceneError, match=message):
        named(facts, words)


def test_a_follower_shows_what_its_leader_showed_a_delay_of_data_before(facts) -> None:
    assets = dict(facts.cortex(times=EVEN_AXIS).assets)
    assets |= {f"cortex.paint.1.{side}": facts.series(side, times=EVEN_AXIS) for side in ("left", "right")}
    text = (
        "brainreel: 1\nmovie: {length: 10s}\nclocks: {meg: {rate: 0.05}, late: {follow: meg, delay: 100ms}}\n"
        "layers: {cortex: {surface: a, paint: [{scalars: {file: b, clock: meg}},"
        " {scalars: {file: c, clock: late, outside: hide}}]}}\noverlays: [{time: meg}, {time: late}]\n"
    )
    film = resolve(scene.loads(text), Facts(assets))
    frame = film.frame_at(5)
    assert [paint.data[0].rows for paint in frame.panels[0].layers[0].paints] == [(2,), (1,)]
    assert [one.text for one in frame.panels[0].overlays] == ["0.10 s", "0.00 s"]
    assert len(film.frame_at(1).panels[0].layers[0].paints) == 1


def test_series_of_different_rates_stay_synchronised(facts) -> None:
    """Of one clock, each shows the moment that its own axis has at that time."""
    fast, slow = TimeAxis(-0.1, 0.001, 501), TimeAxis(-0.1, 0.0333, 16)
    assets = dict(facts.cortex(times=fast).assets)
    assets |= {f"cortex.paint.1.{side}": facts.series(side, times=slow) for side in ("left", "right")}
    text = (
        "brainreel: 1\nmovie: {length: 10s}\nclocks: {meg: {rate: 0.07, repeat: loop}}\n"
        "layers: {cortex: {surface: a, paint: [{scalars: {file: b, clock: meg, interpolate: linear}},"
        " {scalars: {file: c, clock: meg, interpolate: cubic}}]}}\n"
    )
    film = resolve(scene.loads(text), Facts(assets))
    for frame in film.frames():
        shown_s = [
            sum(w * axis.at(row) for row, w in zip(paint.data[0].rows, paint.data[0].weights, strict=True))
            for paint, axis in zip(frame.panels[0].layers[0].paints, (fast, slow), strict=True)
        ]
        assert shown_s == pytest.approx([dict(frame.clocks)["meg"]] * 2, abs=1e-9)
    longest = max(dict(frame.clocks)["meg"] for frame in film.frames())
    assert longest <= -0.1 + 15 * 0.0333  # the time that both have


def test_a_clock_of_no_data_needs_its_ends(facts) -> None:
    text = (
        "brainreel: 1\nclocks: {{meg: {{0s: 0ms, 9s: 9ms}}, lone: {}}}\noverlays: [{{time: lone}}]\n"
        "layers: {{cortex: {{surface: a, paint: {{scalars: {{file: b, clock: meg}}}}}}}}\n"
    )
    known = facts.cortex(times=TimeAxis(0.0, 0.001, 10))
    film = resolve(scene.loads(text.format("{rate: 2, start: -1s}")), known)
    assert label(film, 3) == "5.00 s"
    with pytest.raises(SceneError, match=r"clocks.lone: no data over time have this clock"):
        resolve(scene.loads(text.format("{rate: 2, start: -1s, repeat: loop}")), known)


def test_a_start_beyond_the_data_is_told(film_of) -> None:
    with pytest.raises(SceneError, match=r"clocks.meg: would run from 900 ms to 500 ms, which is not its way"):
        film_of("{rate: 1, start: 900ms}")


def test_a_label_follows_data_that_show_something(facts) -> None:
    assets = dict(facts.cortex(times=TimeAxis(0.0, 0.1, 3)).assets)
    assets |= {f"cortex.paint.1.{side}": facts.series(side, times=TimeAxis(0.0, 0.2, 6)) for side in ("left", "right")}
    text = (
        "brainreel: 1\nmovie: {length: 10s}\nclocks: {meg: {0s: 0ms, 10s: 1s}}\noverlays: [{time: meg}]\n"
        "layers: {cortex: {surface: a, paint: [{scalars: {file: b, clock: meg, outside: hide}},"
        " {scalars: {file: c, clock: meg, outside: hide}}]}}\n"
    )
    film = resolve(scene.loads(text), Facts(assets))
    assert [label(film, t_s) for t_s in (1.5, 3.5, 7)] == ["+100 ms", "+200 ms", "+600 ms"]


def test_a_label_follows_the_paint_that_is_seen_where_another_is_hidden(facts) -> None:
    assets = dict(facts.cortex(times=TimeAxis(0.0, 0.1, 11)).assets)
    assets |= {f"cortex.paint.1.{side}": facts.series(side, times=TimeAxis(0.0, 0.5, 3)) for side in ("left", "right")}
    text = (
        "brainreel: 1\nmovie: {length: 10s}\nclocks: {meg: {0s: 0ms, 10s: 1s}}\noverlays: [{time: meg}]\n"
        "layers: {cortex: {surface: a, visible: {0s: true, 9s: false}, paint: ["
        "{scalars: {file: b, clock: meg}, alpha: {0s: 1, 2s: 0}}, {scalars: {file: c, clock: meg}}]}}\n"
    )
    film = resolve(scene.loads(text), Facts(assets))
    assert [label(film, t_s) for t_s in (1.5, 3.5, 7)] == ["+100 ms", "+0 ms", "+500 ms"]
    assert label(film, 9.5) == "+950 ms"  # nothing is seen, the clock goes on
