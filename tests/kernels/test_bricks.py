import numpy as np
import pytest

from brainreel.kernels import bricks


def cut(level, halo, corners):
    side = bricks.SIZE + 2 * halo
    pool = np.zeros(len(corners) * side**3 + 16, level.dtype)
    bricks.cut_bricks(0, len(corners), level, 0, len(level), np.array(corners), halo, np.arange(len(corners)), pool)
    return pool, pool[:-16].reshape(len(corners), side, side, side)


@pytest.mark.parametrize("halo", [1, 2])
def test_bricks_hold_their_voxels_and_a_halo_that_repeats_the_volumes_edge(halo):
    level = np.random.default_rng(0).integers(0, 255, (70, 66, 130)).astype(np.uint8)
    _, cubes = cut(level, halo, [(64, 0, 0), (128, 64, 64)])
    padded = np.pad(level, ((halo, 200), (halo, 200), (halo, 200)), "edge")
    side = bricks.SIZE + 2 * halo
    assert np.array_equal(cubes[0], padded[:side, :side, 64 : 64 + side])
    assert np.array_equal(cubes[1], padded[64 : 64 + side, 64 : 64 + side, 128 : 128 + side])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_ranges_cover_all_that_interpolation_in_a_cell_can_give(dtype):
    level = np.random.default_rng(1).integers(3, 250, (64, 64, 64)).astype(dtype)
    pool, cubes = cut(level, 1, [(0, 0, 0)])
    extremes = np.array([-np.inf, np.inf] if dtype == np.float32 else [0, np.iinfo(dtype).max], dtype)
    lowest, highest = (np.empty((1, bricks.CELLS**3), dtype) for _ in range(2))
    bricks.find_ranges(0, 1, pool, 1, extremes, lowest, highest)
    for cell, (z, y, x) in enumerate(np.ndindex(8, 8, 8)):
        block = cubes[0, z * 8 : z * 8 + 10, y * 8 : y * 8 + 10, x * 8 : x * 8 + 10]
        assert (lowest[0, cell], highest[0, cell]) == (block.min(), block.max())


def test_ranges_pass_over_nan():
    level = np.full((64, 64, 64), np.nan, np.float32)
    level[4, 4, 4] = 7
    pool, _ = cut(level, 1, [(0, 0, 0)])
    lowest, highest = (np.empty((1, bricks.CELLS**3), np.float32) for _ in range(2))
    bricks.find_ranges(0, 1, pool, 1, np.array([-np.inf, np.inf], np.float32), lowest, highest)
    assert (lowest[0, 0], highest[0, 0]) == (7, 7)
    assert lowest[0, -1] > highest[0, -1]


def marked(visible_cells):
    """What `measure_shown` says of a brick that shows these cells."""
    cells = np.zeros((1, bricks.CELLS**3), np.bool_)
    cells[0, [np.ravel_multi_index(cell, (8, 8, 8)) for cell in visible_cells]] = True
    reaches, visible = np.empty(cells.shape, np.uint8), np.empty((1, 7), np.uint8)
    bricks.measure_shown(0, 1, cells, reaches, visible)
    return reaches[0].reshape(8, 8, 8), visible[0].tolist()


def test_a_reach_is_how_far_around_all_cells_are_alike():
    cells = [(1, 2, 3), (6, 6, 0), (0, 7, 7), *((z, y, x) for z in (5, 6, 7) for y in (0, 1, 2) for x in (4, 5, 6))]
    reaches, visible = marked(cells)
    grid = np.stack(np.indices((8, 8, 8)), -1)
    shown = np.zeros((8, 8, 8), bool)
    shown[tuple(np.transpose(cells))] = True
    for alike, offset in ((shown, bricks.SHOWN), (~shown, 0)):
        others = grid[~alike]
        distance = np.abs(grid[:, :, :, None] - others).max(-1).min(-1)
        assert np.array_equal(reaches[alike], distance[alike] - 1 + offset)
    assert visible == [0, 0, 0, 8, 8, 8, bricks.MIXED]


def test_a_brick_knows_the_box_of_what_it_shows():
    assert marked([])[1][3:6] == [0, 0, 0]
    assert marked([(2, 3, 4), (2, 3, 5)])[1] == [4, 3, 2, 6, 4, 3, bricks.ALL_IN_BOX]
    assert marked(list(np.ndindex(8, 8, 8)))[1] == [0, 0, 0, 8, 8, 8, bricks.ALL]


def test_a_cell_is_visible_if_any_entry_between_its_least_and_largest_value_is():
    lowest = np.array([[10] * 512], np.uint8)
    highest = np.array([[20] * 512], np.uint8)
    cells = np.empty(lowest.shape, np.bool_)
    for entry, shown in [(9, False), (10, True), (15, True), (20, True), (21, False)]:
        seen = np.concatenate([[0], np.cumsum(np.arange(256) == entry)]).astype(np.int32)
        bricks.mark_cells(0, 1, lowest, highest, seen, 1.0, 0.0, cells)
        assert np.all(cells == shown), entry


def test_counts_are_of_interpolated_values_inside_the_volume():
    """A ramp keeps its spread; that of independent voxels falls by 2/3 for each axis along which they are mixed."""
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8) * 4, (20, 30, 64))
    noise = np.random.default_rng(2).choice(np.array([0, 255], np.uint8), (64, 64, 64))
    for level, kept in ((ramp, 1), (noise, (2 / 3) ** 3)):
        pool, _ = cut(np.ascontiguousarray(level), 2, [(0, 0, 0)])
        counts = np.zeros((1, 256), np.uint32)
        bricks.count_values(0, 1, pool, 2, np.array([level.shape[::-1]]), 0.0, 256 / 255, counts)
        assert counts.sum() == level.size / 8
        spread = np.cov(np.arange(256), fweights=counts[0])
        assert spread / level.var() == pytest.approx(kept, rel=0.05)
