"""Plots over time: what their curves are of, which times they span, and where the cursor stands."""

import pytest

from brainreel import scene
from brainreel.data import LabelEntry
from brainreel.data.facts import Facts, ParcellationFacts
from brainreel.data.times import TimeAxis
from brainreel.errors import SceneError
from brainreel.timeline import Film, resolve
from brainreel.timeline.frame import Plot
from brainreel.timeline.looks import DataReference


@pytest.fixture
def film(cortex_film):
    def make(plot: str, scalars: str = "clock: meg, interpolate: linear", rest: str = "") -> Film:
        views = f"views: {{a: {{area: [0, 0, 1, 50%]}}, b: {{area: [0, 50%, 1, 50%], plot: {{{plot}}}}}}}\n"
        return cortex_film(scalars, top=views + rest)

    return make


def plot(film: Film, t_s: float = 0.0) -> Plot:
    (found,) = film.frame_at(t_s).plots
    return found


def test_a_vertex_is_a_curve_and_a_value_is_one_of_all_that_are_named(film) -> None:
    each = plot(film("of: cortex, vertices: {left: [3, 999], right: [5]}")).curves
    assert [curve.name for curve in each] == ["left 3", "left 999", "right 5"]
    assert [curve.courses[0].vertices for curve in each] == [(3,), (999,), (5,)]
    assert len({curve.color for curve in each}) == 3
    (mean,) = plot(film("of: cortex, vertices: {left: [3, 999], right: [5]}, value: mean")).curves
    assert [(course.data.asset, course.vertices) for course in mean.courses] == [
        ("cortex.paint.0.left", (3, 999)),
        ("cortex.paint.0.right", (5,)),
    ]


def test_a_surface_has_vertices_and_no_points(film) -> None:
    with pytest.raises(SceneError, match="is no layer of balls at points; name vertices: of it"):
        film("of: cortex, points: [E0]")


def test_without_vertices_it_is_the_global_field_power_over_both_hemispheres(film) -> None:
    (curve,) = plot(film("of: cortex")).curves
    assert (curve.name, curve.value) == ("GFP", "gfp")
    assert [course.vertices for course in curve.courses] == [None, None]
    assert plot(film("of: cortex.0, value: rms")).curves[0].name == "RMS"


def test_a_plot_shows_the_times_that_the_clock_shows_until_the_movie_ends(film) -> None:
    shown = plot(film("of: cortex"))
    assert shown.span == (-100, 400)
    assert shown.unit == "ms"
    assert shown.ticks == (-100, 0, 100, 200, 300, 400)


@pytest.mark.parametrize("interpolate", ["hold", "linear", "cubic"])
def test_the_cursor_stands_at_the_time_that_the_label_states(film, interpolate: str) -> None:
    scalars = f"clock: meg, interpolate: {interpolate}"
    made = film("of: cortex", scalars, 'overlays: [{time: meg, format: "{t:.3f}"}]\n')
    for frame in made.frames():
        assert frame.overlays[0].text.replace("−", "-") == f"{frame.plots[0].cursor:.3f}"


def test_there_is_no_cursor_while_nothing_is_shown(cortex_film, facts) -> None:
    views = "views: {b: {area: [0, 0, 1, 1], plot: {of: cortex}}}\n"
    late = facts.cortex(times=TimeAxis(0.0, 0.002, 201))
    made = cortex_film("clock: meg, outside: hide", top=views, known=late)
    assert plot(made).cursor is None
    assert plot(made, 9.0).cursor == pytest.approx(350)
    assert plot(made).span == (0, 400)


def test_a_plot_has_neither_layers_nor_a_camera(film) -> None:
    frame = film("of: cortex").frame(0)
    assert len(frame.panels) == 1
    assert frame.plots[0].area == (0, 0.5, 1, 0.5)


def test_the_cursor_alone_changes_from_frame_to_frame(film) -> None:
    made = film("of: cortex")
    first, second = (made.frame(index).plots[0] for index in (0, 1))
    assert first.cursor != second.cursor
    assert first.curves == second.curves
    assert made.frame(0).digest() != made.frame(1).digest()


def test_curves_have_other_colours_on_a_light_ground(facts) -> None:
    def shown(background: str) -> Plot:
        text = (
            f"brainreel: 1\nmovie: {{length: 2s, background: {background}}}\nclocks: {{meg: {{0s: 0ms, 2s: 9ms}}}}\n"
            "layers: {cortex: {surface: lh.pial, paint: {scalars: {file: lh.stc, clock: meg}}}}\n"
            "views: {b: {area: [0, 0, 1, 1], plot: {of: cortex}}}\n"
        )
        return plot(resolve(scene.loads(text), facts.cortex()))

    assert shown("black").color == (1, 1, 1)
    assert shown("white").color == (0, 0, 0)
    assert shown("black").curves[0].color != shown("white").curves[0].color


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("of: cortex, vertices: {left: [3, 1000]}", "1000 is beyond left.pial, which has the vertices 0 to 999"),
        ("of: cortex, vertices: {lefd: [3]}", "did you mean left?"),
        ("of: cortex, vertices: [3]", "says not on which part; write {left: [...]}"),
        ("of: cortex.1", "cortex has no paint 1; known: cortex.0"),
    ],
)
def test_what_a_plot_cannot_find_is_an_error_with_its_key(film, text: str, told: str) -> None:
    with pytest.raises(SceneError, match=r"views\.b\.plot\.") as caught:
        film(text)
    assert told in str(caught.value)


def test_a_plot_of_a_layer_without_values_or_without_a_clock_is_an_error(facts) -> None:
    def made(paint: str, known: Facts) -> Film:
        text = (
            f"brainreel: 1\nlayers: {{cortex: {{surface: lh.pial{paint}}}}}\n"
            "views: {b: {area: [0, 0, 1, 1], plot: {of: cortex}}}\n"
        )
        return resolve(scene.loads(text, "a.scene.yaml"), known)

    with pytest.raises(SceneError, match="cortex has no values on a surface"):
        made("", facts.cortex())
    with pytest.raises(SceneError, match="shows one moment, so there is no course over time"):
        made(", paint: {scalars: lh.stc}", facts.cortex(times=TimeAxis(0.0, 1.0, 1)))


def test_a_layer_that_is_only_plotted_is_not_told_as_unseen(cortex_film, caplog) -> None:
    cortex_film("clock: meg", top="views: {b: {area: [0, 0, 1, 1], plot: {of: cortex}}}\n")
    assert "no view shows it" not in caplog.text


@pytest.fixture
def parcelled(facts):
    """A film of a cortex with labels 1, V1, and 2, MT, of which vertices of the right hemisphere have the first."""

    def make(plot: str, *labels: str) -> Film:
        entries = (LabelEntry(1, "V1", (1, 0, 0)), LabelEntry(2, "MT", (0, 1, 0)), LabelEntry(3, "FEF", (0, 0, 1)))
        known = dict(facts.cortex().assets)
        for part, present in (("left", (1, 2)), ("right", (1,))):
            told = ParcellationFacts(f"{part}.annot", 1000, part, present, entries, 0, f"p-{part}")
            known[f"cortex.paint.1.labels.{part}"] = told
        text = (
            "brainreel: 1\nmovie: {length: 2s}\nclocks: {meg: {0s: 0ms, 2s: 9ms}}\nlayers:\n  cortex:\n"
            "    surface: lh.pial\n    paint:\n      - {scalars: {file: lh.stc, clock: meg}}\n"
            "      - {labels: lh.aparc.annot}\n"
            f"views: {{b: {{area: [0, 0, 1, 1], plot: {{of: cortex, {plot}}}}}}}\n"
        )
        return resolve(scene.loads(text, "a.scene.yaml"), Facts(known))

    return make


def test_a_parcel_is_a_curve_in_each_hemisphere_that_has_it(parcelled) -> None:
    curves = plot(parcelled("parcels: [V1, MT]")).curves
    assert [curve.name for curve in curves] == ["left V1", "right V1", "left MT"]
    assert {curve.value for curve in curves} == {"mean"}
    assert curves[1].courses[0].parcel == (DataReference("cortex.paint.1.labels.right"), 1)
    assert plot(parcelled("parcels: [MT], value: rms")).curves[0].value == "rms"


def test_a_parcel_that_no_vertex_has_names_the_nearest(parcelled, film) -> None:
    with pytest.raises(SceneError, match=r"views\.b\.plot\.parcels: no vertex has the label V2; known: MT, V1"):
        parcelled("parcels: [V2]")
    with pytest.raises(SceneError, match="no vertex has the label FEF"):
        parcelled("parcels: [FEF]")
    with pytest.raises(SceneError, match="no labels are painted on cortex"):
        film("of: cortex, parcels: [V1]")
    with pytest.raises(SceneError, match="are named beside vertices"):
        parcelled("parcels: [V1], vertices: {left: [1]}")
