"""Records: what is kept of a view, and what a frame makes anew."""

import numpy as np

from brainreel.kernels import resolve, visibility
from brainreel.kernels.pool import Pool
from brainreel.kernels.visibility import Records, pack_normals
from brainreel.render.cpu.binned import bin_triangles
from brainreel.render.cpu.geometry import Geometry, Part
from contracts.surfaces import sphere, view_from


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
    seen = bin_triangles(Pool(1), geometry, np.zeros(0, np.float32), np.ones((1, 2), np.float32), view)
    tiles = len(seen.bins.firsts) - 1
    colors = resolve.Colors(
        np.zeros((1, 2, 3), np.float32),
        np.zeros(2, np.int64),
        np.zeros((0, 5), np.float32),
        np.zeros((0, 3), np.int64),
        np.zeros(0, np.float32),
        np.zeros(2, np.int32),
        2,
    )
    quads, out = np.zeros(tiles, np.int64), np.zeros((130, 150, 3), np.uint8)
    resolve.draw_tiles(0, tiles, seen.bins, seen.scene, seen.projected, colors, (255, 0, 0), quads, out)
    count = int(quads.sum())
    records = Records(
        np.zeros((count, 2), np.int32),
        np.zeros(count * 48, np.int32),
        np.full(count * 32, np.nan, np.float32),
        np.zeros(count * 16, np.int32),
    )
    visibility.remember(0, tiles, seen.bins, seen.scene, seen.projected, np.cumsum(quads) - quads, records)
    assert len(np.unique(records.corners, axis=0)) == count
    hit = records.grounds.reshape(count, 16) >= 0
    assert hit.any(-1).all()
    weights = records.weights.reshape(count, 2, 16).transpose(0, 2, 1)[hit]
    assert weights.min() >= 0
    assert weights.sum(-1).max() <= 1 + 1e-6
    center = 2 * np.array([view.width, view.height]) // 4
    assert np.abs(records.corners.mean(0) + 0.5 - center).max() < 1.5
