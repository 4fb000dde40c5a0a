"""Look into an HDF5 file and print what lies where, as one JSON object; run as a process of its own.

HDF5's C library can crash, loop or claim all memory on malformed files, so no other process of brainreel uses it: this
one tells where the voxels lie in the file, and they are read from there. Its time and memory are bounded by itself.
Usage: hdf5_probe.py FILE, with ["/path", ...] on its input, or [] for the one dataset of three axes or more.
"""

import base64
import json
import signal
import sys
import zlib
from pathlib import Path
from typing import Any

_CPU_S = 0.25
_CPU_S_PER_BYTE = 1e-7  # lists of objects and tables of chunks grow with the file
_CPU_S_PER_DATASET = 2e-3
_MEMORY_BYTES = 384 << 20
_MOST_OBJECTS = 20_000
_MOST_TEXT = 100_000
_WORDS = ("/TransformType",)  # datasets of one word, given as its letters
_ATTRIBUTES = ("element_size_um", "axistags", "DIMENSION_LABELS")
_REPACK = "rewrite it plainly, for example with `h5repack -l CHUNK=64x64x64 -f GZIP=4 old.h5 new.h5`"


def bound(path: str, count: int) -> None:
    """Die of too much time or memory instead of taking them; where the system has no such bounds the parent waits."""
    if not hasattr(signal, "setitimer"):
        return
    import resource

    signal.setitimer(
        signal.ITIMER_PROF, _CPU_S + Path(path).stat().st_size * _CPU_S_PER_BYTE + count * _CPU_S_PER_DATASET
    )
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    status = Path("/proc/self/statm")
    if status.exists():
        used = int(status.read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY_BYTES, used + _MEMORY_BYTES))


def look(path: str, wanted: list[str]) -> dict[str, Any]:
    """The datasets in `path` by name, shape and dtype, and the layouts of those `wanted`."""
    import h5py

    bound(path, len(wanted))
    with h5py.File(path, "r", locking=False) as file:
        if wanted:
            return {"layouts": {name: _layout(file, name) for name in wanted}}
        found = _datasets(file)
        names = [name for name, (shape, kind, _) in found.items() if len(shape) >= 3 and kind in "biufc"]
        listed = {name: [shape, dtype] for name, (shape, _, dtype) in found.items()}
        return {"datasets": listed, "layouts": {name: _layout(file, name) for name in names if len(names) == 1}}


def _datasets(file: Any) -> dict[str, tuple[list[int], str, str]]:
    """Shape, kind and dtype of every dataset, by its path."""
    import h5py

    found: dict[str, tuple[list[int], str, str]] = {}
    seen = 0

    def visit(name: str, thing: Any) -> Any:
        nonlocal seen
        seen += 1
        if isinstance(thing, h5py.Dataset):
            found[f"/{name}"] = (list(thing.shape or ()), thing.dtype.kind, str(thing.dtype)[:80])
        return True if seen >= _MOST_OBJECTS else None

    file.visititems(visit)
    return found


def _layout(file: Any, name: str) -> dict[str, Any]:
    """Where the values of dataset `name` lie, or {"error": ...}."""
    import h5py

    if name not in file:
        return {"error": f"it holds no {name}", "missing": True}
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset):
        inside = [f"{name.rstrip('/')}/{key}" for key in list(dataset)[:20]]
        return {"error": f"{name} is a group; name one of {', '.join(inside) or 'its datasets, of which it has none'}"}
    if Path(dataset.file.filename).resolve() != Path(file.filename).resolve():
        return {"error": f"{name} lies in another file, {dataset.file.filename}; give that one"}
    if name.endswith(_WORDS) and h5py.check_string_dtype(dataset.dtype) and dataset.size == 1:
        return _text(dataset)
    if dataset.shape is None or dataset.dtype.kind not in "biuf" or not _is_plain(dataset):
        return {"error": f"{name} holds {str(dataset.dtype)[:80]}; this version draws integers and floats: convert it"}
    plain = {
        "shape": list(dataset.shape),
        "dtype": "|u1" if dataset.dtype.kind == "b" else dataset.dtype.str,
        "fill": base64.b64encode(dataset.fillvalue.astype(dataset.dtype).tobytes()).decode(),
        "attributes": _attributes(dataset),
    }
    return plain | _storage(dataset, name)


def _text(dataset: Any) -> dict[str, Any]:
    """One word as the bytes of its letters."""
    word = dataset[()] if dataset.shape == () else dataset[(0,) * len(dataset.shape)]
    word = word if isinstance(word, bytes) else str(word).encode()
    values, fill = (base64.b64encode(part).decode() for part in (word[:_MOST_TEXT], b"\0"))
    return {"shape": [len(word[:_MOST_TEXT])], "dtype": "|u1", "fill": fill, "attributes": {}, "values": values}


def _is_plain(dataset: Any) -> bool:
    """Whether the numbers are stored as NumPy has them, no bits left out."""
    import h5py

    kind = dataset.id.get_type()
    if isinstance(kind, h5py.h5t.TypeEnumID):
        kind = kind.get_super()
        return kind.get_size() == dataset.dtype.itemsize and kind.get_precision() == 8 * kind.get_size()
    return bool(h5py.h5t.py_create(dataset.dtype).equal(kind))


def _storage(dataset: Any, name: str) -> dict[str, Any]:
    import h5py
    import numpy as np

    creation = dataset.id.get_create_plist()
    layout = creation.get_layout()
    if layout == h5py.h5d.COMPACT:
        return {"values": base64.b64encode(np.ascontiguousarray(dataset[()]).tobytes()).decode()}
    if layout == h5py.h5d.CONTIGUOUS and not creation.get_external_count():
        return {"offset": dataset.id.get_offset()}
    if layout != h5py.h5d.CHUNKED:
        return {"error": f"{name} is put together from other files or datasets; {_REPACK}"}
    filters = [creation.get_filter(k) for k in range(creation.get_nfilters())]
    rows: list[tuple[int, ...]] = []
    dataset.id.chunk_iter(lambda c: rows.append((*c.chunk_offset, c.filter_mask, c.byte_offset, c.size)))
    table = np.array(rows, "<i8").tobytes()
    return {
        "chunks": list(dataset.chunks),
        "filters": [
            [int(code), [int(v) for v in values], title.decode("utf8", "replace")[:80]]
            for code, _, values, title in filters
        ],
        "table": base64.b64encode(zlib.compress(table, 1)).decode(),
    }


def _attributes(dataset: Any) -> dict[str, Any]:
    """Those attributes that say what the axes are, as far as they are plain."""
    import numpy as np

    said: dict[str, Any] = {}
    for key in _ATTRIBUTES:
        if key not in dataset.attrs:
            continue
        value = dataset.attrs[key]
        value = value.decode("utf8", "replace") if isinstance(value, bytes) else value
        if isinstance(value, str) and len(value) < _MOST_TEXT:
            said[key] = value
        elif isinstance(value, np.ndarray) and value.size <= 32:
            said[key] = [v.decode("utf8", "replace") if isinstance(v, bytes) else v for v in value.ravel().tolist()]
    return said


def main() -> None:
    """Print the answer; a failure that Python sees is an answer too."""
    path, wanted = sys.argv[1], json.load(sys.stdin)
    try:
        answer = look(path, wanted)
    except Exception as error:  # whatever HDF5 says of a malformed file
        answer = {"error": f"{str(error)[:500] or type(error).__name__}"}
    sys.stdout.write(json.dumps(answer, default=str))


if __name__ == "__main__":
    main()
