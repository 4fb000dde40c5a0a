"""Arrows along vectors: their shape, and where they lie."""

from dataclasses import replace

import numpy as np
import pytest

from brainreel.data import Mesh, MeshSeries, MeshSeriesBetween, TimeAxis
from brainreel.errors import BrainreelError, FormatError
from brainreel.formats.array_series import StandingArray
from brainreel.formats.arrows import SHAFT_RADIUS, TIP_LENGTH, TIP_RADIUS, ArrowSeries, arrow, vectors_of
from brainreel.formats.mesh_series import ShapeSeries

PLACES = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [5, 5, 5]], np.float32)
VECTORS = np.array([[3, 0, 0], [0, 0, -2], [1, 2, 2], [0, 0, 0]], np.float32)


class Points:
    """A surface of four vertices with an array of three numbers each."""

    name, hemi = "points", None
    faces = np.array([[0, 1, 2]], np.int32)

    def __init__(self, points=PLACES, **arrays):
        self.points, self.arrays = points, {"flow": VECTORS, "height": points[:, 2], **arrays}

    def fingerprint(self):
        return repr((self.points.tolist(), {name: array.tolist() for name, array in self.arrays.items()}))


class Vectors:
    """Vectors over time, one array (n, 3) a moment, at all vertices."""

    name, hemi, vertices = "vectors", None, None

    def __init__(self, *moments):
        self.moments = [np.asarray(moment, np.float32) for moment in moments]
        self.times, self.width = TimeAxis(0.0, 0.5, len(moments)), len(moments[0])

    def row(self, index):
        return np.linalg.norm(self.moments[index], axis=1)

    def vectors(self, index):
        return self.moments[index]

    def fingerprint(self):
        return repr([moment.tolist() for moment in self.moments])


def arrows(values, base=None, scale_mm=1.0, least=0.0, rows=range(4)):
    rows = np.array(rows)
    every = int(rows[1] - rows[0]) or 1
    return ArrowSeries(base or Points(), values, rows, rows, scale_mm, least, every)


def each(mesh, count=4):
    """(count, vertices, 3) of each arrow."""
    return mesh.points.reshape(count, -1, 3).astype(float)


@pytest.mark.parametrize("sides", [6, 7, 20])
def test_an_arrow_shows_its_outside_and_encloses_what_its_cylinder_and_cone_do(sides):
    points, faces = arrow(sides)
    assert len(points) == 6 * sides
    corners = points[faces].astype(float)
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    middle = corners.mean(1)
    outwards = np.einsum("ij,ij->i", normals, middle * [0, 1, 1])
    assert ((outwards > 1e-9) | (normals[:, 0] < 0)).all()
    polygon = sides / 2 * np.sin(2 * np.pi / sides)
    shaft, tip = SHAFT_RADIUS**2 * (1 - TIP_LENGTH), TIP_RADIUS**2 * TIP_LENGTH / 3
    open_end = shaft / 3  # the shaft goes on inside the tip
    volume = np.einsum("ij,ij->i", corners[:, 0], normals).sum() / 6
    assert volume == pytest.approx(polygon * (shaft + tip - open_end), rel=1e-5)


def test_arrows_lie_where_vtk_puts_them():
    pv = pytest.importorskip("pyvista")
    cloud = pv.PolyData(PLACES[:3])
    cloud["flow"] = VECTORS[:3]
    source = pytest.importorskip("vtkmodules.vtkFiltersSources").vtkArrowSource()
    source.SetTipResolution(60)
    source.Update()
    theirs = cloud.glyph(orient="flow", scale="flow", geom=pv.wrap(source.GetOutput()), factor=1.5).points.reshape(
        3, -1, 3
    )
    ours = each(arrows(Vectors(VECTORS), scale_mm=1.5).mesh(0))[:3]
    axes = VECTORS[:3] / np.linalg.norm(VECTORS[:3], axis=1, keepdims=True)
    for mine, other, axis, place in zip(ours, theirs, axes, PLACES, strict=False):
        profiles = [_profile(points - place, axis) for points in (mine, other)]
        np.testing.assert_allclose(*profiles, atol=1e-5)


def _profile(points, axis):
    """Where an arrow along `axis` begins, widens and ends, and how far it reaches sideways in all."""
    along = points @ axis
    off = np.linalg.norm(np.cross(points, axis), axis=1)
    widest = np.isclose(off, off.max(), atol=1e-4)
    return (
        along.min(),
        along[widest].mean(),
        along.max(),
        off.max(),
        off[np.isclose(along, along.min(), atol=1e-4)].max(),
    )


@pytest.mark.parametrize("direction", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0, -1), (-1, -2, 1e-9), (3, -2, -5)])
def test_it_is_as_thick_whatever_its_direction(direction):
    vector = 2 * np.array(direction) / np.linalg.norm(direction)
    points = each(arrows(Vectors([vector] * 4)).mesh(0))[0]
    along = points @ vector / 2
    off = np.linalg.norm(points - along[:, None] * vector / 2, axis=1)
    np.testing.assert_allclose([along.min(), along.max(), off.max()], [0, 2, 0.2], atol=1e-5)


def test_short_vectors_and_those_without_numbers_have_no_arrow():
    values = Vectors([[3, 0, 0], [0, np.nan, 1], [np.inf, 0, 0], [0.5, 0, 0]])
    drawn = np.ptp(each(arrows(values, least=1).mesh(0)), axis=1).any(axis=1)
    assert drawn.tolist() == [True, False, False, False]
    assert np.isfinite(arrows(values).mesh(0).points).all()
    assert np.ptp(each(arrows(values).mesh(0))[3], axis=0).any()


def test_between_moments_vectors_turn_as_vectors_do():
    series = arrows(Vectors(VECTORS, -VECTORS))
    assert isinstance(series, MeshSeries)
    assert isinstance(series, MeshSeriesBetween)
    assert not isinstance(series, Mesh)
    middle = each(series.between(((0, 0.5), (1, 0.5))))
    assert np.ptp(middle, axis=1).max() == 0
    quarter = each(series.between(((0, 0.75), (1, 0.25))))
    np.testing.assert_allclose(quarter, each(arrows(Vectors(VECTORS / 2)).mesh(0)), atol=1e-6)
    np.testing.assert_array_equal(series.mesh(1).points, series.between(((1, 1.0),)).points)


def test_arrows_go_with_points_that_move():
    base = ShapeSeries((Points(), Points(PLACES + 2)))
    still, moving = arrows(Vectors(VECTORS, VECTORS)), arrows(Vectors(VECTORS, VECTORS), base)
    np.testing.assert_allclose(moving.mesh(1).points, still.mesh(1).points + 2, atol=1e-5)
    np.testing.assert_allclose(moving.between(((0, 0.5), (1, 0.5))).points, still.mesh(0).points + 1, atol=1e-5)


def test_points_that_become_fewer_have_fewer_arrows_and_nothing_lies_between():
    fewer = Points(PLACES[:3], flow=VECTORS[:3], height=PLACES[:3, 2])
    base = ShapeSeries((Points(), fewer))
    series = ArrowSeries(base, Vectors(VECTORS, VECTORS[:3]), np.array([0, 2]), np.array([0, 2]), 1.0, every=2)
    np.testing.assert_array_equal(series.rows_at(1), [0, 2])
    assert series.mesh(0).points.shape == series.mesh(1).points.shape
    series = ArrowSeries(base, Vectors(VECTORS, VECTORS[:3]), np.arange(4), np.arange(4), 1.0)
    mesh = series.mesh(1)
    np.testing.assert_array_equal(each(mesh, 3), each(series.mesh(0))[:3])
    assert mesh.faces.max() == len(mesh.points) - 1
    assert len(mesh.arrays["height"]) == len(mesh.points)
    with pytest.raises(FormatError, match=r"has 4 points at moment 0, 3 at moment 1.*write interpolate: hold"):
        series.between(((0, 0.5), (1, 0.5)))
    with pytest.raises(BrainreelError, match="there is no moment 2"):
        series.mesh(2)


def test_arrays_of_the_points_are_on_the_arrows_that_are_there():
    series = arrows(Vectors(VECTORS), rows=[1, 3])
    per_arrow = series.vertex_count // 2
    mesh = series.mesh(0)
    assert set(mesh.arrays) == {"flow", "height"} == set(series.over_time)
    np.testing.assert_array_equal(mesh.arrays["height"], np.repeat([0, 5], per_arrow))
    np.testing.assert_array_equal(series.over_time["flow"].row(0), np.repeat([2, 0], per_arrow))
    assert mesh.faces.max() == series.vertex_count - 1


def test_many_arrows_have_few_sides():
    few, many = arrows(Vectors(VECTORS)), arrows(Vectors(VECTORS), rows=[0] * 50_000)
    assert few.vertex_count == 4 * 72
    assert many.vertex_count == 50_000 * 36


def test_their_outline_reaches_as_far():
    series = arrows(Vectors(VECTORS, -VECTORS))
    for ours, outline in zip(each(series.mesh(0)), each(series.outline.mesh(0)), strict=True):
        np.testing.assert_allclose(outline.min(0), ours.min(0), atol=0.02 * np.ptp(ours))
        np.testing.assert_allclose(outline.max(0), ours.max(0), atol=0.02 * np.ptp(ours))
    assert series.outline.fingerprint() == series.fingerprint()


def test_all_that_changes_the_arrows_changes_the_fingerprint():
    first = arrows(Vectors(VECTORS))
    others = [
        arrows(Vectors(2 * VECTORS)),
        arrows(Vectors(VECTORS), Points(PLACES + 1)),
        arrows(Vectors(VECTORS), rows=[0, 2]),
        replace(first, scale_mm=2.0),
        replace(first, least=1.0),
    ]
    assert len({one.fingerprint() for one in (first, *others)}) == 6
    moments = arrows(Vectors(VECTORS, VECTORS))
    assert moments.mesh(0).fingerprint() != moments.mesh(1).fingerprint()
    assert first.fingerprint() == arrows(Vectors(VECTORS)).fingerprint()


def test_vectors_of_an_array_are_its_numbers_and_what_has_no_three_is_refused():
    np.testing.assert_array_equal(vectors_of(StandingArray(Points(), "flow"), 0), VECTORS)
    with pytest.raises(FormatError, match="points: height: holds 1 number a point, a vector has 3"):
        vectors_of(StandingArray(Points(), "height"), 0)
    with pytest.raises(FormatError, match="holds 2 numbers a point"):
        vectors_of(StandingArray(Points(two=VECTORS[:, :2]), "two"), 0)
