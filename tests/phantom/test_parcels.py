import numpy as np
import pytest

from brainreel.data import Parcellation
from brainreel.phantom import open_phantom
from brainreel.phantom.parcels import CortexParcels


def test_each_vertex_of_the_cortex_has_a_parcel_of_the_table():
    cortex, parcels = (open_phantom(f"phantom:{name}?vertices=5000") for name in ("cortex", "parcels"))
    for side in ("left", "right"):
        one = parcels[side]
        assert isinstance(one, Parcellation)
        assert len(one.labels) == len(cortex[side].points)
        assert set(one.labels.tolist()) == {entry.label for entry in one.table.entries}


def test_parcels_are_about_as_large():
    counts = np.bincount(CortexParcels("left", 20000, 40).labels)[1:]
    assert counts.max() < 1.5 * counts.min()


@pytest.mark.parametrize("other", [("right", 5000, 60), ("left", 9000, 60), ("left", 5000, 61)])
def test_other_parcels_have_another_fingerprint(other):
    assert CortexParcels(*other).fingerprint() != CortexParcels("left", 5000, 60).fingerprint()
