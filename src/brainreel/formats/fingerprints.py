"""Digests of file contents, remembered on disk so that unchanged files are hashed once.

The memo is a folder of small files in the user's cache (`BRAINREEL_CACHE_DIR` overrides it). Its key is the path, size,
modification time and inode of every file; where it cannot be written, digests are computed again each time.
"""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import platformdirs

from brainreel.formats.gate import foreign_errors

_CHUNK_BYTES = 4 << 20
_DIGEST_BYTES = 20
_LARGE_BYTES = 256 << 20
_BLOCKS, _BLOCK_BYTES = 256, 1 << 16
_SETTLED_NS = 2_000_000_000  # a file written within one tick of the clock twice has one time and two contents
_READERS = 1  # raise it when a reader begins to give other values for the same bytes


def fingerprint(files: Sequence[Path], **facts: object) -> str:
    """A hex digest of the contents of `files`, in this order, and of `facts`, which JSON must be able to hold."""
    text = json.dumps({"readers": _READERS, "content": content_digest(files), **facts}, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()


def fingerprint_of_series(path: Path, **facts: object) -> str:
    """As `fingerprint` of one file; of a very large one what its size, its time of change and even blocks of it say.

    So a series of any length opens at once. A file that is copied keeps its time of change with `cp -p` only; what was
    drawn of it is else drawn again.
    """
    with foreign_errors(path):
        stat = path.stat()
        if stat.st_size <= _LARGE_BYTES:
            return fingerprint([path], **facts)
        digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        with path.open("rb") as file:
            for k in range(_BLOCKS):
                file.seek((stat.st_size - _BLOCK_BYTES) * k // (_BLOCKS - 1))
                digest.update(file.read(_BLOCK_BYTES))
    return fingerprint([], size=stat.st_size, changed_ns=stat.st_mtime_ns, blocks=digest.hexdigest(), **facts)


def content_digest(files: Sequence[Path]) -> str:
    """A hex digest of the contents of `files`, from the memo where they have not changed since."""
    memo, settled = _memo_of(files)
    with suppress(OSError):
        known = memo.read_bytes()
        if len(known) == 2 * _DIGEST_BYTES:  # a crash may leave an empty file
            return known.decode("ascii", "replace")
    digest = _hash(files)
    if settled:
        _remember(memo, digest)
    return digest


def _memo_of(files: Sequence[Path]) -> tuple[Path, bool]:
    """Where the digest of `files` as they are now is remembered, and whether they are old enough to remember it."""
    key = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    newest_ns = 0
    for path in files:
        with foreign_errors(path):
            stat = path.stat()
        key.update(f"{path.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}\0{stat.st_ino}\n".encode(errors="replace"))
        newest_ns = max(newest_ns, stat.st_mtime_ns)
    return cache_dir() / "fingerprints" / key.hexdigest(), time.time_ns() - newest_ns > _SETTLED_NS


def cache_dir() -> Path:
    """The folder for what can be computed again."""
    return Path(os.environ.get("BRAINREEL_CACHE_DIR") or platformdirs.user_cache_dir("brainreel", appauthor=False))


def _hash(files: Sequence[Path]) -> str:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    for path in files:
        with foreign_errors(path), path.open("rb", buffering=0) as file:
            digest.update(os.fstat(file.fileno()).st_size.to_bytes(8, "little"))
            while count := file.readinto(buffer):
                digest.update(buffer[:count])
    return digest.hexdigest()


def _remember(memo: Path, digest: str) -> None:
    """Write the digest under a temporary name first, so that no reader sees half of it."""
    draft = memo.with_name(f"{memo.name}.{os.getpid()}.{time.monotonic_ns()}")
    with suppress(OSError):  # an unwritable cache costs time, nothing else
        memo.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(digest)
        draft.replace(memo)
