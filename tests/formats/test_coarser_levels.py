"""Levels that others' files hold are used where they are what they say."""

import h5py
import numpy as np
import pytest
import zarr

from brainreel.formats import ReadOptions, open_data
from brainreel.store.reduced import ReducedVolume, coarser, steps_of
from contracts.volume import whole

SHAPES = [(140, 130, 120), (70, 65, 60), (35, 33, 30)]
AXES = [{"name": axis, "type": "space", "unit": "micrometer"} for axis in "zyx"]


def levels():
    """Three arrays, of which level k holds 10 k and more."""
    ranges = [(np.random.default_rng(k), 10 * k, shape) for k, shape in enumerate(SHAPES)]
    return [random.integers(least, least + 9, shape).astype(np.uint8) for random, least, shape in ranges]


def ome_zarr(path, steps):
    """The levels with the transformations `steps`."""
    datasets = [{"path": str(k), "coordinateTransformations": step} for k, step in enumerate(steps)]
    said = {"version": "0.5", "multiscales": [{"axes": AXES, "datasets": datasets}]}
    group = zarr.open_group(path, mode="w", attributes={"ome": said})
    for k, array in enumerate(levels()):
        group.create_array(str(k), shape=array.shape, dtype=array.dtype, chunks=(40, 40, 40))[...] = array
    return open_data(path)


def scaled(*scales, offsets=None):
    offsets = offsets or [None] * len(scales)
    return [
        [{"type": "scale", "scale": list(scale)}, *([{"type": "translation", "translation": list(at)}] if at else [])]
        for scale, at in zip(scales, offsets, strict=True)
    ]


HALVED = [(2.0, 1.0, 1.0), (4.0, 2.0, 2.0), (8.0, 4.0, 4.0)]
PLACES = {
    "stated": [(10.0, 5.0, 5.0), (11.0, 5.5, 5.5), (13.0, 6.5, 6.5)],
    "left out": None,
    "of the first voxel": [(10.0, 5.0, 5.0)] * 3,
}


@pytest.mark.parametrize("places", PLACES)
def test_levels_of_ome_zarr_are_read_and_lie_where_the_finest_does(tmp_path, places):
    volume = ome_zarr(tmp_path / "a.zarr", scaled(*HALVED, offsets=PLACES[places]))
    assert steps_of(volume, labels=False) == 2
    for steps, factor in ((1, 2), (2, 4)):
        level = coarser(volume, steps, labels=False)
        np.testing.assert_array_equal(level.read(whole(level)), levels()[steps])
        middle = [*[(factor - 1) / 2] * 3, 1]
        assert np.allclose(level.world_from_voxel @ [0, 0, 0, 1], volume.world_from_voxel @ middle, atol=1e-12)
        assert np.allclose(level.world_from_voxel[:3, :3], volume.world_from_voxel[:3, :3] * factor)
    prints = {coarser(volume, steps, labels=False).fingerprint() for steps in range(3)}
    assert len(prints) == 3


def test_a_stated_spacing_is_that_of_the_finest(tmp_path):
    ome_zarr(tmp_path / "a.zarr", scaled(*HALVED))
    volume = open_data(tmp_path / "a.zarr", ReadOptions(spacing=(0.3, 0.1, 0.1)))
    assert np.allclose(np.diag(coarser(volume, 1, labels=False).world_from_voxel), [0.2, 0.2, 0.6, 1])


def test_further_levels_are_made_of_the_coarsest_and_labels_of_the_finest(tmp_path):
    volume = ome_zarr(tmp_path / "a.zarr", scaled(*HALVED))
    assert isinstance(coarser(volume, 1, labels=True), ReducedVolume)
    assert coarser(volume, 1, labels=True).source is volume


@pytest.mark.parametrize(
    "steps",
    [
        scaled((2.0, 1.0, 1.0), (2.0, 1.0, 1.0), (2.0, 1.0, 1.0)),
        scaled((2.0, 1.0, 1.0), (4.0, 2.0, 2.0), (8.0, 4.0, 4.0), offsets=[(1, 1, 1), (90, 1, 1), (90, 1, 1)]),
    ],
    ids=["one scale for all", "another place"],
)
def test_levels_that_do_not_lie_on_the_finest_are_made_anew(tmp_path, steps):
    volume = ome_zarr(tmp_path / "a.zarr", steps)
    assert volume.coarser() is None
    assert isinstance(coarser(volume, 1, labels=False), ReducedVolume)


def test_levels_of_bigdataviewer_are_read(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["s00/resolutions"] = np.array([[1.0, 1, 1], [2, 2, 2], [4, 4, 4]])
        for k, array in enumerate(levels()):
            file.create_dataset(f"t00000/s00/{k}/cells", data=array.astype("i2"), chunks=(30, 30, 30))
    (tmp_path / "a.xml").write_text(
        '<SpimData version="0.2"><BasePath type="relative">.</BasePath><SequenceDescription>'
        '<ImageLoader format="bdv.hdf5"><hdf5 type="relative">a.h5</hdf5></ImageLoader><ViewSetups><ViewSetup>'
        "<id>0</id><voxelSize><unit>mm</unit><size>1 1 2</size></voxelSize></ViewSetup></ViewSetups>"
        '<Timepoints type="range"><first>0</first><last>0</last></Timepoints></SequenceDescription></SpimData>'
    )
    volume = open_data(tmp_path / "a.xml")
    assert steps_of(volume, labels=False) == 2
    for steps, factor in ((1, 2), (2, 4)):
        level = coarser(volume, steps, labels=False)
        np.testing.assert_array_equal(level.read(whole(level)), levels()[steps])
        assert np.allclose(level.world_from_voxel[:3, 3], (factor - 1) / 2 * np.diag(volume.world_from_voxel)[:3])
    assert len({coarser(volume, steps, labels=False).fingerprint() for steps in range(3)}) == 3
