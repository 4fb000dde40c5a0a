"""Surfaces over time: what lies at and between moments, and that pictures of it are those of a surface that stands."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from brainreel.data import Mesh, TimeAxis
from brainreel.errors import FormatError
from brainreel.kernels.pool import Pool
from brainreel.render.cpu import openness
from brainreel.render.cpu.geometry import Geometry, vertex_normals
from brainreel.render.cpu.shapes import Shapes, between
from brainreel.timeline.looks import ColorRange, DataReference, Shading
from contracts.surfaces import Course, Surface, caster, look, paint, picture, sphere, surface, view_from

VIEW = view_from((1.5, 2.0, 5.5), (163, 121))
SHADED = Shading(0.3, 0.7)
BALL = sphere(12, name="ball.gii")
EGG = surface(BALL.points * (1, 1.5, 0.7), BALL.faces, "egg.gii")


@dataclass(frozen=True)
class Film:
    """A MeshSeries of plain surfaces."""

    meshes: tuple[Surface, ...]
    name: str = "film"
    hemi: str | None = None

    @property
    def times(self) -> TimeAxis:
        return TimeAxis(0.0, 1.0, len(self.meshes), "items")

    def mesh(self, index: int) -> Mesh:
        return self.meshes[index]

    def fingerprint(self) -> str:
        return self.name


def moving(rows, weights, **more):
    found = look("film", shading=SHADED, **more)
    return replace(found, parts=(DataReference("film", rows, weights),))


def test_at_a_moment_the_picture_is_that_of_its_surface_alone():
    for row, mesh in enumerate((BALL, EGG)):
        alone = picture(caster({"one": mesh}), look("one", shading=SHADED), view=VIEW)
        for weights in (((row,), (1.0,)), ((row, 1 - row), (1.0, 0.0))):
            np.testing.assert_array_equal(
                picture(caster({"film": Film((BALL, EGG))}), moving(*weights), view=VIEW), alone
            )


def test_between_moments_points_are_mixed_and_normals_are_those_of_the_mixed_points():
    part = Shapes({"film": Film((BALL, EGG))}, {"film": "f"}).part(DataReference("film", (0, 1), (0.75, 0.25)))
    mixed = (0.75 * BALL.points.astype(float) + 0.25 * EGG.points).astype(np.float32)
    np.testing.assert_allclose(part.points, mixed, atol=1e-7)
    np.testing.assert_array_equal(part.normals, vertex_normals(part.points, BALL.faces))
    assert part.closed


def test_what_all_moments_share_stays_as_it_is_to_the_bit():
    names = {"sulc": np.linspace(-1, 1, len(BALL.points)).astype(np.float32)}
    same = replace(BALL, arrays=names)
    mean = between(Film((same, same)), ((0, 0.3), (1, 0.7)))
    np.testing.assert_array_equal(mean.points, BALL.points)
    np.testing.assert_array_equal(mean.arrays["sulc"], names["sulc"])
    assert list(between(Film((same, BALL)), ((0, 0.3), (1, 0.7))).arrays) == []


def test_moments_share_their_triangles_and_parts_live_as_long_as_somebody_needs_them():
    shapes = Shapes({"film": Film((BALL, EGG))}, {"film": "f"})
    first, second = (shapes.part(DataReference("film", (k,))) for k in range(2))
    assert first.topology is second.topology
    assert shapes.part(DataReference("film", (0,))) is first
    del first
    assert len(shapes._moving) == 1


def test_pictures_do_not_depend_on_what_was_drawn_before():
    films = {"film": Film((BALL, EGG, sphere(7, 1.2, name="other.gii")))}
    looks = [moving((0,), (1.0,)), moving((0, 1), (0.4, 0.6)), moving((2,), (1.0,)), moving((1,), (1.0,))]
    fresh = [picture(caster(films), one, view=VIEW) for one in looks]
    kept = caster(films, budget_bytes=2_000_000)
    for k in (0, 1, 1, 3, 2, 2, 0, 0, 1):
        np.testing.assert_array_equal(picture(kept, looks[k], view=VIEW), fresh[k])


def test_values_on_some_vertices_spread_on_the_surface_that_is_shown():
    ico = sphere(7, 1.2, name="other.gii")
    values = Course(np.ones((1, 3), np.float32), np.array([0, 5, 9], np.int32))
    data = {"film": Film((BALL, ico)), "values": values, "alone": ico}
    on = {"paints": (paint("values", colors=ColorRange("hot", (0.0, 2.0))),)}
    one = caster(data)
    picture(one, moving((0,), (1.0,), **on), view=VIEW)
    np.testing.assert_array_equal(
        picture(one, moving((1,), (1.0,), **on), view=VIEW),
        picture(caster(data), look("alone", shading=SHADED, **on), view=VIEW),
    )


def test_between_surfaces_of_other_triangles_lies_nothing():
    with pytest.raises(FormatError, match=r"egg\.gii \(moment 0\) has 1,442 vertices .* write interpolate: hold"):
        between(Film((EGG, sphere(3))), ((0, 0.5), (1, 0.5)))


def test_occlusion_between_moments_is_mixed_and_stays_where_transforms_move_it(monkeypatch):
    monkeypatch.setattr(openness, "DIRECTIONS", 32)
    dented = surface(BALL.points * (1 - 0.8 * (BALL.points[:, 2:] > 0.5)), BALL.faces, "dented.gii")
    shapes = Shapes({"film": Film((BALL, dented))}, {"film": "f"})
    with Pool(1) as pool:
        skies = openness.Skies(pool, shapes)

        def left(*reference, occlusion=1.0):
            layer = replace(look("film", occlusion=occlusion), parts=(DataReference("film", *reference),))
            return skies.open_to_light((layer,), Geometry.of(((shapes.part(layer.parts[0]),),)))

        first, last = left((0,), (1.0,)), left((1,), (1.0,))
        assert first.min() > 0.99 > 0.8 > last.min()
        np.testing.assert_allclose(left((0, 1), (0.75, 0.25)), 0.75 * first + 0.25 * last, atol=1e-6)
        np.testing.assert_allclose(left((1,), (1.0,), occlusion=0.5), 0.5 + 0.5 * last, atol=1e-6)
        turned = ((0.0, -1.0, 0.0, 9.0), (1.0, 0.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0), (0.0, 0.0, 0.0, 1.0))
        np.testing.assert_array_equal(skies.open_to_light(*_moved(shapes, turned)), last)


def _moved(shapes, matrix):
    layer = replace(look("film", occlusion=1.0), parts=(DataReference("film", (1,), (1.0,), moves=(matrix,)),))
    return (layer,), Geometry.of(((shapes.part(layer.parts[0]),),))
