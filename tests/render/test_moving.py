"""Layers that transforms move: pictures are those of data that lie there, and what moves is not read again."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.render import Renderer
from brainreel.render.cpu.shapes import Shapes
from brainreel.space import GridField, PointMap, Warp, map_points, rotation
from brainreel.store.stored import open_store
from brainreel.timeline.frame import Camera, Frame, Panel
from brainreel.timeline.looks import ColorRange, DataReference, LabelColor, LabelsLook, SliceLook, SlicePaint, WarpMove
from contracts.conversions import store_of
from contracts.surfaces import caster, look, picture, sphere, surface, view_from
from contracts.volumes import MemoryVolume, noisy_ball
from contracts.volumes import look as volume_look

BALL = sphere(10, name="ball.gii")
VIEW = view_from((1.5, 2.0, 5.5), (120, 90))


def plain(affine):
    return tuple(map(tuple, np.asarray(affine, float).tolist()))


def turned(degrees, offset=(0, 0, 0), scale=1.0, about=(0, 0, 0)):
    affine = np.eye(4)
    affine[:3, :3] = scale * rotation(np.radians(degrees) * np.array([1.0, 2, 2]) / 3)
    affine[:3, 3] = np.asarray(about) - affine[:3, :3] @ about + offset
    return affine


def moved(shown, *moves):
    return replace(shown, parts=tuple(replace(part, moves=moves) for part in shown.parts))


@dataclass(frozen=True)
class Bend:
    """A Transform of one warp, which counts how often it is asked."""

    point_maps: tuple[PointMap, ...]
    name: str = "warp"

    def fingerprint(self) -> str:
        return self.name


class Counted:
    """A smooth field that counts."""

    def __init__(self, height=0.4):
        z, y, x = np.meshgrid(*[np.linspace(-1, 1, 31)] * 3, indexing="ij")
        vectors = np.zeros((31, 31, 31, 3))
        vectors[..., 1] = height * np.exp(-4 * (x - 0.3) ** 2 - 4 * z**2 - y**2)
        world = np.diag([0.1, 0.1, 0.1, 1])
        world[:3, 3] = -1.5
        self.inner, self.asked = GridField(vectors, world), 0

    def displacement(self, points):
        self.asked += 1
        return self.inner.displacement(points)

    def reach(self):
        return self.inner.reach()


def test_a_moved_surface_is_drawn_as_one_whose_points_are_there():
    affine = turned(50, (0.3, -0.2, 0.1), 0.8)
    points = (BALL.points.astype(float) @ affine[:3, :3].T + affine[:3, 3]).astype(np.float32)
    there = picture(caster({"a": surface(points, BALL.faces)}), look("a"), view=VIEW)
    found = picture(caster({"a": BALL}), moved(look("a"), plain(affine)), view=VIEW)
    np.testing.assert_array_equal(found, there)
    assert not np.array_equal(found, picture(caster({"a": BALL}), look("a"), view=VIEW))


def test_a_mirrored_surface_still_shows_its_outside():
    shapes = Shapes({"a": BALL}, {"a": "a"})
    part = shapes.part(DataReference("a", moves=(plain(np.diag([-1.0, 1, 1, 1])),)))
    assert part.closed
    np.testing.assert_allclose(part.normals, part.points, atol=0.05)


def test_a_part_of_a_warp_is_that_part_of_the_way_and_the_warp_is_asked_once():
    counted = Counted()
    warp = Bend((Warp(counted, "warp"),))
    shapes = Shapes({"a": BALL, "w": warp}, {"a": "a", "w": "w"})
    whole = map_points(warp.point_maps, BALL.points)
    asked = counted.asked
    for amount in (0.25, 0.5, 1.0, 1.5):
        part = shapes.part(DataReference("a", moves=(WarpMove("w", amount),)))
        expected = BALL.points + amount * (whole - BALL.points)
        np.testing.assert_allclose(part.points, expected, atol=1e-6)
    assert counted.asked == asked + 1
    assert np.abs(whole - BALL.points).max() > 0.2


def test_the_inverse_of_a_warp_undoes_it():
    warp = Bend((Warp(Counted(), "warp"),))
    shapes = Shapes({"a": BALL, "w": warp}, {"a": "a", "w": "w"})
    there = shapes.part(DataReference("a", moves=(WarpMove("w"), WarpMove("w", inverse=True))))
    np.testing.assert_allclose(there.points, BALL.points, atol=1e-5)
    steep = Shapes({"a": BALL, "w": Bend((Warp(Counted(8.0), "steep.h5"),))}, {"a": "a", "w": "w"})
    with pytest.raises(FormatError, match=r"steep.h5: the warp has no inverse"):
        steep.part(DataReference("a", moves=(WarpMove("w", inverse=True),)))


@dataclass(frozen=True)
class Growing:
    """A MeshSeries of balls."""

    name: str = "growing"
    times: TimeAxis = field(default_factory=lambda: TimeAxis(0.0, 1.0, 3))
    hemi: str | None = None

    def mesh(self, index):
        return surface(BALL.points * (1 + index), BALL.faces, f"ball {index}")

    def fingerprint(self):
        return self.name


def test_a_surface_over_time_moves_too():
    affine = turned(20, (1, 2, 3))
    shapes = Shapes({"a": Growing()}, {"a": "a"})
    part = shapes.part(DataReference("a", (0, 1), (0.5, 0.5), moves=(plain(affine),)))
    np.testing.assert_allclose(part.points, map_points([affine], 1.5 * BALL.points), atol=1e-5)
    still = shapes.part(DataReference("a", (0, 1), (0.5, 0.5)))
    assert part.topology is still.topology


def test_parts_that_move_are_let_go():
    shapes = Shapes({"a": BALL}, {"a": "a"})
    for degrees in range(5):
        shapes.part(DataReference("a", moves=(plain(turned(degrees)),)))
    assert len(shapes._moving) == 0  # nobody holds one


CENTER = (20.0, 22.0, 18.0)
SHAPE = (36, 44, 40)
CAMERA = Camera((120.0, 40.0, 60.0), CENTER, (0, 0, 1), 30.0, 1.0)


def frame(*layers):
    return Frame((96, 72), (0, 0, 0), (Panel(CAMERA, layers),))


def drawn(data, *frames, **more):
    with Renderer(data, {key: item.fingerprint() for key, item in data.items()}, threads=2, **more) as renderer:
        return [renderer.draw(one) for one in frames]


def soft(**more):
    return replace(volume_look(opacities=((0, 0), (254, 0.3))), **more)


def texture(edge=48, seed=0):
    z, y, x = SHAPE
    return np.ascontiguousarray(noisy_ball(edge, seed)[:z, :y, :x])


def reference(affine=None):
    return DataReference("brain", moves=() if affine is None else (plain(affine),))


LABELS = LabelsLook("brain", reference(), (LabelColor(1, (1, 0.2, 0.1)), LabelColor(2, (0.2, 0.3, 1))))
COLORS = ColorRange("gray", (0.0, 200.0))
SLICE = SliceLook("brain", CENTER, (0.0, 0.6, 0.8), (SlicePaint(reference(), COLORS),))


@pytest.mark.parametrize("kind", ["volume", "projected", "labels", "slice"])
def test_a_moved_volume_is_drawn_as_one_that_lies_there(kind):
    affine = turned(35, (2, -1, 3), 1.1, CENTER)
    voxels = texture() if kind != "labels" else (texture() > 60).astype(np.uint8) + (texture() > 90)
    shown = {"volume": soft(), "projected": soft(mode="maximum"), "labels": LABELS, "slice": SLICE}[kind]

    def pictured(at, volume):
        if kind == "slice":
            return drawn({"brain": volume}, frame(replace(SLICE, paints=(SlicePaint(at, COLORS),))))[0]
        return drawn({"brain": volume}, frame(replace(shown, data=at)))[0]

    there = pictured(reference(), MemoryVolume(voxels, affine))
    found = pictured(reference(affine), MemoryVolume(voxels))
    np.testing.assert_array_equal(found, there)
    assert found.max() > 20
    assert not np.array_equal(found, pictured(reference(), MemoryVolume(voxels)))


@pytest.mark.parametrize("kind", ["volume", "slice"])
def test_a_volume_that_turns_is_read_once(kind):
    volume = MemoryVolume(texture())
    frames = []
    for degrees in (0, 10, 20, 30):
        at = reference(turned(degrees, about=CENTER))
        shown = soft(data=at) if kind == "volume" else replace(SLICE, paints=(SlicePaint(at, COLORS),))
        frames.append(frame(shown))
    pictures = drawn({"brain": volume}, *frames)
    assert len(volume.reads) == 2  # bands of rows of the one time that it is cut into bricks
    assert len({one.tobytes() for one in pictures}) == 4


def test_pictures_do_not_depend_on_what_was_drawn_before():
    frames = [frame(soft(data=reference(turned(degrees, about=CENTER)))) for degrees in (0, 10, 20)]
    volume = MemoryVolume(texture())
    together = drawn({"brain": volume}, *frames)
    for one, found in zip(frames[::-1], together[::-1], strict=True):
        np.testing.assert_array_equal(drawn({"brain": volume}, one)[0], found)


def test_volumes_that_move_together_are_put_on_one_grid_once():
    half = np.ascontiguousarray(texture(seed=1)[::2, ::2, ::2])
    coarse = MemoryVolume(half, np.diag([2.0, 2, 2, 1]), name="coarse")
    data = {"brain": MemoryVolume(texture()), "other": coarse}
    other = soft(name="other", data=DataReference("other"))
    frames = []
    for degrees in (0, 15, 30):
        moves = (plain(turned(degrees, about=CENTER)),)
        frames.append(frame(*(replace(one, data=replace(one.data, moves=moves)) for one in (soft(), other))))
    pictures = drawn(data, *frames)
    reads = len(coarse.reads)
    drawn(data, frames[0])
    assert len(coarse.reads) == 2 * reads  # as often for three frames as for one
    np.testing.assert_array_equal(drawn(data, frames[2])[0], pictures[2])


def test_of_a_store_that_turns_bricks_are_read_once(tmp_path):
    stored = open_store(store_of(texture(), tmp_path / "a"))
    other = open_store(store_of(texture(), tmp_path / "b"))
    frames = [frame(soft(data=reference(turned(degrees, about=CENTER)))) for degrees in (10, 20, 30)]
    drawn({"brain": stored}, frames[0])
    once = stored.store.reads.bricks
    pictures = drawn({"brain": other}, *frames)
    assert other.store.reads.bricks == once
    affine = turned(30, about=CENTER)
    other.world_from_voxel = affine @ other.world_from_voxel
    np.testing.assert_array_equal(drawn({"brain": other}, frame(soft()))[0], pictures[2])


@dataclass(frozen=True)
class Moments:
    """A VolumeSeries of two moments."""

    volumes: tuple[MemoryVolume, ...]
    name: str = "series"
    times: TimeAxis = field(default_factory=lambda: TimeAxis(0.0, 1.0, 2))

    def moment(self, index):
        return self.volumes[index]

    def fingerprint(self):
        return "series"


def test_moments_of_a_volume_move_too():
    affine = turned(25, (1, 2, 3), about=CENTER)
    at = DataReference("brain", (0, 1), (0.25, 0.75), moves=(plain(affine),))
    series = Moments((MemoryVolume(texture()), MemoryVolume(texture(seed=4))))
    there = Moments(tuple(MemoryVolume(one.array, affine) for one in series.volumes))
    found = drawn({"brain": series}, frame(soft(data=at)))[0]
    np.testing.assert_array_equal(found, drawn({"brain": there}, frame(soft(data=replace(at, moves=()))))[0])
