"""What others make of the same raw slices, each in a process of its own.

`python convert_peers.py PEER SLICES OUT '{"shape": [z, y, x], "factors": [[z, y, x], ...]}'`. Needs nothing of
brainreel. Each peer writes arrays of Zarr 3 in chunks of 64^3 packed by Zstandard at level 1, in shards of (4, 1, 32)
chunks where it can, and makes every level from the one before. All read by rows of chunks, so that none reads or writes
anything twice.
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

CHUNK = 64
SHARD = (4 * CHUNK, CHUNK, 32 * CHUNK)


class Slices:
    """Raw slices of uint8 as one array of `shape` (z, y, x) whose parts are read when they are asked for."""

    dtype = np.dtype(np.uint8)
    ndim = 3

    def __init__(self, folder, shape):
        self.shape = tuple(shape)
        self._planes = [np.memmap(path, np.uint8, "r", 0, self.shape[1:]) for path in sorted(folder.iterdir())]

    def __getitem__(self, box):
        return np.stack([plane[box[1:]] for plane in self._planes[box[0]]])


def ratios(factors):
    """Voxels along (z, y, x) of each level to one of the next."""
    return [tuple(b // a for a, b in zip(fine, coarse, strict=True)) for fine, coarse in itertools.pairwise(factors)]


def sizes(shape, factors):
    return [tuple(-(-n // f) for n, f in zip(shape, each, strict=True)) for each in factors]


def bands(shape, rows):
    """All of some rows at once: whole shards."""
    return [
        (slice(0, shape[0]), slice(y, min(y + rows, shape[1])), slice(0, shape[2])) for y in range(0, shape[1], rows)
    ]


def finer(box, ratio, shape):
    return tuple(slice(p.start * r, min(p.stop * r, n)) for p, r, n in zip(box, ratio, shape, strict=True))


def halved(voxels, ratio):
    """Means, to the nearest; what is beyond the end is as the last voxel."""
    odd = [(0, -n % r) for n, r in zip(voxels.shape, ratio, strict=True)]
    voxels = np.pad(voxels, odd, "edge")
    z, y, x = (n // r for n, r in zip(voxels.shape, ratio, strict=True))
    means = voxels.reshape(z, ratio[0], y, ratio[1], x, ratio[2]).mean((1, 3, 5), dtype=np.float32)
    return np.rint(means).astype(voxels.dtype)


def zarr_loop(source, out, factors):
    """zarr-python: level by level, each from the one before, with means by NumPy."""
    import zarr

    arrays = []
    for number, shape in enumerate(sizes(source.shape, factors)):
        arrays.append(
            zarr.create_array(
                out / str(number),
                shape=shape,
                dtype="uint8",
                chunks=(CHUNK,) * 3,
                shards=tuple(min(s, -(-n // CHUNK) * CHUNK) for s, n in zip(SHARD, shape, strict=True)),
                compressors=zarr.codecs.ZstdCodec(level=1),
            )
        )
    for box in bands(source.shape, CHUNK):
        arrays[0][box] = source[box]
    for fine, coarse, ratio in zip(arrays, arrays[1:], ratios(factors), strict=False):
        for box in bands(coarse.shape, CHUNK):
            coarse[box] = halved(fine[finer(box, ratio, fine.shape)], ratio)


def tensorstore(source, out, factors):
    """tensorstore: level 0 by rows of shards, the others from the one before by its downsample driver."""
    import tensorstore as ts

    context = ts.Context({"cache_pool": {"total_bytes_limit": 1 << 30}, "data_copy_concurrency": {"limit": 1}})
    before = None
    for number, shape in enumerate(sizes(source.shape, factors)):
        shard = [min(s, -(-n // CHUNK) * CHUNK) for s, n in zip(SHARD, shape, strict=True)]
        inner = [{"name": "bytes"}, {"name": "zstd", "configuration": {"level": 1}}]
        sharding = {
            "chunk_shape": [CHUNK] * 3,
            "codecs": inner,
            "index_codecs": [{"name": "bytes", "configuration": {"endian": "little"}}, {"name": "crc32c"}],
            "index_location": "end",
        }
        spec = {
            "driver": "zarr3",
            "kvstore": {"driver": "file", "path": str(out / str(number))},
            "metadata": {
                "shape": shape,
                "data_type": "uint8",
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": shard}},
                "codecs": [{"name": "sharding_indexed", "configuration": sharding}],
            },
        }
        array = ts.open(spec, create=True, context=context).result()
        if before is None:
            for box in bands(shape, CHUNK):
                array[box].write(source[box]).result()
        else:
            small = ts.downsample(before, ratios(factors)[number - 1], "mean")
            for box in bands(shape, CHUNK):
                array[box].write(small[box].read().result()).result()
        before = array


def ngff(source, out, factors):
    """ngff-zarr, with means by Dask; without the last levels where it would leave no voxel along an axis."""
    import dask.array
    import ngff_zarr
    from zarr.codecs import ZstdCodec

    array = dask.array.from_array(source, chunks=(CHUNK, CHUNK, source.shape[2]), asarray=False)
    image = ngff_zarr.to_ngff_image(array, dims=["z", "y", "x"], scale={"z": 70.0, "y": 1.33, "x": 1.33})
    whole = [each for each in factors[1:] if all(n >= f for n, f in zip(source.shape, each, strict=True))]
    levels = [dict(zip("zyx", each, strict=True)) for each in whole]
    pyramid = ngff_zarr.to_multiscales(
        image, scale_factors=levels, method=ngff_zarr.Methods.DASK_BIN_SHRINK, chunks=CHUNK, cache=False
    )
    ngff_zarr.to_ngff_zarr(str(out), pyramid, version="0.5", compressors=ZstdCodec(level=1))


def recipe(source_folder, out, shape):
    """The script of the Juelich recipe, in today's Python: raw slices into one HDF5 dataset, no levels."""
    import h5py

    files = list(source_folder.glob("*.raw"))
    with h5py.File(out / "brain.h5", "w") as file:
        dataset = file.create_dataset("PLI", (len(files), *shape[1:]), dtype=np.uint8)
        for i, path in enumerate(sorted(files)):
            with path.open("rb") as raw:
                voxels = np.fromfile(raw, np.uint8, shape[1] * shape[2])
            dataset[i, :, :] = voxels.reshape(1, *shape[1:])


PEERS = {"zarr-python loop": zarr_loop, "tensorstore": tensorstore, "ngff-zarr": ngff}
RECIPE = "the recipe's h5py"


def main():
    peer, folder, out, said = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4])
    out.mkdir()
    if peer == RECIPE:
        recipe(folder, out, said["shape"])
    else:
        PEERS[peer](Slices(folder, said["shape"]), out, said["factors"])


if __name__ == "__main__":
    main()
