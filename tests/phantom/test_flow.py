import numpy as np
import pytest

from brainreel.data import SeriesOfVectors
from brainreel.phantom import open_phantom
from brainreel.phantom.activation import PLACES
from brainreel.phantom.flow import CortexFlow
from contracts.series import SeriesContract


class TestFlow(SeriesContract):
    @pytest.fixture
    def series(self):
        return CortexFlow("left", 600, 26)

    @pytest.fixture
    def again(self):
        return CortexFlow("left", 600, 26)

    def test_one_changed_value_changes_the_fingerprint(self, series):
        others = [CortexFlow("right", 600, 26), CortexFlow("left", 900, 26), CortexFlow("left", 600, 27)]
        assert len({one.fingerprint() for one in (series, *others)}) == 4

    def test_values_are_the_lengths_of_its_vectors(self, series):
        assert isinstance(series, SeriesOfVectors)
        np.testing.assert_allclose(np.linalg.norm(series.vectors(15), axis=1), series.row(15), rtol=1e-5)


@pytest.mark.parametrize("hemi", ["left", "right"])
def test_it_goes_away_from_the_place_where_the_wave_begins(hemi):
    flow, cortex = (open_phantom(f"phantom:{name}?vertices=2000")[hemi] for name in ("flow", "cortex"))
    assert flow.width == len(cortex.points)
    place = np.array(PLACES[0]) * ((-1, 1, 1) if hemi == "left" else (1, 1, 1))
    vectors, away = flow.vectors(112), cortex.points - place  # 124 ms: before the other places wake
    strong = flow.row(112) > 2
    assert strong.sum() > 50
    cosines = (vectors * away)[strong].sum(1) / np.linalg.norm(vectors[strong], axis=1)
    assert np.median(cosines / np.linalg.norm(away[strong], axis=1)) > 0.8
