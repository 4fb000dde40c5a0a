from dataclasses import dataclass

import numpy as np
import pytest

from brainreel.assets.measuring import mesh_facts, outermost, series_facts, volume_facts
from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from contracts.volumes import MemoryVolume


@dataclass
class RowSeries:
    values: np.ndarray
    name: str = "meg"
    hemi: str | None = None
    vertices: None = None

    @property
    def times(self):
        return TimeAxis(0.0, 0.1, len(self.values))

    @property
    def width(self):
        return self.values.shape[1]

    def row(self, index):
        return self.values[index]

    def fingerprint(self):
        return "f"


@dataclass
class MovingBall:
    shifts: range
    name: str = "moving"

    @property
    def times(self):
        return TimeAxis(0.0, 0.1, len(self.shifts))

    def moment(self, index):
        still = ball(radius=8)
        return MemoryVolume(np.roll(still.array, self.shifts[index], 0), still.world_from_voxel)

    def fingerprint(self):
        return "f"


def ball(size=60, radius=18, noise=4):
    z, y, x = np.mgrid[:size, :size, :size] - size / 2
    inside = x * x + y * y + z * z < radius**2
    grain = np.random.default_rng(1).integers(0, noise + 1, inside.shape)
    return MemoryVolume((inside * 100 + grain).astype(np.uint8), np.diag([2.0, 3.0, 4.0, 1.0]))


def test_the_background_lies_between_noise_and_a_bright_ball():
    assert 5 < volume_facts(ball()).background < 100


def test_the_hull_follows_the_ball_and_not_the_box_around_it():
    facts = volume_facts(ball())
    hull = np.array(facts.hull)
    extent = hull.max(0) - hull.min(0)
    assert np.all(extent >= 36 * np.array([2, 3, 4]) * 0.95)
    assert np.all(extent <= 36 * np.array([2, 3, 4]) * 1.25)


def test_a_bright_speck_far_away_does_not_widen_the_hull():
    volume = ball()
    volume.array[0:3, 0:3, 0:3] = 255
    assert np.allclose(np.array(volume_facts(volume).hull).min(0), np.array(volume_facts(ball()).hull).min(0))


def test_the_hull_of_a_volume_over_time_holds_what_moves_through_it():
    hull = np.array(volume_facts(MovingBall(range(-18, 19, 4))).hull)
    assert np.allclose((hull.max(0) - hull.min(0)) / (2, 3, 4), (16, 16, 16 + 36), atol=4)


def test_bounds_reach_to_the_outer_faces_of_the_voxels():
    facts = volume_facts(ball(size=10, radius=3))
    assert facts.bounds.lower == (-1.0, -1.5, -2.0)
    assert facts.bounds.upper == (19.0, 28.5, 38.0)
    assert facts.spacing == (2.0, 3.0, 4.0)


def test_quantiles_are_those_of_the_voxels():
    facts = volume_facts(ball())
    assert facts.quantiles[1000] == np.median(ball().array)
    assert facts.quantiles[-1] == ball().array.max()


def test_a_volume_of_one_value_has_facts():
    facts = volume_facts(MemoryVolume(np.full((5, 6, 7), 3, np.int16)))
    assert facts.background == 3
    assert facts.quantiles[0] == facts.quantiles[-1] == 3


def test_a_volume_without_a_finite_value_is_refused():
    with pytest.raises(FormatError, match="no finite value"):
        volume_facts(MemoryVolume(np.full((4, 4, 4), np.nan, np.float32)))


def test_series_quantiles_are_over_all_times_and_magnitudes_have_no_sign():
    values = np.linspace(-2, 1, 4 * 500).reshape(4, 500).astype(np.float32)
    facts = series_facts(RowSeries(values))
    assert facts.quantiles[0] == -2
    assert facts.magnitude_quantiles[-1] == 2
    assert np.isclose(facts.quantiles[1950], np.quantile(values, 0.975))


@pytest.mark.parametrize(
    ("count", "width", "most"), [(1_000_000, 3, 16_384), (1_000_000, 5000, 209), (100, 164_000, 25)]
)
def test_of_a_long_series_even_rows_are_read_the_first_and_the_last_among_them(count, width, most):
    read = []

    class Long(RowSeries):
        times = TimeAxis(0.0, 0.1, count)
        width = 0

        def row(self, index):
            read.append(index)
            return np.full(8, index, np.float32)

    Long.width = width
    facts = series_facts(Long(np.zeros((1, 1))))
    assert len(read) == most
    assert (read[0], read[-1]) == (0, count - 1)
    assert np.ptp(np.diff(read)) <= 1
    assert facts.quantiles[1000] == pytest.approx((count - 1) / 2, rel=0.02)


def test_outermost_points_span_the_same_box():
    points = np.random.default_rng(0).normal(size=(5000, 3))
    few = outermost(points)
    assert len(few) <= 256
    assert np.allclose(few.max(0), points.max(0), rtol=0.12)


def test_mesh_facts_name_what_is_there():
    @dataclass
    class Triangle:
        points = np.eye(3, dtype=np.float32)
        faces = np.array([[0, 1, 2]], np.int32)
        name, hemi = "lh", "left"
        arrays = {"sulc": np.zeros(3, np.float32)}  # noqa: RUF012

        def fingerprint(self):
            return "f"

    facts = mesh_facts(Triangle())
    assert (facts.vertex_count, facts.face_count, facts.hemi, facts.arrays) == (3, 1, "left", ("sulc",))
