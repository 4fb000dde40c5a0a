"""Where compiled kernels are kept between processes, under a name that covers everything they are made from."""

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).parent

# The compiler's settings that change what a kernel computes or what it is compiled to.
_SETTINGS = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_DISABLE_JIT", "NUMBA_ENABLE_AVX", "NUMBA_OPT")

_FORGOTTEN_S = 30 * 86400


@functools.cache
def identity(package: Path = PACKAGE) -> str:
    """Hex digest of all that decides what kernels compute: their source, the compiler, the processor and Python.

    Numba looks for changes in a function's own file only; a kernel whose helper in another file was edited would go on
    as before. So this digest is part of the compiled kernels' folder, and of the names of movie segments. It is taken
    once for each process, at the first kernel's definition; see `is_current`.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package).as_posix()}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    digest.update(repr(_toolchain()).encode())
    return digest.hexdigest()[:32]


def folder(package: Path = PACKAGE) -> Path:
    """The folder of the kernels compiled from `package`: in BRAINREEL_CACHE_DIR, else in the user's cache."""
    base = os.environ.get("BRAINREEL_CACHE_DIR") or platformdirs.user_cache_dir("brainreel", appauthor=False)
    return Path(base) / "kernels" / identity(package)


def is_current(package: Path = PACKAGE) -> bool:
    """Whether `identity` still holds: not where a file was edited, or a setting changed, since this process took it.

    Then nobody knows which source a kernel was defined from. It takes a millisecond.
    """
    return identity.__wrapped__(package) == identity(package)


def write(path: Path, content: bytes) -> None:
    """Put `content` at `path` for `read`, whole or not at all, however many processes do so at once; OSError if not."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(hashlib.sha256(content).digest() + content)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read(path: Path) -> bytes | None:
    """What `write` put at `path`; None where nothing whole can be read."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    digest, content = kept[:32], kept[32:]
    return content if hashlib.sha256(content).digest() == digest else None


@functools.cache
def mark_used(kept: Path) -> None:
    """Note that `kept` is in use, and remove its neighbours that no process has used for thirty days.

    Safe beside other processes: one whose folder goes compiles again and keeps the result again.
    """
    with contextlib.suppress(OSError):  # a folder that is not there, or not ours to change, needs no tidying
        os.utime(kept)
        for other in kept.parent.iterdir():
            ours = re.fullmatch("[0-9a-f]{32}", other.name)  # and not what somebody else keeps beside
            if ours and other != kept and time.time() - other.stat().st_mtime > _FORGOTTEN_S:
                shutil.rmtree(other, ignore_errors=True)


def processor() -> str:
    """The processor as the compiler knows it, and the vectors it has, for people."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    vectors = [
        word for feature, word in (("avx512f", "AVX-512"), ("avx2", "AVX2"), ("neon", "NEON")) if features.get(feature)
    ]
    return f"{llvm.get_host_cpu_name()}, {vectors[0] if vectors else 'no wide vectors'}"


def _toolchain() -> tuple:
    import llvmlite.binding as llvm

    return (
        sys.implementation.cache_tag,
        importlib.metadata.version("numba"),
        importlib.metadata.version("llvmlite"),
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        [os.environ.get(name, "") for name in _SETTINGS],
    )
