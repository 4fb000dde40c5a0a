import h5py
import numpy as np
import pytest

from brainreel.data import Channels, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data
from contracts.volume import VolumeContract, whole

CALIBRATION = "0.25 0 0 0 0 0.5 0 0 0 0 3 0"


def setup(number, size="0.25 0.5 3"):
    return (
        f"<ViewSetup><id>{number}</id><name>channel {number + 1}</name><size>6 5 9</size>"
        f"<voxelSize><unit>µm</unit><size>{size}</size></voxelSize></ViewSetup>"
    )


def registration(time, number, affines):
    steps = "".join(f'<ViewTransform type="affine"><affine>{one}</affine></ViewTransform>' for one in affines)
    return f'<ViewRegistration timepoint="{time}" setup="{number}">{steps}</ViewRegistration>'


def write(path, values, times="range", affines=(CALIBRATION,), missing="", size="0.25 0.5 3", other=None):
    """`values` (t, c, z, y, x) as BigDataViewer writes them; `other` are the affines of the last setup."""
    count = values.shape[1]
    with h5py.File(path.with_suffix(".h5"), "w") as file:
        for t, c in np.ndindex(values.shape[:2]):
            if f'timepoint="{t}" setup="{c}"' not in missing:
                cells = values[t, c].view("i2") if values.dtype == "u2" else values[t, c]
                file.create_dataset(f"t{t:05d}/s{c:02d}/0/cells", data=cells, chunks=(4, 4, 4), compression="gzip")
    stated = {
        "range": f'<Timepoints type="range"><first>0</first><last>{len(values) - 1}</last></Timepoints>',
        "pattern": '<Timepoints type="pattern"><integerpattern>0,1-2</integerpattern></Timepoints>',
    }[times]
    placed = [
        registration(t, c, other if other and c == count - 1 else affines) for t, c in np.ndindex(values.shape[:2])
    ]
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><SpimData version="0.2"><BasePath type="relative">.</BasePath>'
        '<SequenceDescription><ImageLoader format="bdv.hdf5">'
        f'<hdf5 type="relative">{path.stem}.h5</hdf5></ImageLoader>'
        f"<ViewSetups>{''.join(setup(c, size) for c in range(count))}</ViewSetups>{stated}"
        f"<MissingViews>{missing}</MissingViews></SequenceDescription>"
        f"<ViewRegistrations>{''.join(placed)}</ViewRegistrations></SpimData>",
        encoding="utf8",
    )
    return path


@pytest.fixture
def views(voxels):
    """(3, 2, 9, 5, 6) uint16, of which some do not fit into int16."""
    return np.stack([np.stack([voxels + 10 * t + c for c in range(2)]) for t in range(3)])


@pytest.fixture(scope="module")
def _shared_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def _remembering(_shared_cache, monkeypatch):
    """The contract opens the same files over and over; what was found in them is remembered, as for a user."""
    monkeypatch.setenv("BRAINREEL_CACHE_DIR", str(_shared_cache))


@pytest.mark.usefixtures("_remembering")
class TestOneView(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path, views):
        return open_data(write(tmp_path / "a.xml", views[:1, :1]))

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path)

    @pytest.fixture
    def changed(self, tmp_path, views):
        views = views.copy()
        views[0, 0, 7, 3, 2] += 1
        return open_data(write(tmp_path / "b.xml", views[:1, :1]))

    def test_its_short_numbers_have_no_sign(self, volume, views):
        assert volume.dtype == np.uint16
        assert views.max() > np.iinfo(np.int16).max
        np.testing.assert_array_equal(volume.read(whole(volume)), views[0, 0])


@pytest.mark.parametrize("times", ["range", "pattern"])
def test_setups_are_channels_and_timepoints_moments(tmp_path, views, times):
    image = open_data(write(tmp_path / "a.xml", views, times), ReadOptions(times=(0, 2)))
    assert isinstance(image, Channels)
    assert [channel.name for channel in image.channels] == ["channel 1", "channel 2"]
    for c, channel in enumerate(image.channels):
        assert isinstance(channel.data, VolumeSeries)
        assert (channel.data.times.count, channel.data.times.step_s) == (3, 2)
        for t in range(3):
            moment = channel.data.moment(t)
            np.testing.assert_array_equal(moment.read(whole(moment)), views[t, c])


def test_the_last_transform_listed_is_applied_first(tmp_path, views):
    shift = "1 0 0 10 0 1 0 20 0 0 1 30"
    volume = open_data(write(tmp_path / "a.xml", views[:1, :1], affines=(shift, CALIBRATION)))
    expected = np.array([[0.25, 0, 0, 10], [0, 0.5, 0, 20], [0, 0, 3, 30], [0, 0, 0, 1000]]) / 1000
    np.testing.assert_allclose(volume.world_from_voxel, expected)


def test_registrations_in_the_smallest_voxels_edge_are_brought_to_mm(tmp_path, views):
    pixels = "1 0 0 0 0 2 0 0 0 0 12 0"
    volume = open_data(write(tmp_path / "a.xml", views[:1, :1], affines=(pixels,)))
    np.testing.assert_allclose(np.diag(volume.world_from_voxel), (0.00025, 0.0005, 0.003, 1))


def test_a_sheared_view_keeps_its_shear(tmp_path, views):
    sheared = "0.25 0 1 0 0 0.5 0 0 0 0 3 0"
    volume = open_data(write(tmp_path / "a.xml", views[:1, :1], affines=(sheared,)))
    assert volume.world_from_voxel[0, 2] == pytest.approx(0.001)


def test_a_missing_view_is_black(tmp_path, views):
    image = open_data(write(tmp_path / "a.xml", views, missing='<MissingView timepoint="1" setup="0"/>'))
    moment = image.channels[0].data.moment(1)
    assert not moment.read(whole(moment)).any()


def test_views_on_two_grids_are_refused_and_one_can_be_named(tmp_path, views):
    path = write(tmp_path / "a.xml", views, other=("0.25 0 0 7 0 0.5 0 0 0 0 3 0",))
    with pytest.raises(FormatError, match=r"s01 at timepoint 0 lies on another grid.*a\.xml:/s01"):
        open_data(path)
    series = open_data(f"{path}:/s01")
    moment = series.moment(2)
    assert moment.world_from_voxel[0, 3] == pytest.approx(0.007)
    np.testing.assert_array_equal(moment.read(whole(moment)), views[2, 1])
    with pytest.raises(FormatError, match="its setups are s00, s01"):
        open_data(f"{path}:/s07")


def test_a_missing_data_file_is_named(tmp_path, views):
    path = write(tmp_path / "a.xml", views)
    (tmp_path / "a.h5").unlink()
    with pytest.raises(FormatError, match=r"a\.h5: no such file"):
        open_data(path)


def test_other_xml_and_other_loaders_are_refused(tmp_path, views):
    (tmp_path / "b.xml").write_text("<note>hello</note>")
    with pytest.raises(FormatError, match="its XML is <note>"):
        open_data(tmp_path / "b.xml")
    path = write(tmp_path / "a.xml", views)
    path.write_text(path.read_text().replace("bdv.hdf5", "bdv.n5"))
    with pytest.raises(FormatError, match=r"kept as bdv\.n5"):
        open_data(path)
