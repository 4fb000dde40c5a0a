"""Damaged microscopy files neither crash, hang nor allocate; each is read or refused as a FormatError."""

import io
import os

import h5py
import numcodecs
import numpy as np
import pytest
import tifffile
import zarr
from PIL import Image

from brainreel.formats import open_data
from contracts.fuzz import MUTATIONS, mutations, read_a_region, survive

VOXELS = np.arange(2 * 3 * 4 * 5 * 6, dtype="u2").reshape(2, 3, 4, 5, 6)  # tzcyx
PROBED = MUTATIONS if "BRAINREEL_FUZZ" in os.environ else 25  # each of these starts a process
UM = {
    "axes": "TZCYX",
    "PhysicalSizeX": 0.5,
    "PhysicalSizeY": 0.5,
    "PhysicalSizeZ": 2.0,
    "Channel": {"Name": list("abcd")},
}
GREY = {"photometric": "minisblack"}
TIFFS = {
    "plain": {**GREY, "data": VOXELS[0, :, 0]},
    "packed": {**GREY, "data": VOXELS[0, :, 0], "compression": "zlib", "predictor": True},
    "lzw tiles": {**GREY, "data": VOXELS[0, :, 0], "compression": "lzw", "tile": (16, 16), "byteorder": ">"},
    "strips": {**GREY, "data": VOXELS[0, :, 0], "compression": "lzw", "rowsperstrip": 2},
    "jpeg tiles": {**GREY, "data": np.zeros((2, 40, 41), "u1"), "compression": "jpeg", "tile": (16, 32)},
    "zstd big": {**GREY, "data": VOXELS[0, :, 0], "compression": "zstd", "bigtiff": True},
    "imagej": {"data": VOXELS, "imagej": True, "metadata": {"axes": "TZCYX", "unit": "um", "spacing": 2.0}},
    "ome": {"data": VOXELS, "ome": True, "metadata": UM, "compression": "zlib"},
    "colours": {"data": np.zeros((3, 20, 21, 3), "u1"), "photometric": "rgb", "compression": "jpeg"},
}


@pytest.mark.parametrize("name", TIFFS)
def test_damaged_tiff_stacks(tmp_path, name):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, **TIFFS[name])
    read_a_region(path)
    content = path.read_bytes()
    outcomes = survive(path, mutations(content, len(content), MUTATIONS))
    assert outcomes["refused"] > MUTATIONS // 20


def test_damaged_tiff_slices(tmp_path):
    for k in range(3):
        tifffile.imwrite(
            tmp_path / f"{k}.tif", VOXELS[0, k, 0], compression="zlib" if k else None, rowsperstrip=2 if k else None
        )
    content = (tmp_path / "1.tif").read_bytes()
    damaged = mutations(content, len(content), MUTATIONS)
    assert survive(tmp_path / "1.tif", damaged, lambda path: read_a_region(path.parent))["refused"] > MUTATIONS // 20


@pytest.mark.parametrize("ending", ["png", "jpg"])
def test_damaged_pictures(tmp_path, ending):
    buffer = io.BytesIO()
    Image.fromarray(np.arange(600, dtype="u1").reshape(20, 30)).save(buffer, {"jpg": "jpeg"}.get(ending, ending))
    content = buffer.getvalue()
    outcomes = survive(tmp_path / f"a.{ending}", mutations(content, len(content), MUTATIONS))
    assert outcomes["refused"] > MUTATIONS // 20


@pytest.mark.parametrize("packing", ["bare", "chunked"])
def test_damaged_hdf5(tmp_path, packing):
    options = {"chunks": (2, 3, 4), "compression": "gzip", "shuffle": True, "fletcher32": True}
    with h5py.File(tmp_path / "a.h5", "w") as file:
        dataset = file.create_dataset("group/v", data=VOXELS[0, :, 0], **(options if packing == "chunked" else {}))
        dataset.attrs["element_size_um"] = (3.0, 2.0, 1.0)
    content = (tmp_path / "a.h5").read_bytes()
    read_a_region(tmp_path / "a.h5")
    outcomes = survive(tmp_path / "a.h5", mutations(content, len(content), PROBED))
    assert outcomes["read"] + outcomes["refused"] == PROBED


PACKED = {
    "version 2, Blosc": {"zarr_format": 2, "compressors": numcodecs.Blosc()},
    "version 2, LZ4": {"zarr_format": 2, "compressors": numcodecs.LZ4()},
    "version 3, zstd": {"zarr_format": 3, "compressors": zarr.codecs.ZstdCodec()},
    "version 3, Blosc": {"zarr_format": 3, "compressors": zarr.codecs.BloscCodec()},
    "version 3, Blosc in shards": {
        "zarr_format": 3,
        "compressors": zarr.codecs.BloscCodec(cname="zstd"),
        "shards": (2, 4, 4, 5, 6),
    },
}
PARTS = {2: {"group": ".zattrs", "array": "0/.zarray"}, 3: {"group": "zarr.json", "array": "0/zarr.json"}}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("part", ["group", "array", "chunk"])
def test_damaged_ome_zarr(tmp_path, packed, part):
    root, version = tmp_path / "a.zarr", PACKED[packed]["zarr_format"]
    axes = [
        {"name": a, "type": kind} for a, kind in zip("tzcyx", ("time", "space", "channel", *["space"] * 2), strict=True)
    ]
    steps = [{"type": "scale", "scale": [1.0, 2.0, 1.0, 1.5, 2.5]}, {"type": "translation", "translation": [0.0] * 5}]
    image = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": steps}], "version": "0.4"}
    looks = {"channels": [{"label": "a", "color": "FF0000", "window": {"start": 0, "end": 9}}]}
    said = {"multiscales": [image], "omero": looks}
    zarr.open_group(root, mode="w", zarr_format=version, attributes=said if version == 2 else {"ome": said})
    array = zarr.create_array(root / "0", shape=VOXELS.shape, dtype="u2", chunks=(1, 2, 2, 5, 6), **PACKED[packed])
    array[...] = VOXELS
    read_a_region(root)
    last_moment = {2: "0/1.0.0.0.0", 3: "0/c/0/0/0/0/0" if "shards" in PACKED[packed] else "0/c/1/0/0/0/0"}
    path = root / (last_moment[version] if part == "chunk" else PARTS[version][part])
    content = path.read_bytes()
    damaged = mutations(content, len(content), MUTATIONS)
    assert survive(path, damaged, lambda _: read_a_region(root))["refused"] > MUTATIONS // 20


def test_damaged_bigdataviewer_xml(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for t, c in np.ndindex(2, 2):
            file[f"t{t:05d}/s{c:02d}/0/cells"] = VOXELS[t, :, c].view("i2")
    affine = "<affine>0.5 0 0 1 0 0.5 0 2 0 0 2.0 3</affine>"
    views = [(t, c) for t in range(2) for c in range(2)]
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<SpimData version="0.2">\n<BasePath type="relative">.</BasePath>\n'
        '<SequenceDescription>\n<ImageLoader format="bdv.hdf5">\n<hdf5 type="relative">a.h5</hdf5>\n</ImageLoader>\n'
        + "".join(
            f"<ViewSetup><id>{c}</id><voxelSize><unit>um</unit><size>0.5 0.5 2</size></voxelSize></ViewSetup>\n"
            for c in range(2)
        ).join(("<ViewSetups>\n", "</ViewSetups>\n"))
        + '<Timepoints type="range"><first>0</first><last>1</last></Timepoints>\n</SequenceDescription>\n'
        + "".join(
            f'<ViewRegistration timepoint="{t}" setup="{c}"><ViewTransform type="affine">{affine}</ViewTransform>'
            "</ViewRegistration>\n"
            for t, c in views
        ).join(("<ViewRegistrations>\n", "</ViewRegistrations>\n"))
        + "</SpimData>\n"
    ).encode()
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    assert len(open_data(path).channels) == 2
    assert survive(path, mutations(content, len(content), PROBED))["refused"] > PROBED // 20
