"""Courses of points: by their names or their rows in the file, whatever is drawn at them."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.errors import SceneError
from brainreel.render.courses import read_lines
from brainreel.timeline import resolve

SCENE = """
brainreel: 1
movie: {{length: 2s, fps: 10, size: 64x48}}
clocks: {{t: {{0s: 0ms, 100%: 300ms}}}}
layers:
  grid:
    points: electrodes.tsv
    size: {size}
    paint:
      scalars: {{file: ieeg.csv, times: {{first: 0ms, step: 100ms}}, clock: t}}
      color: {{map: hot, range: [0, 9]}}
views:
  a: {{area: [0, 0, 1, 50%]}}
  b: {{area: [0, 50%, 1, 50%], plot: {{of: grid, {plot}}}}}
"""
TABLE = "label\tx\ty\tz\nE0\t0\t0\t0\nREF\tn/a\tn/a\tn/a\nE2\t20\t0\t0\nE3\t40\t0\t0\nE3\t60\t0\t0\n"
VALUES = np.array([[1, 9, 3, 4, 5], [2, 9, 1, 0, 5], [7, 9, 2, 0, 5], [4, 9, 4, 4, 5]], float)
BY_VALUES = "{scalars: {file: ieeg.csv, times: {first: 0ms, step: 100ms}, clock: t}, range: [0, 9], sizes: [1mm, 4mm]}"


@pytest.fixture
def plotted(tmp_path):
    (tmp_path / "electrodes.tsv").write_text(TABLE)
    np.savetxt(tmp_path / "ieeg.csv", VALUES, delimiter=",")

    def make(plot, size="4mm"):
        (tmp_path / "a.scene.yaml").write_text(SCENE.format(plot=plot, size=size))
        made = scene.load(tmp_path / "a.scene.yaml")
        assets = open_assets(made)
        (found,) = resolve(made, assets.facts).frame(0).plots
        return found, read_lines(found, assets.data).values

    return make


@pytest.mark.parametrize("size", ["4mm", "{0s: 1mm, 2s: 4mm}", BY_VALUES])
def test_points_are_plotted_by_the_names_of_the_first_column_or_by_rows(plotted, size):
    plot, values = plotted("points: [E2, 0, 4]", size)
    assert [curve.name for curve in plot.curves] == ["E2", "E0", "E3"]
    np.testing.assert_array_equal(values, VALUES[:, [2, 0, 4]].T)


def test_one_value_of_some_points_and_of_all_that_have_a_place(plotted):
    np.testing.assert_array_equal(plotted("points: [E0, E2], value: mean")[1], [VALUES[:, [0, 2]].mean(1)])
    np.testing.assert_allclose(plotted("value: gfp")[1], [VALUES[:, [0, 2, 3, 4]].std(1)], rtol=1e-6)


@pytest.mark.parametrize(
    ("plot", "told"),
    [
        ("vertices: [3]", "grid has points; name them"),
        ("points: [E9]", "has no point E9; known: E0, E2, E3"),
        ("points: [E3]", "has the name E3 in the rows 3 and 4; write the number of one"),
        ("points: [1]", "row 1 of electrodes.tsv has no point"),
        ("points: [E0, E0]", "has a point twice"),
        ("points: [E0], vertices: [1]", "are named beside vertices"),
    ],
)
def test_points_that_cannot_be_plotted(plotted, plot, told):
    with pytest.raises(SceneError, match=told):
        plotted(plot)
