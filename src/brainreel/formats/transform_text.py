"""What the readers of transforms share: text, rows of numbers, matrices that can be."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.header_text import LARGEST
from brainreel.space import PointMap, affine_of, is_invertible

_MOST_BYTES = 256 << 20
"""Of a text file; a B-spline of 60 knots an axis has 16 MB."""
READS = (
    "ITK's .tfm, .txt, .mat and .h5, displacement fields (.nii.gz, .nrrd, .mha), FreeSurfer's .lta, MNI's .xfm, and "
    "4x4 matrices as text (MRtrix's too; FSL's with from: and to:)"
)


def text_of(path: Path) -> str:
    """All text of the file. Raises FormatError where it is none."""
    require_file(path)
    with foreign_errors(path):
        if path.stat().st_size > _MOST_BYTES:
            raise FormatError(f"{path}: is larger than a transform as text can be; brainreel reads {READS}")
        content = path.read_bytes()
    if b"\0" in content[:4096]:
        raise FormatError(f"{path}: is no transform; brainreel reads {READS}")
    return content.decode("utf-8-sig", "replace")


def numbers_of(path: Path, what: str, text: str) -> NDArray[np.float64]:
    """All numbers in `text`, which are finite."""
    with foreign_errors(path, ValueError, problem=f"{what} is no row of numbers"):
        values = np.array(text.split(), float)
    require_usual(path, what, values)
    return values


def require_usual(path: Path, what: str, values: NDArray) -> None:
    """Raise FormatError where one of `values` is beyond any length, or none."""
    if values.dtype.kind not in "uif" or not (np.abs(values.astype(float)) < LARGEST).all():
        raise FormatError(f"{path}: {what} has a number that is not finite, or beyond any length; the file is damaged")


def require_affine(path: Path, matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """`matrix` (4, 4). Raises FormatError where it flattens space."""
    if not is_invertible(matrix):
        raise FormatError(
            f"{path}: the matrix {matrix.tolist()} flattens space or does not end in 0 0 0 1; it moves no data"
        )
    return matrix + 0.0


def joined_affines(maps: tuple[PointMap, ...]) -> tuple[PointMap, ...]:
    """The same maps, one affine in place of several where nothing bends."""
    whole = affine_of(maps)
    return maps if whole is None else (whole,)
