"""Records: what is kept of a view, and what a frame makes anew."""

import numpy as np
import pytest

from brainreel.kernels import lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels import resolve, visibility
from brainreel.kernels.compiler import kernel
from brainreel.kernels.pool import Pool
from brainreel.kernels.visibility import interpolate, pack_normals, power, room_for_records
from brainreel.render.cpu.binned import bin_triangles
from brainreel.render.cpu.geometry import Geometry, Part
from contracts.surfaces import sphere, view_from

MATTE = np.float32([[1, 1, 0, 1]])


def test_packed_normals_turn_by_less_than_a_tenth_of_a_degree():
    rng = np.random.default_rng(0)
    normals = rng.normal(size=(10_000, 3))
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    words = np.concatenate([pack_normals(normals), pack_normals(np.concatenate([np.eye(3), -np.eye(3)]))])
    normals = np.concatenate([normals, np.eye(3), -np.eye(3)])
    unpacked = np.stack([(words << 21 >> 21) / 1023, (words << 10 >> 21) / 1023, (words >> 22) / 511], -1)
    unpacked /= np.linalg.norm(unpacked, axis=-1, keepdims=True)
    assert np.degrees(np.linalg.norm(unpacked - normals, axis=-1).max()) < 0.1


def test_records_hold_every_quad_that_sees_something_once():
    view = view_from((0, 0, 4), (150, 130))
    geometry = Geometry.of(((Part.of(sphere(20)),),))
    seen = bin_triangles(
        Pool(1), geometry, np.zeros(0, np.float32), np.zeros(0, np.float32), MATTE, np.ones(1, np.float32), view
    )
    tiles = len(seen.bins.firsts) - 1
    colors = resolve.Colors(
        np.zeros((1, 2, 3), np.float32),
        np.zeros(2, np.int64),
        np.zeros((0, 5), np.float32),
        np.zeros((0, 5), np.int64),
        np.zeros(0, np.float32),
        np.zeros(0, np.int32),
        np.zeros(2, np.int32),
        2,
    )
    quads, out = np.zeros(tiles, np.int64), np.zeros((130, 150, 3), np.uint8)
    resolve.draw_tiles(0, tiles, seen.bins, seen.scene, seen.projected, colors, (255, 0, 0), quads, out)
    count = int(quads.sum())
    records = room_for_records(count, False)
    records.weights[:] = np.nan
    visibility.remember(0, tiles, seen.bins, seen.scene, seen.projected, np.cumsum(quads) - quads, records)
    assert len(np.unique(records.corners, axis=0)) == count
    hit = records.grounds.reshape(count, 16) >= 0
    assert hit.any(-1).all()
    weights = records.weights.reshape(count, 2, 16).transpose(0, 2, 1)[hit]
    assert weights.min() >= 0
    assert weights.sum(-1).max() <= 1 + 1e-6
    center = 2 * np.array([view.width, view.height]) // 4
    assert np.abs(records.corners.mean(0) + 0.5 - center).max() < 1.5


@kernel
def mix(values, weights, out):
    """Triangle k has vertices 3 k to 3 k + 2 of `values`, and two weights."""
    for k in range(0, len(out), 16):
        a = 3 * (L.iota() + np.int32(k))
        wb, wc = L.load_f32(weights, k), L.load_f32(weights, len(out) + k)
        wa = np.float32(1) - wb - wc
        L.store(out, k, interpolate(values, 0, a, a + 1, a + 2, wa, wb, wc, L.iota() >= 0))


def mixed(values):
    """Values (n, 3), n a multiple of 16, mixed in random parts, in some of which two or one take no part."""
    rng = np.random.default_rng(1)
    second = rng.random(len(values), np.float32)
    second[::5], second[1::5] = 0, 1
    third = np.minimum(rng.random(len(values), np.float32), np.float32(1) - second)
    third[2::5] = 0
    out = np.empty(len(values), np.float32)
    mix(values.astype(np.float32).ravel(), np.concatenate([second, third]), out)
    return out, np.stack([1 - second - third, second, third], -1)


@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e8])
def test_what_is_mixed_of_vertices_lies_between_them_and_is_their_value_where_they_have_one(scale):
    rng = np.random.default_rng(2)
    near = (scale * (1 + rng.exponential(1e-7, (30_000, 3)))).astype(np.float32)
    apart = (scale * rng.normal(0, 10 ** rng.uniform(-4, 4, (30_000, 3)))).astype(np.float32)
    equal = np.repeat(apart[:, :1], 3, 1)
    values = np.concatenate([near, apart, equal])
    values = values[: len(values) // 16 * 16]
    found, weights = mixed(values)
    assert (found >= values.min(-1)).all()
    assert (found <= values.max(-1)).all()
    np.testing.assert_allclose(found, (values * weights).sum(-1), rtol=0, atol=3e-7 * np.abs(values).max())
    np.testing.assert_array_equal(found[60_000:], values[60_000:, 0])


def test_a_vertex_without_a_number_leaves_none_to_its_triangles_whatever_its_part():
    values = np.ones((48, 3), np.float32)
    values[np.arange(48), np.arange(48) % 3] = np.nan
    assert np.isnan(mixed(values)[0]).all()


def test_infinite_values_stay_infinite_where_they_take_part():
    values = np.full((48, 3), np.inf, np.float32)
    values[:16, 0], values[16:32] = 1, -values[16:32]
    found, weights = mixed(values)
    inside = (weights > 0).all(-1)
    assert inside.sum() > 5
    np.testing.assert_array_equal(found[inside], np.where(np.arange(48) // 16 == 1, -np.inf, np.inf)[inside])


@kernel
def powers(bases, exponent, out):
    L.store(out, 0, power(L.load_f32(bases, 0), np.float32(exponent)))


def test_powers_are_right_to_a_thousandth():
    bases, out = np.linspace(0, 1, 16, dtype=np.float32), np.empty(16, np.float32)
    for exponent in (0.0, 0.5, 1.0, 2.37, 20.0, 63.9, 128.0):
        powers(bases, exponent, out)
        np.testing.assert_allclose(out[1:], bases[1:].astype(float) ** exponent, rtol=3e-3, atol=1e-30)
