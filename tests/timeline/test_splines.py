"""The curves of ParaView's cameras, against VTK itself where it is installed."""

import numpy as np
import pytest

from brainreel.timeline.splines import kochanek, through

LOOP = np.array([[0, 0, 1.5], [0, 1.25, 1], [0, 1.5, -0.25], [0.5, 0.75, -1.25], [0, -0.5, -1.25]])
PARTS = np.linspace(0, 1, 57)


def vtk_spline(points: np.ndarray, closed: bool) -> np.ndarray:
    vtk = pytest.importorskip("vtk")
    spline, held = vtk.vtkParametricSpline(), vtk.vtkPoints()
    held.SetDataTypeToDouble()
    for point in points:
        held.InsertNextPoint(*point)
    spline.SetPoints(held)
    spline.SetClosed(closed)
    places = []
    for u in PARTS:
        place = [0.0] * 3
        spline.Evaluate([u, 0, 0], place, [0.0] * 9)
        places.append(place)
    return np.array(places)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [0, 2], [3, 1, 4], [0, 1, 1, 2], [2, 2, 2, 0, 4]])
def test_a_curve_is_vtks(order: list[int], closed: bool) -> None:
    curve = through(LOOP[order], closed)
    assert np.array([curve(u) for u in PARTS]) == pytest.approx(vtk_spline(LOOP[order], closed), abs=1e-12)


def test_a_curve_goes_through_its_points_where_their_chords_are() -> None:
    lengths = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(LOOP, axis=0), axis=1))])
    curve = through(LOOP, closed=False)
    assert np.array([curve(u) for u in lengths / lengths[-1]]) == pytest.approx(LOOP, abs=1e-12)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_points_that_coincide_are_a_place(count: int, closed: bool) -> None:
    curve = through(np.repeat(LOOP[:1], count, axis=0), closed)
    assert [tuple(curve(u)) for u in (0, 0.3, 1)] == [tuple(LOOP[0])] * 3


def test_a_closed_curve_whose_last_point_repeats_the_first_is_that_without_it() -> None:
    again = through(np.concatenate([LOOP, LOOP[:1]]), closed=True)
    assert np.array([again(u) for u in PARTS]) == pytest.approx(np.array([through(LOOP, True)(u) for u in PARTS]))


def test_a_closed_curve_has_no_corner_at_its_first_point() -> None:
    curve, step = through(LOOP, closed=True), 1e-5
    slopes = (curve(step) - curve(0.0)) / step, (curve(1.0) - curve(1 - step)) / step
    assert slopes[0] == pytest.approx(slopes[1], abs=1e-2)
    assert np.linalg.norm(slopes[0]) > 1


def test_kochanek_is_vtks() -> None:
    vtk = pytest.importorskip("vtk")
    times, values = [0.0, 0.14, 0.5, 1.0], np.array([[1.0], [-2.0], [0.25], [3.0]])
    spline = vtk.vtkKochanekSpline()
    for time, (value,) in zip(times, values, strict=True):
        spline.AddPoint(time, value)
    at = kochanek(times, values)
    assert [at(u)[0] for u in PARTS] == pytest.approx([spline.Evaluate(u) for u in PARTS], abs=1e-12)


def test_outside_its_keys_a_flight_rests() -> None:
    at = kochanek([0.25, 0.75], np.array([[1.0], [2.0]]))
    assert [at(u)[0] for u in (0, 0.25, 0.5, 0.75, 1)] == [1, 1, 1.5, 2, 2]
    assert kochanek([0.25], np.array([[7.0]]))(0.9) == [7]
