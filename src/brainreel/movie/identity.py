"""The identity of the code that draws: while it is equal, equal frames of equal data have equal pixels."""

import functools
import hashlib
from importlib.metadata import version
from pathlib import Path

import brainreel

LIBRARIES = ("cmap", "imagecodecs", "nibabel", "numpy", "pillow", "scipy", "tifffile", "zarr")
"""Those that values and pixels come through, beside the compiler, which `kernels.identity` holds."""


@functools.cache
def drawing_identity() -> str:
    """Hex digest of brainreel's source and font, its kernels' compiler and processor, and the libraries it draws with.

    Taken once for each process, at the first call: later edits do not reach the modules that it has loaded.
    """
    from brainreel import kernels  # brings the compiler: only where something is drawn

    digest = hashlib.blake2b(kernels.identity().encode(), digest_size=16)
    package = Path(brainreel.__file__).parent
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.ttf")]):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(repr([(name, version(name)) for name in LIBRARIES]).encode())
    return digest.hexdigest()
