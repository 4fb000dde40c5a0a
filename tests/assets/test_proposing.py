"""A scene for data alone: what is drawn, when, from where."""

import struct

import nibabel as nib
import numpy as np
import pytest

from brainreel.assets import open_assets, propose
from brainreel.errors import InputError, UsageError
from brainreel.scene import dump, loads
from brainreel.timeline import resolve


@pytest.fixture
def surface(tmp_path):
    points = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]], np.float32)
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [0, 3, 2]], np.int32)
    nib.freesurfer.write_geometry(str(tmp_path / "lh.pial"), points, faces)
    return str(tmp_path / "lh.pial")


def write_stc(path, first_ms, step_ms, count):
    head = struct.pack(">ffI", first_ms, step_ms, 2) + np.array([0, 3], ">u4").tobytes()
    path.write_bytes(head + struct.pack(">I", count) + np.arange(2 * count, dtype=">f4").tobytes())
    return str(path)


@pytest.mark.parametrize("first_ms", [-99.89768, -100.0, 80.0, 0.1234567])
@pytest.mark.parametrize("step_ms", [1000 / 600.615, 2.0, 0.7])
def test_a_time_course_runs_from_its_first_moment_to_its_last_however_they_are_written(
    tmp_path, surface, first_ms, step_ms
):
    stc = write_stc(tmp_path / "meg-lh.stc", first_ms, step_ms, 37)
    scene = loads(dump(propose([stc, surface], {})))
    film = resolve(scene, open_assets(scene).facts)
    shown = [frame.clocks[0][1] for frame in film.frames()]
    assert shown[0] * 1e3 == pytest.approx(first_ms, abs=1e-4)
    assert shown[-1] * 1e3 == pytest.approx(first_ms + 36 * step_ms, abs=0.01 * 36 * step_ms)


def test_two_series_share_one_clock_over_both(tmp_path, surface):
    meg = write_stc(tmp_path / "meg-lh.stc", -100, 10, 51)
    eeg = write_stc(tmp_path / "eeg-lh.stc", 0, 10, 21)
    scene = propose([meg, eeg, surface], {})
    assert len(scene.clocks) == 1
    assert [str(value) for value in next(iter(scene.clocks.values())).values] == ["-100ms", "400ms"]
    assert [paint.scalars.outside for paint in scene.layers["cortex"].paint] == ["hide", "hide"]
    film = resolve(scene, open_assets(scene).facts)
    assert len(film.frame(0).panels[0].layers[0].paints) >= 1


def test_a_stack_begins_as_an_image_viewer_shows_its_first_slice(tmp_path):
    np.zeros((4, 5, 6), np.uint8).tofile(tmp_path / "a.raw")
    reading = {"dtype": "uint8", "shape": {"z": 4, "y": 5, "x": 6}}
    orbit = propose([str(tmp_path / "a.raw")], reading).camera[0]
    assert (orbit.start, orbit.up) == ("inferior", "posterior")


def test_a_head_begins_at_its_face():
    orbit = propose(["phantom:pli?size=16"], {}).camera[0]
    assert (orbit.start, orbit.up) == ("anterior", "superior")


def test_hemispheres_that_are_both_named_are_one_layer(surface, tmp_path):
    (tmp_path / "rh.pial").write_bytes((tmp_path / "lh.pial").read_bytes())
    assert list(propose([surface, str(tmp_path / "rh.pial")], {}).layers) == ["cortex"]


def test_bundles_are_not_drawn_yet():
    with pytest.raises(InputError, match="no bundles"):
        propose(["phantom:bundle"], {})


@pytest.mark.parametrize(
    "reading",
    [{"spacing": {"z": "foo", "y": "1mm", "x": "1mm"}}, {"dtype": "int3"}, {"byte_order": "middle"},
     {"spacing": {"z": "0mm", "y": "1mm", "x": "1mm"}}],
)  # fmt: skip
def test_wrong_values_of_reading_options_are_input_errors(tmp_path, reading):
    np.zeros((4, 5, 6), np.uint8).tofile(tmp_path / "a.raw")
    with pytest.raises(InputError):
        propose([str(tmp_path / "a.raw")], {"dtype": "uint8", "shape": {"z": 4, "y": 5, "x": 6}} | reading)


def test_values_without_their_surface_name_what_is_missing():
    with pytest.raises(UsageError, match="phantom:cortex"):
        propose(["phantom:activation"], {})


def test_times_of_data_that_have_one_moment_are_refused(tmp_path):
    nib.Nifti1Image(np.zeros((4, 4, 4), np.uint8), np.eye(4)).to_filename(tmp_path / "a.nii")
    with pytest.raises(UsageError, match="none of the data have more than one moment"):
        propose(["phantom:pli?size=16"], {"times": {"first": "1s", "step": "2s"}})
    source = f"{{file: {tmp_path / 'a.nii'}, times: {{first: 1s, step: 2s}}}}"
    scene = loads(f"brainreel: 1\nlayers: {{a: {{volume: {source}}}}}\n")
    with pytest.raises(InputError, match="has one moment; leave times out"):
        open_assets(scene)
