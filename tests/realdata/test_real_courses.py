"""Time courses of a real source estimate are those that MNE draws."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.render.courses import read_lines
from brainreel.timeline import resolve


@pytest.fixture
def folder(shared_data, tmp_path):
    """The pair of estimates beside surfaces that are not compressed."""
    import gzip

    for side, name in (("left", "lh"), ("right", "rh")):
        packed = shared_data / f"surfaces/fsaverage5/white_{side}.gii.gz"
        (tmp_path / f"{name}.white.gii").write_bytes(gzip.decompress(packed.read_bytes()))
        estimate = shared_data / f"surfaces/stc/meg_source_estimate-{name}.stc"
        (tmp_path / f"meg-{name}.stc").write_bytes(estimate.read_bytes())
    (tmp_path / "lh.aparc.annot").write_bytes((shared_data / "surfaces/fsaverage5/test.annot").read_bytes())
    return tmp_path


def lines(folder, plot: str):
    """The numbers of the curves of `plot`."""
    text = (
        "brainreel: 1\nmovie: {length: 1s}\nclocks: {meg: {0s: 80ms, end+0s: 110ms}}\nlayers:\n  cortex:\n"
        "    surface: lh.white.gii\n    paint:\n      - {scalars: {file: meg-lh.stc, clock: meg, smooth: 5}}\n"
        "      - {labels: {file: lh.aparc.annot, hemi: left}}\n"
        f"views: {{a: {{area: [0, 0, 1, 1], plot: {{of: cortex.0, {plot}}}}}}}\n"
    )
    (folder / "a.scene.yaml").write_text(text)
    read = scene.load(folder / "a.scene.yaml")
    assets = open_assets(read)
    return read_lines(resolve(read, assets.facts).frame(0).plots[0], assets.data).values


def test_the_root_mean_square_is_the_one_that_mne_draws(folder):
    mne = pytest.importorskip("mne")
    data = mne.read_source_estimate(str(folder / "meg")).data
    np.testing.assert_allclose(lines(folder, "value: rms")[0], np.linalg.norm(data, axis=0) / np.sqrt(len(data)), 1e-6)
    np.testing.assert_allclose(lines(folder, "value: gfp")[0], data.std(axis=0, ddof=0), 1e-6)


def test_a_parcels_mean_is_that_of_mnes_label(folder):
    mne = pytest.importorskip("mne")
    nibabel = pytest.importorskip("nibabel")
    labels, _, names = nibabel.freesurfer.read_annot(folder / "lh.aparc.annot")
    vertices = np.flatnonzero(labels == names.index(b"superiortemporal"))
    inside = mne.read_source_estimate(str(folder / "meg")).in_label(mne.Label(vertices, hemi="lh"))
    np.testing.assert_allclose(lines(folder, "parcels: [superiortemporal]")[0], inside.data.mean(0), 1e-5)
