"""Volume source estimates in scenes and proposals, where their source space is named."""

import struct

import h5py
import nibabel as nib
import numpy as np
import pytest

from brainreel.assets import open_image, open_parts, propose
from brainreel.assets.opening import open_assets, open_source, options_of
from brainreel.data import Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.scene import VolumeSource, dump, loads
from contracts.fif import block, fif, surface_space, volume_space


@pytest.fixture
def files(tmp_path):
    """An estimate at 3 moments, its source space, and an MRI."""
    (tmp_path / "vol-src.fif").write_bytes(fif(block(350, volume_space((4, 5, 6), np.ones(120)))))
    values = np.arange(360, dtype=">f4")
    head = struct.pack(">ffI", 0, 10, 120) + np.arange(120, dtype=">u4").tobytes()
    (tmp_path / "meg-vl.stc").write_bytes(head + struct.pack(">I", 3) + values.tobytes())
    nib.save(
        nib.Nifti1Image(np.arange(216, dtype=np.uint8).reshape(6, 6, 6), np.diag([9, 9, 9, 1])), tmp_path / "T1.nii"
    )
    return tmp_path


def test_an_estimate_alone_is_a_volume_over_time(files):
    scene = propose([str(files / "meg-vl.stc")], {"space": str(files / "vol-src.fif")})
    (layer,) = scene.layers.values()
    assert scene.camera[0].start == "anterior"
    assert layer.volume.space == str(files / "vol-src.fif")
    assert loads(dump(scene)) == scene
    (volume,) = open_assets(scene).data.values()
    assert isinstance(volume, VolumeSeries)
    assert volume.times.count == 3


def test_a_file_of_several_structures_is_a_volume_where_it_has_one(files):
    with h5py.File(files / "meg-stc.h5", "w") as file:
        group = file.create_group("mnepython")
        group["key_data"], group["key_vertices/idx_0"] = np.ones((120, 2)), np.arange(120)
        group["key_tmin"], group["key_tstep"] = np.array([0.0]), np.array([0.01])
    stated = {"space": str(files / "vol-src.fif")}
    for name, reading in (("vol-src.fif", {}), ("meg-stc.h5", stated)):
        (found,) = open_assets(propose([str(files / name)], reading)).data.values()
        assert isinstance(found, Volume | VolumeSeries)
        assert isinstance(open_image(str(files / name), reading), Volume | VolumeSeries)


def test_over_an_mri_only_the_estimate_has_the_space(files):
    scene = propose([str(files / "T1.nii"), str(files / "meg-vl.stc")], {"space": str(files / "vol-src.fif")})
    layer = next(iter(scene.layers.values()))
    assert layer.slice.space is None
    assert layer.paint[0].scalars.space == str(files / "vol-src.fif")
    found = open_assets(scene).data
    assert {type(item).__name__ for item in found.values()} >= {"EstimateSeries"}


def test_without_its_space_it_is_refused_and_with_one_an_mri_is(files):
    with pytest.raises(FormatError, match=r"meg-vl\.stc: a volume source estimate.*--space meg-vol-src\.fif"):
        propose([str(files / "meg-vl.stc")], {})
    scene = loads(f"brainreel: 1\nlayers: {{a: {{volume: {files / 'meg-vl.stc'}}}}}\n")
    with pytest.raises(FormatError, match=r"meg-vl\.stc: a volume source estimate.*space: meg-vol-src\.fif"):
        open_assets(scene)
    source = VolumeSource(file=str(files / "T1.nii"), space=str(files / "vol-src.fif"))
    with pytest.raises(FormatError, match=r"T1\.nii: says itself where its values lie"):
        open_source(source, options_of(source, "mm"))


def test_a_space_lies_beside_the_scene(tmp_path):
    source = VolumeSource(file="a-vl.stc", space="../a-src.fif").located(tmp_path / "x", "here")
    assert isinstance(source, VolumeSource)
    assert (source.file, source.space) == (str(tmp_path / "x" / "a-vl.stc"), str(tmp_path / "a-src.fif"))
    assert source.origin == "here"


def test_of_a_mixed_space_the_surfaces_are_drawn(files):
    triangles = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]])
    points = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0, 0, 0.1]])
    spaces = [surface_space(points, triangles, [1, 0, 0, 1], side) for side in (101, 102)]
    (files / "mixed-src.fif").write_bytes(fif(block(350, *spaces, volume_space((4, 5, 6), np.ones(120)))))
    assert list(open_parts(str(files / "mixed-src.fif"), {})) == ["left", "right"]
    assert isinstance(open_parts(str(files / "vol-src.fif"), {})["volume"], Volume)


def test_the_option_names_the_space():
    from brainreel.cli.options import reading_options

    assert reading_options(None, None, None, None, None, None, "vol-src.fif") == {"space": "vol-src.fif"}
