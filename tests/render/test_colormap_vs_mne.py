"""Colours and transparency of paint against the tables that MNE draws source estimates with."""

import numpy as np
import pytest

from brainreel.render.colormap import colors_at
from brainreel.timeline.looks import ColorRange

pytest.importorskip("mne", reason="needs MNE, of the extra `bench`")
from mne.viz._brain.colormap import calculate_lut

LEVELS = [(1.0, 2.0, 8.0), (3.0, 3.5, 4.0), (0.0, 5.0, 6.0)]


@pytest.mark.parametrize("levels", LEVELS)
@pytest.mark.parametrize("transparent", [True, False])
@pytest.mark.parametrize(("name", "center"), [("hot", None), ("RdBu_r", 0.0)])
def test_three_limits_look_as_in_mne(name, center, levels, transparent):
    low, _, high = levels
    table = calculate_lut(name, 1.0, *levels, center=center, transparent=transparent)
    values = np.linspace(low if center is None else -high, high, len(table))
    ours = colors_at(values, ColorRange(name, levels, below_hidden=transparent, diverging=center is not None))
    shown = np.abs(values) >= low + 0.01 * (high - low)  # what is hidden has no colour to compare
    if transparent:
        assert np.abs(ours[:, 3] - table[:, 3]).max() < 0.06  # MNE's table of 256 has steps
        assert np.abs(ours[:, 3] - table[:, 3]).mean() < 0.01
        shown &= table[:, 3] > 0.1
    assert np.abs(ours - table)[shown, :3].max() < 0.06
    assert np.abs(ours - table)[shown, :3].mean() < 0.01
