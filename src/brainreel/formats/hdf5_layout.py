"""Where datasets lie in an HDF5 file, asked of a process of its own and remembered by the file's content."""

import base64
import binascii
import hashlib
import json
import os
import subprocess
import sys
import zlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.fingerprints import cache_dir, content_digest

_PROBE = Path(__file__).with_name("hdf5_probe.py")
_WAIT_S = 600.0  # for a machine that is busy: the probe bounds its own processor time
_REVISION = 2  # raise it when the probe begins to answer something else


@dataclass(frozen=True)
class Layout:
    """Where a dataset's values lie: at `offset`, in `values`, or in the chunks of `table`, else all are `fill`.

    `table` (n, axes + 3): first element of the chunk along each axis, mask of filters left out, offset, bytes.
    """

    shape: tuple[int, ...]
    dtype: np.dtype
    fill: NDArray
    attributes: dict[str, Any]
    offset: int | None = None
    values: bytes | None = None
    chunks: tuple[int, ...] | None = None
    filters: tuple[tuple[int, tuple[int, ...], str], ...] = ()
    table: NDArray[np.int64] | None = None


@dataclass(frozen=True)
class Datasets:
    """Every dataset's shape and dtype by its path (only where all were looked for), and the layouts asked for."""

    listed: dict[str, tuple[tuple[int, ...], str]]
    layouts: dict[str, Layout]


def look_into(path: Path, wanted: tuple[str, ...] = ()) -> Datasets:
    """The layouts of the datasets `wanted`, or the list of all and, where one alone has three axes or more, its own.

    Raises FormatError where the file is malformed, whether HDF5 says so, crashes or hangs, and where a dataset is
    missing or not of plain numbers.
    """
    answer = _answer(path, wanted)
    if "error" in answer:
        raise FormatError(f"{path}: this is no readable HDF5 file: {answer['error']}; copy it again")
    try:
        listed = {name: (tuple(shape), dtype) for name, (shape, dtype) in answer.get("datasets", {}).items()}
        return Datasets(listed, {name: _layout(path, one) for name, one in answer["layouts"].items()})
    except (ValueError, LookupError, TypeError, zlib.error, binascii.Error) as error:
        raise FormatError(f"{path}: its layout makes no sense ({error}); it is damaged, copy it again") from error


def _layout(path: Path, one: dict[str, Any]) -> Layout:
    if "error" in one:
        raise FormatError(f"{path}: {one['error']}")
    dtype = np.dtype(one["dtype"])
    table = None
    if "table" in one:
        flat = np.frombuffer(zlib.decompress(base64.b64decode(one["table"])), "<i8")
        table = flat.reshape(-1, len(one["shape"]) + 3)
    return Layout(
        shape=tuple(one["shape"]),
        dtype=dtype,
        fill=np.frombuffer(base64.b64decode(one["fill"]), dtype).reshape(()),
        attributes=one["attributes"],
        offset=one.get("offset"),
        values=base64.b64decode(one["values"]) if "values" in one else None,
        chunks=tuple(one["chunks"]) if "chunks" in one else None,
        filters=tuple((code, tuple(values), title) for code, values, title in one.get("filters", ())),
        table=table,
    )


def _answer(path: Path, wanted: tuple[str, ...]) -> dict[str, Any]:
    """The probe's, from the memo where the same content was asked the same before."""
    question = json.dumps([_REVISION, content_digest([path]), wanted])
    memo = cache_dir() / "hdf5" / hashlib.blake2b(question.encode(), digest_size=20).hexdigest()
    with suppress(OSError, ValueError, zlib.error):
        return json.loads(zlib.decompress(memo.read_bytes()))
    answer = _ask(path, wanted)
    draft = memo.with_name(f"{memo.name}.{os.getpid()}")
    with suppress(OSError):  # an unwritable cache costs time, nothing else
        memo.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(zlib.compress(json.dumps(answer).encode(), 1))
        draft.replace(memo)
    return answer


def _ask(path: Path, wanted: tuple[str, ...]) -> dict[str, Any]:
    """The probe's answer; how it died where it did."""
    command = [sys.executable, "-I", str(_PROBE), str(path.absolute())]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            command,
            input=json.dumps(wanted).encode(),
            capture_output=True,
            timeout=_WAIT_S,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FormatError(f"{path}: HDF5 found no end in it within {_WAIT_S:g} s; copy it again") from error
    with suppress(ValueError):
        return json.loads(done.stdout)
    ended = f"signal {-done.returncode}" if done.returncode < 0 else f"status {done.returncode}"
    return {"error": f"HDF5's library crashed, hung or ran out of memory in it ({ended})"}
