"""Media whose picture is known: fog, a ramp, an edge, cuts and surfaces in fog."""

import numpy as np
import pytest

from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL, Quality
from brainreel.space import Box
from contracts.volumes import WHITE, MemoryVolume, look, view

BACKGROUND = (0.25, 0.5, 0.75)
STRETCHED = np.array([[0.7, 0, 0, -9], [0, 1.3, 0, 4], [0, 0, 0.9, 2], [0, 0, 0, 1.0]])


def draw(pool, volume, look, view, depths=None, colors=None, quality=FINAL, background=BACKGROUND):
    caster = VolumeCaster(pool, quality, 1 << 30)
    out = np.empty((view.height, view.width, 3), np.uint8)
    rays = caster.march(volume, volume.fingerprint(), look, view, depths)
    caster.finish(rays, background, colors, out)
    return out / 255


def directions(view):
    """Each pixel's ray (h, w, 3): the eye plus this times the depth."""
    a = 2 * (np.arange(view.width) + 0.5) / view.width - 1
    b = 1 - 2 * (np.arange(view.height) + 0.5) / view.height
    across, up = view.right * view.tan_x, view.up * view.tan_y
    return view.forward + a[None, :, None] * across + b[:, None, None] * up


def lengths_in(view, lower, upper, depth=np.inf):
    """How far each pixel's ray runs between the planes of a box, up to `depth`."""
    along = directions(view)
    with np.errstate(divide="ignore"):
        t = np.stack([(np.asarray(face) - view.eye) / along for face in (lower, upper)])
    first, last = np.maximum(t.min(0).max(-1), 0), np.minimum(t.max(0).min(-1), depth)
    return np.maximum(last - first, 0) * np.linalg.norm(along, axis=-1)


def over(color, opacity):
    """`color` of `opacity` (h, w) over the background."""
    return np.asarray(color) * opacity[..., None] + np.array(BACKGROUND) * (1 - opacity[..., None])


@pytest.mark.parametrize("affine", [np.eye(4), STRETCHED], ids=["cubes", "stretched"])
@pytest.mark.parametrize("opacity", [0.02, 0.3])
def test_uniform_fog_obeys_beer_lambert(pool, affine, opacity):
    volume = MemoryVolume(np.full((40, 70, 90), 100, np.uint8), affine)
    corners = affine[:3, 3], affine[:3, 3] + np.diag(affine)[:3] * (89, 69, 39)
    seen = view(corners[1] + np.array((60, 90, 40)), (corners[0] + corners[1]) / 2, angle=50)
    shown = look(WHITE, ((0, opacity), (255, opacity)), unit_distance=2.0)
    picture = draw(pool, volume, shown, seen, quality=Quality(rays=1))
    expected = over((1, 1, 1), 1 - (1 - opacity) ** (lengths_in(seen, *corners) / 2.0))
    assert np.abs(picture - expected).max() <= 1.001 / 255


def test_fog_around_the_camera_begins_at_the_camera(pool):
    volume = MemoryVolume(np.full((40, 40, 40), 100, np.uint8))
    seen = view((20.3, 18.9, 21.2), (35, 22, 20), angle=90)
    picture = draw(pool, volume, look(WHITE, ((0, 0.03), (255, 0.03))), seen)
    expected = over((1, 1, 1), 1 - 0.97 ** lengths_in(seen, (0, 0, 0), (39, 39, 39)))
    assert np.abs(picture - expected).max() <= 1.001 / 255


def test_fog_drawn_from_coarse_levels_is_the_same_fog(pool):
    volume = MemoryVolume(np.full((130, 130, 130), 100, np.uint8))
    seen = view((400, 300, 250), (64.5, 64.5, 64.5), angle=40)
    fog = look(WHITE, ((0, 0.01), (255, 0.01)))
    expected = over((1, 1, 1), 1 - 0.99 ** lengths_in(seen, (0, 0, 0), (129, 129, 129)))
    for error_px in (0.1, 1, 2, 5):
        picture = draw(pool, volume, fog, seen, quality=Quality(error_px=error_px))
        assert np.abs(picture - expected).max() <= 1.001 / 255, error_px


def test_a_ramp_absorbs_as_its_integral(pool):
    """Extinction proportional to x: the integral over a straight path is its length times the mean of both ends."""
    array = np.broadcast_to(np.arange(100, dtype=np.uint16) * 64, (60, 60, 100))
    rate = 4e-4
    ramp = look(WHITE, tuple((64 * x, float(1 - np.exp(-rate * x))) for x in range(100)))
    seen = view((50, -150, 40), (50, 30, 30), angle=45)
    picture = draw(pool, MemoryVolume(np.ascontiguousarray(array)), ramp, seen)
    along = directions(seen)
    with np.errstate(divide="ignore"):
        t = np.stack([(np.array(face) - seen.eye) / along for face in ((0, 0, 0), (99, 59, 59))])
    first, last = t.min(0).max(-1), t.max(0).min(-1)
    length = np.maximum(last - first, 0) * np.linalg.norm(along, axis=-1)
    middle = seen.eye[0] + (first + last) / 2 * along[..., 0]
    assert np.abs(picture - over((1, 1, 1), 1 - np.exp(-rate * length * middle))).max() <= 1.001 / 255


def test_a_step_edge_is_seen_where_it_is(pool):
    """Opaque beyond x = 30.5, seen from the side: the half picture beyond it is full, the other empty."""
    array = np.zeros((64, 64, 64), np.uint8)
    array[:, :, 31:] = 200
    edge = look(((0, (1, 0, 0)), (255, (1, 0, 0))), ((0, 0), (99.9, 0), (100.1, 1), (255, 1)))
    seen = view((31, -2000, 31), (31, 31, 31), angle=1.6, size=(96, 64))
    picture = draw(pool, MemoryVolume(array), edge, seen, quality=Quality(error_px=0))
    x = seen.eye[0] + directions(seen)[..., 0] * (2000 + np.array([0.0, 63.0])[:, None, None])
    inside = (lengths_in(seen, (0, 0, 0), (63, 63, 63)) > 20) & (np.abs(x - 30.5).min(0) > 0.05)
    beyond = inside & (x > 30.5).all(0)
    before = inside & (x < 30.5).all(0)
    assert beyond.any()
    assert before.any()
    assert np.abs(picture[beyond] - (1, 0, 0)).max() <= 1.001 / 255
    assert np.abs(picture[before] - BACKGROUND).max() <= 1.001 / 255


def test_a_cut_bounds_the_fog_without_rings(pool):
    volume = MemoryVolume(np.full((60, 60, 60), 100, np.uint8))
    lower, upper = np.array((7.3, 11.1, 0.9)), np.array((40.6, 50.2, 33.3))
    seen = view((120, 100, 90), (25, 30, 20), angle=35)
    fog = look(WHITE, ((0, 0.05), (255, 0.05)), keep=Box(tuple(lower), tuple(upper)))
    picture = draw(pool, volume, fog, seen)
    expected = over((1, 1, 1), 1 - 0.95 ** lengths_in(seen, lower, upper))
    assert np.abs(picture - expected).max() <= 1.001 / 255


@pytest.mark.parametrize("unit_distance", [1.0, 6.0])
def test_flat_faces_show_no_rings(pool, unit_distance):
    """Opaque, steeply colored texture behind a face: no sample's place is seen, as an eighth of the step shows."""
    z, y, x = np.indices((96, 96, 96))
    texture = 60 + 40 * np.sin(x / 9) * np.sin(z / 7) * np.cos(y / 5)
    seen = view((48, -150, 48), (48, 48, 48), angle=36, size=(120, 120))
    coarse, fine = (
        draw(pool, MemoryVolume(texture.astype(np.uint8)), look(unit_distance=unit_distance), seen, quality=quality)
        for quality in (Quality(error_px=0), Quality(error_px=0, step_voxels=0.125))
    )
    assert np.abs(coarse - fine)[20:100, 20:100].max() <= 2.001 / 255


def test_fog_before_a_surface_ends_at_each_of_its_samples(pool):
    volume = MemoryVolume(np.full((60, 60, 60), 100, np.uint8))
    seen = view((130, 25, 40), (30, 30, 30), angle=35, size=(50, 38))
    rng = np.random.default_rng(0)
    depths = rng.uniform(60, 140, (38, 50, 4)).astype(np.float32)
    depths[rng.random(depths.shape) < 0.3] = np.inf
    depths[5:9, 4:8] = depths[5:9, 4:8, :1]
    depths[20:30, 10:30] = np.inf
    rgb = rng.integers(0, 256, (38, 50, 4, 3))
    colors = (rgb << (0, 8, 16)).sum(-1).astype(np.uint32)
    fog = look(((0, (1, 0.6, 0.2)),), ((0, 0.03),))
    picture = draw(pool, volume, fog, seen, depths, colors)
    expected = np.zeros((38, 50, 3))
    for sample in range(4):
        depth = depths[..., sample, None]
        length = lengths_in(seen, (0, 0, 0), (59, 59, 59), depth[..., 0])
        opacity = 1 - 0.97 ** length[..., None]
        behind = np.where(np.isfinite(depth), rgb[..., sample, :] / 255, BACKGROUND)
        expected += (np.array((1, 0.6, 0.2)) * opacity + behind * (1 - opacity)) / 4
    assert np.abs(picture - expected).max() <= 1.001 / 255


def test_a_surface_hides_what_lies_behind_it_and_not_what_lies_before(pool):
    array = np.zeros((64, 64, 64), np.uint8)
    array[:, :20], array[:, 40:] = 100, 200
    layers = look(((0, (1, 0, 0)), (100, (1, 0, 0)), (200, (0, 1, 0))), ((0, 0), (99, 0.9), (255, 0.9)))
    seen = view((31, 200, 31), (31, 31, 31), angle=10, size=(32, 32))
    depths = np.full((32, 32, 4), 170, np.float32)  # at y = 30, between the slabs
    blue = np.full((32, 32, 4), 255 << 16, np.uint32)
    from_behind = draw(pool, MemoryVolume(array), layers, seen, depths, blue)
    assert np.abs(from_behind - (0, 1, 0)).max() <= 1.001 / 255
    depths[:] = 120  # before everything
    assert np.array_equal(draw(pool, MemoryVolume(array), layers, seen, depths, blue), np.full((32, 32, 3), (0, 0, 1)))


def test_nan_is_not_there(pool):
    array = np.full((40, 40, 40), 100, np.float32)
    array[:, :, 20:] = np.nan
    seen = view((19.5, 120, 19.5), (19.5, 19.5, 19.5), angle=15)
    picture = draw(pool, MemoryVolume(array), look(WHITE, ((0, 0.05), (255, 0.05))), seen)
    x = seen.eye[0] + directions(seen)[..., 0] * 120
    assert np.abs(picture[x > 21] - BACKGROUND).max() <= 1.001 / 255
    assert (picture[(x > 1) & (x < 17)] > 0.7).any()
