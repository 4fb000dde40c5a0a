"""Plots: curves are those of the data, peaks are kept, lines stand where their times and values are."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from brainreel.data import LabelTable, TimeAxis
from brainreel.errors import FormatError
from brainreel.render import courses
from brainreel.render.courses import read_lines
from brainreel.render.plots import Plotter
from brainreel.render.spread import spread_series
from brainreel.timeline.frame import Course, Plot, PlotCurve
from brainreel.timeline.looks import DataReference

RNG = np.random.default_rng(0)
NO_TABLE = LabelTable("table", (), "0")
BLACK, WHITE, RED = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (1.0, 0.0, 0.0)


@dataclass
class Rows:
    """A series in memory, which counts what is read."""

    values: NDArray[np.float32]
    times: TimeAxis
    vertices: NDArray[np.int32] | None = None
    name: str = "a.stc"
    hemi: str | None = None
    read: list[int] = field(default_factory=list)

    @property
    def width(self) -> int:
        return len(self.values[0])

    def row(self, index: int) -> NDArray[np.float32]:
        self.read.append(index)
        return self.values[index]

    def fingerprint(self) -> str:
        return self.name


@dataclass(frozen=True)
class Ring:
    """Triangles round a circle."""

    points: NDArray[np.float32]
    faces: NDArray[np.int32]
    name: str = "lh.pial"
    hemi: str | None = None
    arrays: dict = field(default_factory=dict)

    def fingerprint(self) -> str:
        return "ring"


@dataclass(frozen=True)
class Parcels:
    """Labels on the vertices of the ring."""

    labels: NDArray[np.int32]
    vertices: NDArray[np.int32] | None = None
    name: str = "lh.aparc.annot"
    hemi: str | None = None
    table: LabelTable = NO_TABLE

    def fingerprint(self) -> str:
        return "parcels"


def ring(count: int) -> Ring:
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    points = np.stack([np.cos(turn), np.sin(turn), 0 * turn], 1).astype(np.float32)
    index = np.arange(count)
    return Ring(points, np.stack([index, (index + 1) % count, (index + 2) % count], 1).astype(np.int32))


def plot(*curves: PlotCurve, **changes) -> Plot:
    known = {"span": (0.0, 100.0), "unit": "ms", "cursor": None, "ticks": (0.0, 50.0, 100.0), "title": "nAm"}
    return Plot(curves, **({**known, "size": 0.08, "color": WHITE} | changes))  # pyright: ignore[reportArgumentType]


def curve(*vertices: int, value: str = "", parts: tuple[str, ...] = ("a",), smooth: int | None = 0) -> PlotCurve:
    known = tuple(
        Course(DataReference(f"{part}.paint"), DataReference(f"{part}.surface"), vertices or None, smooth)
        for part in parts
    )
    return PlotCurve("curve", RED, known, value)


def series(count: int = 101, width: int = 12, **changes) -> Rows:
    return Rows(RNG.normal(size=(count, width)).astype(np.float32), TimeAxis(0.0, 0.001, count), **changes)


def picture(data: dict, shown: Plot, size: tuple[int, int] = (240, 400)) -> NDArray[np.uint8]:
    image = np.empty((*size, 3), np.uint8)
    Plotter(data).draw(shown, BLACK, size[0], image)
    return image


def test_values_over_vertices_are_those_of_numpy() -> None:
    one, other = series(), series(width=7)
    data = {"a.paint": one, "b.paint": other, "a.surface": ring(12), "b.surface": ring(7)}
    both = np.concatenate([one.values, other.values], 1).astype(float)
    wanted = {"gfp": both.std(1), "rms": np.sqrt((both**2).mean(1)), "mean": both.mean(1), "max": both.max(1)}
    for value, expected in wanted.items():
        lines = read_lines(plot(curve(value=value, parts=("a", "b"))), data)
        np.testing.assert_allclose(lines.values[0], expected, rtol=1e-6)
        np.testing.assert_allclose(lines.times, np.arange(101), rtol=1e-12)


def test_power_is_that_of_mne() -> None:
    mne = pytest.importorskip("mne")
    data = RNG.normal(size=(30, 101))
    info = mne.create_info(30, 1000.0, "eeg")
    with mne.utils.use_log_level("error"):
        evoked = mne.EvokedArray(data, info)
    values = evoked.data.std(axis=0, ddof=0)  # what mne.viz.evoked draws as GFP
    rows = Rows(data.T.astype(np.float32), TimeAxis(0.0, 0.001, 101))
    lines = read_lines(plot(curve(value="gfp")), {"a.paint": rows, "a.surface": ring(30)})
    np.testing.assert_allclose(lines.values[0], values, rtol=1e-5)


@pytest.mark.parametrize("smooth", [None, 2, 5])
def test_a_course_is_what_is_painted_at_its_vertex(smooth: int | None) -> None:
    sparse, mesh = series(width=4, vertices=np.array([0, 3, 6, 9], np.int32)), ring(12)
    lines = read_lines(plot(curve(6, smooth=smooth), curve(7, smooth=smooth)), {"a.paint": sparse, "a.surface": mesh})
    spread = spread_series(sparse, mesh, smooth)
    painted = np.array([spread(row)[[6, 7]] for row in sparse.values]).T
    np.testing.assert_allclose(lines.values, painted, rtol=1e-5)


def test_a_vertex_that_no_value_reaches_has_no_course() -> None:
    data = {"a.paint": series(width=4, vertices=np.array([0, 3, 6, 9], np.int32)), "a.surface": ring(12)}
    with pytest.raises(FormatError, match=r"a\.stc: no value reaches vertex 7 of lh\.pial"):
        read_lines(plot(curve(7, smooth=0)), data)


def test_a_parcel_has_the_values_that_the_data_have_in_it() -> None:
    parcels = Parcels(np.array([7, 7, 3, 7, 3, 3, 7, 7, 3, 3, 3, 3], np.int32))
    dense, sparse = series(), series(width=4, vertices=np.array([0, 4, 6, 9], np.int32))
    data = {"a.paint": dense, "b.paint": sparse, "parcels": parcels, "a.surface": ring(12), "b.surface": ring(12)}
    (one, other) = (
        PlotCurve("V1", RED, (replace(curve(parts=(part,)).courses[0], parcel=(DataReference("parcels"), 7)),), "mean")
        for part in ("a", "b")
    )
    lines = read_lines(plot(one, other), data)
    np.testing.assert_allclose(lines.values[0], dense.values[:, [0, 1, 3, 6, 7]].astype(float).mean(1), rtol=1e-6)
    np.testing.assert_allclose(lines.values[1], sparse.values[:, [0, 2]].astype(float).mean(1), rtol=1e-6)
    listed = {**data, "parcels": Parcels(np.array([7, 7], np.int32), np.array([4, 9], np.int32))}
    np.testing.assert_allclose(read_lines(plot(other), listed).values[0], sparse.values[:, [1, 3]].mean(1), rtol=1e-5)
    with pytest.raises(FormatError, match="has no value in the parcel 7"):
        read_lines(plot(other), {**data, "parcels": Parcels(np.full(12, 3, np.int32))})


def test_each_row_is_read_once_for_all_curves_and_none_outside_of_the_span() -> None:
    rows = series(1001)
    data = {"a.paint": rows, "a.surface": ring(12)}
    read_lines(plot(curve(1), curve(2), curve(value="rms"), span=(200.0, 300.0)), data)
    assert rows.read == list(range(200, 301))


def test_values_that_are_none_do_not_count_and_blocks_do_not_show(monkeypatch) -> None:
    rows = series(101)
    rows.values[3] = np.nan
    rows.values[5, :4] = np.inf
    data = {"a.paint": rows, "a.surface": ring(12)}
    shown = plot(curve(value="mean"), curve(value="gfp"), curve(2))
    lines = read_lines(shown, data)
    assert np.isnan(lines.values[:, 3]).all()
    assert lines.values[0, 5] == pytest.approx(rows.values[5, 4:].mean(dtype=float))
    monkeypatch.setattr(courses, "BLOCK_VALUES", 7 * 12)
    np.testing.assert_array_equal(read_lines(shown, data).values, lines.values)


def test_values_that_become_fewer_have_no_curve() -> None:
    changing = series(3)
    shorter: Any = [*changing.values[:2], changing.values[2, :5]]  # no array: rows of two lengths
    changing.values = shorter
    with pytest.raises(FormatError, match=r"a\.stc: has 12 values at moment 0, 5 at moment 2.*leave it out"):
        read_lines(plot(curve(value="gfp"), span=(0.0, 2.0)), {"a.paint": changing, "a.surface": ring(12)})


def test_items_are_counted_and_uneven_moments_lie_where_they_were() -> None:
    uneven = replace(series(4), times=TimeAxis(0.0, 0.02, 4, uneven=(0.0, 0.01, 0.05, 0.06)))
    mesh = ring(12)
    lines = read_lines(plot(curve(1)), {"a.paint": uneven, "a.surface": mesh})
    np.testing.assert_allclose(lines.times, [0, 10, 50, 60])
    counted = read_lines(plot(curve(1), span=(0.0, 3.0), unit="items"), {"a.paint": uneven, "a.surface": mesh})
    np.testing.assert_array_equal(counted.times, [0, 1, 2, 3])


def test_of_series_that_are_too_long_even_rows_are_read_and_that_is_told(monkeypatch, caplog) -> None:
    monkeypatch.setattr(courses, "MOST_VALUES", 12 * 50)
    rows = series(101)
    lines = read_lines(plot(curve(1)), {"a.paint": rows, "a.surface": ring(12)})
    assert rows.read == list(range(0, 101, 3))
    assert "a.stc: a plot would read 101 moments of 12 values; one in 3 is read" in caplog.text
    np.testing.assert_array_equal(lines.values[0], rows.values[::3, 1])


def red(image: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where the curve is: more red than white has."""
    return (image[..., 0].astype(int) - image[..., 1]) > 100


def test_no_peak_is_lost_however_many_moments_lie_on_a_pixel() -> None:
    values = np.zeros((100_000, 3), np.float32)
    values[[12_345, 70_001]] = 1
    rows = Rows(values, TimeAxis(0.0, 1e-6, 100_000))
    image = picture({"a.paint": rows, "a.surface": ring(3)}, plot(curve(0)))
    tops = np.flatnonzero(red(image)[60:150].any(0))
    assert len(np.split(tops, np.flatnonzero(np.diff(tops) > 20) + 1)) == 2


def test_a_curve_stands_where_its_times_and_values_are() -> None:
    ramp = Rows(np.linspace([0] * 3, [10] * 3, 101, dtype=np.float32), TimeAxis(0.0, 0.001, 101))
    image = picture({"a.paint": ramp, "a.surface": ring(3)}, plot(curve(0)))
    rows, columns = np.nonzero(red(image))
    body = rows > 50  # below the name of the curve
    slope, offset = np.polyfit(columns[body], rows[body], 1)
    assert np.abs(slope * columns[body] + offset - rows[body]).max() < 3
    assert slope < 0


def test_the_cursor_moves_and_nothing_else_does() -> None:
    data = {"a.paint": series(), "a.surface": ring(12)}
    shown = plot(curve(3, smooth=None))
    plotter, images = Plotter(data), []
    for cursor in (None, 20.0, 80.0):
        image = np.empty((240, 400, 3), np.uint8)
        plotter.draw(replace(shown, cursor=cursor), BLACK, 240, image)
        images.append(image)
        np.testing.assert_array_equal(image, picture(data, replace(shown, cursor=cursor)))
    changed = [np.flatnonzero((image != images[0]).any((0, 2))) for image in images[1:]]
    assert max(map(np.ptp, changed)) < 20
    left, right = (columns.mean() for columns in changed)
    assert right - left == pytest.approx(0.6 * (320), abs=40)


def test_letters_axes_and_cursor_are_seen_on_any_ground_where_that_is_not_known() -> None:
    shown = plot(curve(0), cursor=50.0, title="dSPM")
    for outlined in (False, True):
        image = np.empty((240, 400, 3), np.uint8)
        Plotter({"a.paint": series(), "a.surface": ring(12)}).draw(replace(shown, outlined=outlined), WHITE, 240, image)
        grey = image.max(2)
        assert (grey[:40, :100].min() < 30) == outlined  # the title
        assert ((grey < 110).sum(0) > 150).any() == outlined  # the axis or the cursor


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (300, 7), (40, 60)])
def test_a_plot_is_drawn_however_small(size: tuple[int, int]) -> None:
    assert picture({"a.paint": series(), "a.surface": ring(12)}, plot(curve(3), cursor=50.0), size).shape == (*size, 3)


@pytest.mark.parametrize("values", [np.nan, 0.0, -3.0])
def test_values_that_do_not_vary_or_are_none_are_drawn(values: float) -> None:
    rows = Rows(np.full((101, 3), values, np.float32), TimeAxis(0.0, 0.001, 101))
    assert picture({"a.paint": rows, "a.surface": ring(3)}, plot(curve(0), cursor=50.0)).any()


def test_sixteen_bits_are_the_same_picture() -> None:
    data = {"a.paint": series(), "a.surface": ring(12)}
    shown = plot(curve(3), cursor=50.0)
    fine = np.empty((240, 400, 3), np.uint16)
    Plotter(data).draw(shown, BLACK, 240, fine)
    assert np.abs(fine / 257 - picture(data, shown)).max() <= 1
