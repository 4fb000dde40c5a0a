"""Values on some vertices spread over all, as MNE does it."""

import numpy as np
import pytest

from brainreel.errors import FormatError
from brainreel.render.spread import spread_series
from brainreel.space.spreading import spread
from contracts.surfaces import Course, sphere, surface


def stated_rule(values, vertices, mesh, steps):
    """Each step: a vertex becomes the mean of itself and its neighbours, of those that have a value."""
    count = len(mesh.points)
    near = [{k} for k in range(count)]
    for face in mesh.faces:
        for vertex in face:
            near[vertex] |= set(face)
    dense = np.full(count, np.nan)
    dense[vertices] = values
    while steps != 0 and not (steps is None and not np.isnan(dense).any()):
        with_value = [[v for v in sorted(around) if not np.isnan(dense[v])] for around in near]
        dense = np.array([dense[those].mean() if those else np.nan for those in with_value])
        steps = None if steps is None else steps - 1
    return dense


@pytest.mark.parametrize("steps", [0, 1, 2, 5, None])
def test_spreading_follows_the_stated_rule(steps):
    mesh = sphere(6)
    rng = np.random.default_rng(0)
    vertices = np.sort(rng.choice(len(mesh.points), 9, replace=False)).astype(np.int32)
    values = rng.normal(size=9).astype(np.float32)
    ours = spread(vertices, mesh.faces, len(mesh.points), steps)(values)
    np.testing.assert_allclose(ours, stated_rule(values, vertices, mesh, steps), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("steps", [1, 3, 10, None])
def test_spreading_equals_mnes(steps):
    pytest.importorskip("mne")
    from mne.morph import _hemi_morph

    mesh = sphere(8)
    vertices = np.arange(0, len(mesh.points), 23)
    every = np.arange(len(mesh.points))
    theirs = _hemi_morph(mesh.faces, every, vertices, steps, None, False)
    ours = spread(vertices, mesh.faces, len(mesh.points), steps)
    reached = np.asarray(theirs.sum(-1)) > 0
    np.testing.assert_array_equal(np.flatnonzero(~reached), ours.unreached)
    np.testing.assert_allclose(ours.matrix.toarray(), theirs.toarray(), atol=1e-6)


def test_vertices_that_nothing_reaches_have_no_value():
    two = surface(np.zeros((6, 3)), [(0, 1, 2), (3, 4, 5)])
    for steps in (2, None):
        np.testing.assert_array_equal(
            np.isnan(spread(np.array([0]), two.faces, 6, steps)(np.ones(1))), [False] * 3 + [True] * 3
        )


def test_rows_for_every_vertex_need_no_spreading():
    mesh = sphere(2)
    assert spread_series(Course(np.zeros((1, len(mesh.points)), np.float32)), mesh, None) is None


def test_a_vertex_number_beyond_the_surface_is_refused():
    course = Course(np.zeros((1, 2), np.float32), np.array([3, 42], np.int32), name="meg-lh.stc")
    with pytest.raises(FormatError, match=r"meg-lh\.stc: vertex number 42 .* 42 vertices"):
        spread_series(course, sphere(2), None)


def test_rows_that_are_longer_than_the_surface_are_refused():
    with pytest.raises(FormatError, match=r"rows of 7 values do not fit sphere\.gii, which has 42 vertices"):
        spread_series(Course(np.zeros((1, 7), np.float32)), sphere(2), None)
