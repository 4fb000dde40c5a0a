"""Slices against values that are known: by formula, by SciPy, or by what lies behind them."""

import numpy as np
import pytest

from brainreel.kernels.pool import Pool
from brainreel.render.cpu.slices import SliceCaster
from brainreel.render.cpu.volume import VolumeCaster
from brainreel.render.quality import FINAL
from brainreel.render.view import View
from brainreel.space import Box, apply_affine
from brainreel.store.cache import PyramidCache
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import (
    ColorPoint,
    ColorRange,
    DataReference,
    LabelColor,
    OpacityPoint,
    OwnColors,
    SliceLook,
    SlicePaint,
    TransferFunction,
)
from contracts.volumes import MemoryVolume, look, noisy_ball

SHEARED = np.array([[1.1, 0.3, -0.1, -20], [0.05, 0.9, 0.25, 5], [0.2, -0.1, 1.4, -30], [0, 0, 0, 1.0]])
GRAY = TransferFunction(
    (ColorPoint(0, (0, 0, 0)), ColorPoint(255, (1, 1, 1))), (OpacityPoint(0, 1), OpacityPoint(255, 1)), 1.0
)
RED, GREEN, BLUE = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def paint(asset="a", colors=GRAY, **others):
    return SlicePaint(DataReference(asset), colors, **others)


def flat(color, opacity=1.0):
    points = OpacityPoint(0, opacity), OpacityPoint(255, opacity)
    return TransferFunction((ColorPoint(0, color), ColorPoint(255, color)), points, 1.0)


def caster(pool, volumes, quality=FINAL):
    def moments(reference):
        weights = zip(reference.rows, reference.weights, strict=True)
        found = volumes[reference.asset]
        series = found if isinstance(found, list) else [found]
        return tuple((series[row], series[row].fingerprint(), weight) for row, weight in weights)

    return SliceCaster(pool, PyramidCache(pool, 1 << 30), quality, moments)


def drawn(pool, volumes, looks, seen, surfaces=None, background=(0, 0, 0)):
    out = np.empty((seen.height, seen.width, 3), np.uint8)
    caster(pool, volumes).draw(tuple(looks), seen, background, surfaces, out)
    return out


def camera(center, distance=90.0, parallel=False, direction=(0.4, -0.5, 0.77), size=(130, 90)):
    eye = np.array(center) + distance * np.array(direction) / np.linalg.norm(direction)
    return View.of(Camera(tuple(eye), tuple(center), (0, 1, 0), 35, 0.315 * distance, parallel), size)


def hits(seen, origin, normal):
    """Where each pixel's ray meets the plane (h, w, 3)."""
    j, i = np.mgrid[: seen.height, : seen.width]
    a, b = 2 * (i + 0.5) / seen.width - 1, 1 - 2 * (j + 0.5) / seen.height
    aside = a[..., None] * seen.right * seen.tan_x + b[..., None] * seen.up * seen.tan_y
    starts, rays = (
        (seen.eye + aside, np.broadcast_to(seen.forward, aside.shape))
        if seen.parallel
        else (
            np.broadcast_to(seen.eye, aside.shape),
            seen.forward + aside,
        )
    )
    along = ((np.array(origin) - starts) @ normal) / (rays @ np.array(normal))
    return starts + along[..., None] * rays


def unit(vector):
    return tuple(np.array(vector, float) / np.linalg.norm(vector))


@pytest.mark.parametrize("parallel", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32"])
def test_an_oblique_slice_through_a_sheared_volume_has_the_values_of_its_formula(pool, parallel, dtype):
    z, y, x = np.mgrid[:50, :140, :80]
    slope = np.array([0.9, 0.6, 1.3] if dtype == "float32" else [1, 0, 2])
    volume = MemoryVolume((slope[0] * x + slope[1] * y + slope[2] * z + 5).astype(dtype), SHEARED)
    center = apply_affine(SHEARED, [40, 70, 25])
    normal = unit((0.3, -0.4, 0.86))
    seen = camera(center, 260, parallel)
    picture = drawn(pool, {"a": volume}, [SliceLook("s", tuple(center), normal, (paint(),))], seen)
    voxels = apply_affine(np.linalg.inv(SHEARED), hits(seen, center, normal))
    last = np.array([79, 139, 49])
    inside = ((voxels > 3) & (voxels < last - 3)).all(-1)  # of what is not at a border
    expected = voxels @ slope + 5
    assert inside.sum() > 1500
    assert np.abs(picture[inside][:, 0] - expected[inside]).max() <= 1
    outside = ((voxels < -4) | (voxels > last + 4)).any(-1)
    assert outside.sum() > 500
    assert not picture[outside].any()


def test_a_slice_goes_half_a_voxel_beyond_the_last_centre_with_its_value(pool):
    volume = MemoryVolume(np.full((1, 10, 20), 200, np.uint8))
    seen = View.of(Camera((9.5, 4.5, 50), (9.5, 4.5, 0), (0, 1, 0), 30, 10.0, True), (80, 40))  # 2 px a voxel
    picture = drawn(pool, {"a": volume}, [SliceLook("s", (0, 0, 0), (0, 0, 1), (paint(),))], seen)
    lit = picture[..., 0] > 0
    assert lit.sum() == 40 * 20
    assert (picture[lit] == 200).all()


def test_a_volume_of_another_grid_is_painted_where_it_is(pool):
    base = MemoryVolume(np.full((40, 40, 40), 100, np.uint8))
    shifted = np.diag([0.5, 0.5, 0.5, 1.0])
    shifted[:3, 3] = 10
    over = MemoryVolume(np.full((20, 20, 20), 50, np.uint8), shifted)
    seen = camera((20, 20, 20), 120)
    hidden = ColorRange("gray", (60, 255), below_hidden=True)
    for colors, expected in ((flat(RED, 0.5), (178, 50, 50)), (hidden, (100, 100, 100))):
        looks = [SliceLook("s", (15, 15, 15), (0, 0, 1), (paint("a"), paint("b", colors)))]
        picture = drawn(pool, {"a": base, "b": over}, looks, seen)
        places = hits(seen, (15, 15, 15), (0, 0, 1))
        inside = ((places > 10.5) & (places < 18.5)).all(-1)
        assert inside.sum() > 50
        assert np.abs(picture[inside].astype(int) - expected).max() <= 1


def test_labels_are_never_mixed_and_unknown_ones_are_clear(pool):
    rng = np.random.default_rng(1)
    array = rng.choice([0, 1000, 3, 40000], (30, 30, 30)).astype(np.int32)
    volume = MemoryVolume(array, SHEARED)
    labels = (LabelColor(1000, RED), LabelColor(40000, BLUE))
    center = apply_affine(SHEARED, [15, 15, 15])
    seen = camera(center, 25)
    normal = unit((0.1, 0.2, 0.9))
    picture = drawn(pool, {"a": volume}, [SliceLook("s", tuple(center), normal, (paint(colors=labels),))], seen)
    voxels = apply_affine(np.linalg.inv(SHEARED), hits(seen, center, normal))
    nearest = np.rint(voxels).astype(int)
    deep = (np.abs(voxels - nearest).max(-1) < 0.2) & ((nearest > 0) & (nearest < 29)).all(-1)
    x, y, z = nearest[deep].T
    known = {0: (0, 0, 0), 3: (0, 0, 0), 1000: (255, 0, 0), 40000: (0, 0, 255)}
    expected = np.array([known[label] for label in array[z, y, x]])
    assert len(expected) > 500
    assert np.array_equal(picture[deep], expected)
    assert not picture[..., 1].any()  # a mixture of labels would be another one


def test_borders_are_lines_of_a_pixel_and_a_half_inside_their_label(pool):
    _, y, x = np.mgrid[:4, :64, :64]
    volume = MemoryVolume(np.where(np.hypot(x - 31.5, y - 31.5) < 20, 7, 0).astype(np.uint8))
    seen = View.of(Camera((31.5, 31.5, 50), (31.5, 31.5, 0), (0, 1, 0), 30, 32.0, True), (512, 512))
    shown = paint(colors=(LabelColor(7, GREEN),), boundaries=True)
    picture = drawn(pool, {"a": volume}, [SliceLook("s", (0, 0, 1), (0, 0, 1), (shown,))], seen)[..., 1] / 255
    across = picture[256]  # the middle row crosses the circle twice
    assert 0.9 <= across[:256].sum() <= 2.1
    assert 0.9 <= across[256:].sum() <= 2.1
    assert picture[246:266, 246:266].sum() == 0


@pytest.mark.parametrize("nearest", [False, True])
def test_colours_of_an_image_are_drawn_as_they_are_and_what_is_dark_only_where_it_is_wanted(pool, nearest):
    parts = {name: MemoryVolume(np.zeros((3, 10, 20), np.uint8)) for name in "rgb"}
    left, right = (200, 30, 90), (20, 10, 5)
    for name, ours, theirs in zip("rgb", left, right, strict=True):
        parts[name].array[:, :, :10], parts[name].array[:, :, 10:] = ours, theirs
    data = tuple(DataReference(name) for name in "rgb")
    seen = View.of(Camera((9.5, 4.5, 50), (9.5, 4.5, 0), (0, 1, 0), 30, 10.0, True), (80, 40))  # 2 px a voxel

    def picture(colors, alpha=1.0):
        looks = [SliceLook("s", (0, 0, 1), (0, 0, 1), (SlicePaint(data, colors, alpha, nearest),))]
        return drawn(pool, parts, looks, seen, background=(0, 0, 1))

    whole = picture(OwnColors())
    assert (whole[15:25, 25:35] == left).all()
    assert (whole[15:25, 45:55] == right).all()
    bright = picture(OwnColors(above=12.0))  # the right has a luminance of 11.8
    assert (bright[15:25, 25:35] == left).all()
    assert (bright[15:25, 45:55] == (0, 0, 255)).all()
    half = picture(OwnColors(), 0.5)
    assert np.abs(half[15:25, 25:35] - np.array([100, 15, 172.5])).max() <= 0.5


def test_moments_are_mixed_by_their_weights(pool):
    volumes = {"a": [MemoryVolume(np.full((8, 8, 8), value, np.uint8)) for value in (40, 200)]}
    both = SlicePaint(DataReference("a", (0, 1), (0.25, 0.75)), GRAY)
    picture = drawn(pool, volumes, [SliceLook("s", (4, 4, 4), (0, 0, 1), (both,))], camera((4, 4, 4), 20))
    assert picture.max() == 160


def test_two_slices_cut_each_other_and_the_nearer_half_is_seen(pool):
    volume = MemoryVolume(np.full((60, 60, 60), 100, np.uint8))
    center = (30.0, 30.0, 30.0)
    planes = {RED: (1.0, 0, 0), GREEN: (0, 0, 1.0)}
    looks = [SliceLook("s", center, normal, (paint(colors=flat(color)),)) for color, normal in planes.items()]
    seen = camera(center, 200, direction=(0.6, 0.2, 0.7))
    picture = drawn(pool, {"a": volume}, looks, seen)
    depths, within = [], []
    for normal in planes.values():
        places = hits(seen, center, normal)
        inside = ((places > -0.5) & (places < 59.5)).all(-1)
        depths.append(np.where(inside, (places - seen.eye) @ seen.forward, np.inf))
        within.append(((places > 2) & (places < 57)).all(-1) | ~inside)
    with np.errstate(invalid="ignore"):
        nearer = (np.abs(depths[0] - depths[1]) > 2) & within[0] & within[1]
    for k, channel in enumerate((0, 1)):
        mine = nearer & (depths[k] < depths[1 - k]) & np.isfinite(depths[k])
        assert mine.sum() > 100
        assert (picture[mine][:, channel] == 255).mean() > 0.99


def test_a_translucent_slice_shows_slice_surface_and_background_behind_it(pool):
    volume = MemoryVolume(np.full((40, 40, 40), 100, np.uint8))
    seen = View.of(Camera((20, 20, 200), (20, 20, 0), (0, 1, 0), 10, 1), (64, 64))
    front = SliceLook("front", (20, 20, 30), (0, 0, 1), (paint(colors=flat(RED)),), alpha=0.5)
    back = SliceLook("back", (20, 20, 10), (0, 0, 1), (paint(colors=flat(GREEN)),))
    both = drawn(pool, {"a": volume}, [back, front], seen, background=BLUE)
    assert tuple(both[32, 32]) == (128, 128, 0)
    alone = drawn(pool, {"a": volume}, [front], seen, background=BLUE)
    assert tuple(alone[32, 32]) == (128, 0, 128)
    depths = np.full((64, 64, 4), 180, np.float32)  # between both
    colors = np.full((64, 64, 4), 200 | 200 << 8 | 200 << 16, np.uint32)
    behind = drawn(pool, {"a": volume}, [back, front], seen, (depths, colors))
    assert np.abs(behind[32, 32].astype(int) - (228, 100, 100)).max() <= 1


def test_a_keep_box_bounds_a_slice_and_its_outline_follows_it(pool):
    volume = MemoryVolume(np.full((40, 40, 40), 100, np.uint8))
    seen = View.of(Camera((20, 20, 200), (20, 20, 0), (0, 1, 0), 10, 20.0, True), (160, 160))  # 4 px a voxel
    box = Box((10, 10, 0), (30, 20, 40))
    lines = {"outline": BLUE, "outline_width": 2 / 160, "cross": (20.0, 15.0, 0.0)}
    shown = SliceLook("s", (20, 20, 20), (0, 0, 1), (paint(),), keep=box, **lines)
    picture = drawn(pool, {"a": volume}, [shown], seen)
    lit = picture.any(-1)
    assert lit.sum() == 80 * 40
    blue = (picture == (0, 0, 255)).all(-1)
    rows, _ = np.nonzero(blue & lit)
    assert blue[rows.min(), 60]
    assert blue[:, 42][lit[:, 42]].sum() == 2 + 2 + 2  # two borders and the crosshair
    assert lit.sum() - blue.sum() == (80 - 6) * (40 - 6)


def test_pixels_are_the_same_for_any_number_of_threads():
    volume = MemoryVolume(noisy_ball(132))
    look_ = SliceLook("s", (66, 66, 66), unit((0.2, 0.3, 0.9)), (paint(), paint(colors=flat(RED, 0.3), nearest=True)))
    pictures = []
    for threads in (1, 3):
        with Pool(threads) as pool:
            pictures.append(drawn(pool, {"a": volume}, [look_], camera((66, 66, 66), 220)))
    assert np.array_equal(*pictures)
    assert len(np.unique(pictures[0])) > 50


def test_far_away_voxels_of_a_level_about_a_pixel_are_drawn_and_labels_stay_at_the_finest(pool):
    array = np.zeros((256, 256, 256), np.uint8)
    array[::2] = 200  # what is averaged is 100
    volume = MemoryVolume(array)
    seen = camera((128, 128, 128), 4000, direction=(1, 0, 0), size=(64, 48))
    normal = (1.0, 0.0, 0.0)
    seen = View.of(Camera((4000, 128, 128), (128, 128, 128), (0, 0, 1), 5, 1), (64, 48))
    picture = drawn(pool, {"a": volume}, [SliceLook("s", (128, 128, 128), normal, (paint(),))], seen)
    assert np.abs(picture[24, 24:40].astype(int) - 100).max() <= 1
    labels = paint(colors=(LabelColor(200, RED), LabelColor(100, GREEN)))
    picture = drawn(pool, {"a": volume}, [SliceLook("s", (128, 128, 128), normal, (labels,))], seen)
    assert picture[..., 0].any()
    assert not picture[..., 1].any()


def test_within_a_volume_a_slice_hides_what_is_behind_and_a_translucent_one_shows_it(pool):
    """A slice of alpha 0.5 in the middle of a uniform fog: front half, then half a slice, then half of the back."""
    fog = MemoryVolume(np.full((41, 41, 41), 100, np.uint8))
    shown = look(((0, RED), (255, RED)), ((0, 0.02), (255, 0.02)), 1.0)
    seen = View.of(Camera((20, 20, 400), (20, 20, 0), (0, 1, 0), 5, 1), (64, 64))
    volumes = VolumeCaster(pool, FINAL, 1 << 30)
    left = 0.98**20  # of light after half of the volume
    for alpha, expected in (
        (1.0, np.array([1 - left, left, 0])),
        (0.5, np.array([(1 - left) * (1 + left / 2), left * 0.5, left**2 * 0.5])),
    ):
        plane = SliceLook("s", (20, 20, 20), (0, 0, 1), (paint(colors=flat(GREEN)),), alpha=alpha)
        depths, colors = caster(pool, {"a": fog}).merge((plane,), seen, None)
        out = np.empty((64, 64, 3), np.uint8)
        rays = volumes.march(fog, "fog", shown, seen, depths)
        volumes.finish(rays, BLUE, colors, out)
        assert np.abs(out[32, 32] - 255 * expected).max() <= 1.5


def test_a_real_sheared_volume_has_scipys_values(pool, shared_data):
    from scipy.ndimage import map_coordinates

    from brainreel.formats.nifti import open_nifti

    volume = open_nifti(shared_data / "volumes" / "shear.nii.gz")
    array = volume.read(tuple(slice(0, n) for n in volume.shape))
    affine = volume.world_from_voxel
    center = apply_affine(affine, (np.array(volume.shape[::-1]) - 1) / 2)
    normal = np.array(unit((0.25, 0.35, 0.9)))
    seen = View.of(Camera(tuple(center + 120 * normal), tuple(center), (0, 1, 0), 20, 1), (400, 300))
    window = paint(colors=ColorRange("gray", (-100, 155)))
    picture = drawn(pool, {"a": volume}, [SliceLook("s", tuple(center), tuple(normal), (window,))], seen)
    voxels = apply_affine(np.linalg.inv(affine), hits(seen, center, normal))
    expected = map_coordinates(array.astype(float), np.moveaxis(voxels[..., ::-1], -1, 0), order=1, mode="nearest")
    inside = ((voxels > -0.4) & (voxels < np.array(volume.shape[::-1]) - 0.6)).all(-1)
    assert inside.sum() > 20000
    shown = np.clip(expected[inside] + 100, 0, 255)
    assert ((shown > 20) & (shown < 230)).mean() > 0.1
    assert np.abs(picture[inside][:, 0] - shown).max() <= 1
