"""Scenes for volumes alone: over time, of labels, of channels, several at once, by slices."""

import nibabel as nib
import numpy as np
import pytest
import tifffile

from brainreel.assets import open_assets, propose, proposed_volumes
from brainreel.assets.measuring import SKIN_HU, volume_facts
from brainreel.errors import FormatError, UsageError
from brainreel.kernels import mixing
from brainreel.scene import LabelsLayer, SliceLayer, VolumeLayer, dump, loads
from brainreel.timeline import resolve
from brainreel.timeline.looks import OwnColors


def blob(shape=(12, 14, 16), dtype=np.uint8):
    z, y, x = np.indices(shape)
    center = [(n - 1) / 2 for n in shape]
    away = sum(((axis - c) / n) ** 2 for axis, c, n in zip((z, y, x), center, shape, strict=True))
    noise = np.random.default_rng(0).normal(0, 4, shape)
    return np.clip(200 * np.exp(-12 * away) + noise, 0, 255).astype(dtype)


@pytest.fixture
def nifti(tmp_path):
    def write(array, name, step_s=None):
        image = nib.Nifti1Image(array.T if array.ndim == 3 else array, np.diag([2.0, 2.0, 2.0, 1.0]))
        image.header.set_xyzt_units("mm", "sec")
        if step_s:
            image.header["pixdim"][4] = step_s
        nib.save(image, str(tmp_path / name))
        return str(tmp_path / name)

    return write


def film(scene):
    scene = loads(dump(scene))
    return resolve(scene, open_assets(scene).facts)


def test_a_volume_over_time_runs_from_its_first_moment_to_its_last(nifti):
    moments = np.stack([blob().T * part for part in (0.5, 0.7, 1.0)], -1).astype(np.int16)
    scene = propose([nifti(moments, "bold.nii.gz", 2.5)], {})
    made = film(scene)
    assert [str(value) for value in next(iter(scene.clocks.values())).values] == ["0s", "7.5s"]
    rows = [frame.panels[0].layers[0].data.rows for frame in made.frames()]
    assert rows[0] == (0,)
    assert rows[-1] == (2,)
    assert made.frame(0).panels[0].overlays[0].text.endswith("s")


def test_few_whole_values_are_labels_and_many_are_not(nifti):
    labels = (blob() // 50).astype(np.int32) * 11
    assert isinstance(propose([nifti(labels, "atlas.nii.gz")], {}).layers["atlas"], LabelsLayer)
    assert isinstance(propose([nifti(blob(), "t1.nii.gz")], {}).layers["t1"], VolumeLayer)


def test_several_volumes_are_slices_of_the_first_with_the_others_over_it(nifti):
    anatomy, labels = nifti(blob(), "t1.nii.gz"), nifti((blob() // 50).astype(np.int32), "seg.nii.gz")
    scene = propose([anatomy, nifti(blob(dtype=np.float32), "zstat.nii.gz"), labels], {})
    assert list(scene.layers) == ["t1_axial", "t1_coronal", "t1_sagittal"]
    looks = film(scene).frame(0).panels[0].layers
    assert [len(look.paints) for look in looks] == [3, 3, 3]
    assert looks[0].paints[2].nearest
    assert all(look.paints[0].colors.below_hidden for look in looks)
    assert looks[0].paints[0].colors.range[0] > volume_facts(open_assets(scene).data["t1_axial.slice"]).background


def test_a_sweep_goes_through_a_volume_seen_along_its_slices(nifti):
    noise = np.random.default_rng(0).integers(50, 200, (12, 14, 16), np.uint8)
    made = film(propose([nifti(noise, "t1.nii.gz")], {}, "sweep"))
    first, last = made.frame(0).panels[0], made.frame(made.frame_count - 1).panels[0]
    assert first.camera == last.camera
    assert first.camera.parallel
    assert not first.layers[0].paints[0].colors.below_hidden
    assert last.layers[0].origin[2] - first.layers[0].origin[2] == pytest.approx(0.96 * 24, rel=0.01)


def test_a_fade_goes_over_to_the_second_volume_and_back(nifti):
    pair = [nifti(blob(), "t1.nii.gz"), nifti(blob() // 2, "t2.nii.gz")]
    scene = propose(pair, {}, "fade")
    assert isinstance(scene.layers["t1"], SliceLayer)
    made = film(scene)
    alphas = [[paint.alpha for paint in made.frame(i).panels[0].layers[0].paints] for i in (0, 150, 299)]
    assert alphas[0] == [1]
    assert alphas[1] == pytest.approx([1, 1])
    assert len(alphas[2]) == 1 or alphas[2][1] < 0.01


def test_a_fade_shows_both_volumes_by_the_same_part_of_their_values(nifti):
    volume = nifti(blob(), "t1.nii.gz")
    base, second = film(propose([volume, nifti(blob(), "t2.nii.gz")], {}, "fade")).frame(150).panels[0].layers[0].paints
    assert second.colors == base.colors


def test_a_fade_goes_over_to_labels_too(nifti):
    pair = [nifti(blob(), "t1.nii.gz"), nifti((blob() // 50).astype(np.int32), "seg.nii.gz")]
    paints = film(propose(pair, {}, "fade")).frame(150).panels[0].layers[0].paints
    assert [paint.nearest for paint in paints] == [False, True]


def test_a_sweep_through_labels_has_their_colours(nifti):
    made = film(propose([nifti((blob() // 50).astype(np.int32), "seg.nii.gz")], {}, "sweep"))
    assert made.frame(0).panels[0].layers[0].paints[1].nearest


def test_a_sweep_through_channels_shows_the_first_and_says_so(tmp_path, caplog):
    stack = np.stack([blob(), blob()[::-1]], 1)
    tifffile.imwrite(tmp_path / "cells.tif", stack, imagej=True, metadata={"axes": "ZCYX"})
    scene = propose([str(tmp_path / "cells.tif")], {}, "sweep")
    assert film(scene).frame(0).panels[0].layers[0].paints
    assert "a slice shows one channel" in caplog.text


def test_slices_of_an_image_of_colours_have_its_colours_and_no_bar(tmp_path, nifti):
    voxels = np.zeros((16, 14, 12), [(name, np.uint8) for name in "RGB"])
    voxels["R"], voxels["G"] = blob().T, blob().T // 2
    path = str(tmp_path / "stained.nii.gz")
    nib.save(nib.Nifti1Image(voxels, np.eye(4)), path)
    own = [f"stained_axial.slice.{name}" for name in ("red", "green", "blue")]
    panel = film(propose([path, path], {})).frame(0).panels[0]
    assert [reference.asset for reference in panel.layers[0].paints[0].data] == own
    assert not panel.overlays
    for mode, count in (("sweep", 1), ("fade", 2)):
        panel = film(propose([nifti(blob(), "t1.nii.gz"), path][-count:], {}, mode)).frame(150).panels[0]
        assert isinstance(panel.layers[0].paints[-1].colors, OwnColors)
        assert panel.layers[0].paints[-1].colors.above < 0


def test_of_more_segments_than_are_drawn_at_once_the_others_are_named(tmp_path, caplog):
    stack = np.stack([(blob() > 60 + 20 * k).astype(np.uint8) for k in range(5)], 1)
    tifffile.imwrite(tmp_path / "masks.tif", stack, imagej=True, metadata={"axes": "ZCYX"})
    assert len(propose([str(tmp_path / "masks.tif")], {}).layers) == 4
    assert "4 segments are drawn at once; left out:" in caplog.text


@pytest.mark.parametrize(("mode", "count"), [("fade", 1), ("fade", 3)])
def test_a_mode_that_the_data_do_not_have_says_what_to_name(nifti, mode, count):
    with pytest.raises(UsageError, match="name two"):
        propose([nifti(blob(), f"v{k}.nii.gz") for k in range(count)], {}, mode)


def test_each_channel_is_a_layer_and_light_adds_up(tmp_path):
    stack = np.stack([blob(), blob()[::-1]], 1)
    tifffile.imwrite(tmp_path / "cells.tif", stack, imagej=True, metadata={"axes": "ZCYX", "spacing": 1, "unit": "um"})
    scene = propose([str(tmp_path / "cells.tif")], {})
    assert len(scene.layers) == 2
    looks = film(scene).frame(0).panels[0].layers
    assert [look.mix for look in looks] == ["add", "add"]
    assert looks[0].transfer.colors[-1].color != looks[1].transfer.colors[-1].color


def test_a_channel_is_chosen_by_name_or_number_and_one_that_is_not_there_is_told(tmp_path):
    stack = np.stack([blob(), blob()[::-1]], 1)
    tifffile.imwrite(tmp_path / "cells.tif", stack, imagej=True, metadata={"axes": "ZCYX"})
    text = "brainreel: 1\nlayers: {{c: {{volume: {{file: {}, channel: {}}}}}}}\n"
    chosen = open_assets(loads(text.format(tmp_path / "cells.tif", 1))).data["c.volume"]
    assert np.array_equal(chosen.read((slice(0, 12), slice(0, 14), slice(0, 16))), blob()[::-1])
    with pytest.raises(FormatError, match=r"has no channel 7; it has .*\(or 0 to 1\)"):
        open_assets(loads(text.format(tmp_path / "cells.tif", 7)))
    with pytest.raises(FormatError, match="has 2 channels; choose one by channel:"):
        open_assets(loads(text.format(tmp_path / "cells.tif", 7).replace(", channel: 7", "")))


def test_the_air_around_a_patient_is_background(nifti):
    values = np.full((20, 20, 20), -1000, np.int16)
    values[4:16, 4:16, 4:16] = 40
    values[8:12, 8:12, 8:12] = 700
    values[:, :2] = -3024
    scene = loads(f"brainreel: 1\nlayers: {{ct: {{volume: {nifti(values, 'ct.nii.gz')}}}}}\n")
    assert volume_facts(open_assets(scene).data["ct.volume"]).background == SKIN_HU


def test_labels_are_all_found_and_no_labels_are_told(nifti):
    text = "brainreel: 1\nlayers: {{seg: {{labels: {}}}}}\n"
    values = np.zeros((20, 20, 20), np.int32)
    values[3, 4, 5] = 2035
    facts = open_assets(loads(text.format(nifti(values, "a.nii.gz")))).facts.assets["seg.labels"]
    assert facts.labels == (0, 2035)
    with pytest.raises(FormatError, match="labels are whole numbers"):
        open_assets(loads(text.format(nifti(blob().astype(np.float32) / 7, "b.nii.gz"))))


def test_a_sweep_leaves_out_what_is_background_at_both_ends(tmp_path):
    voxels = np.zeros((16, 16, 50), np.uint8)
    voxels[4:12, 4:12, 10:40] = 100
    nib.Nifti1Image(voxels, np.eye(4)).to_filename(tmp_path / "a.nii")
    (layer,) = propose([str(tmp_path / "a.nii")], {}, mode="sweep").layers.values()
    begin, end = (place.number for place in layer.at.values)
    assert begin == pytest.approx(20, abs=2)
    assert end == pytest.approx(80, abs=2)


def test_as_many_segments_are_drawn_as_mix_at_one_place():
    assert proposed_volumes.MOST_TOGETHER == mixing.MOST
