"""Legacy VTK files (.vtk), by the dataset in them: images or surfaces."""

from pathlib import Path

from brainreel.data import Channels, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors, require_file
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.surfaces import SurfaceMesh

_KINDS = {"STRUCTURED_POINTS": "volume", "POLYDATA": "mesh"}
_HEAD_BYTES = 1 << 20
_BEFORE = 16
"""Lines in which the dataset is looked for: it is stated on the fourth."""


def open_vtk(path: Path, options: ReadOptions = NO_OPTIONS) -> Volume | VolumeSeries | Channels | SurfaceMesh:
    """The image or the surface in `path`. Raises FormatError for any other dataset."""
    from brainreel.formats import vtk_legacy, vtk_polydata

    return (
        vtk_polydata.open_polydata(path, options) if sniff_vtk(path) == "mesh" else vtk_legacy.open_vtk(path, options)
    )


def sniff_vtk(path: Path) -> str:
    """ "volume" or "mesh", by the dataset that the file states."""
    if not require_file(path).startswith(b"# vtk DataFile"):
        raise FormatError(f"{path}: this is no legacy VTK file: it does not begin with # vtk DataFile")
    with foreign_errors(path), path.open("rb") as file:
        lines = [line.split() for line in file.read(_HEAD_BYTES).split(b"\n", _BEFORE)[2:_BEFORE]]
    stated = next((words for words in lines if words[:1] and words[0].upper() == b"DATASET"), [])
    dataset = stated[1].decode("latin-1").upper() if len(stated) > 1 else "not stated"
    if dataset not in _KINDS:
        raise FormatError(
            f"{path}: its dataset is {dataset[:40]}; of legacy VTK files images (STRUCTURED_POINTS) and surfaces "
            "(POLYDATA) are read, of grids extract the surface"
        )
    return _KINDS[dataset]
