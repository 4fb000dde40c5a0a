"""Surfaces over time as files: plain .vtp files, and the lists that say when each was."""

import json
from pathlib import Path

import numpy as np


def write_vtp(path: Path, points, faces, **arrays) -> Path:
    """A surface with values per vertex, in letters."""

    def data(values, name="", kind="Float32") -> str:
        flat = np.asarray(values).reshape(len(values), -1 if len(values) else 1)
        numbers = " ".join(map(repr, flat.ravel().tolist()))
        components = f'NumberOfComponents="{flat.shape[1]}"' if flat.shape[1] > 1 else ""
        return f'<DataArray type="{kind}" Name="{name}" {components} format="ascii">{numbers}</DataArray>'

    corners = np.asarray(faces, np.int64)
    named = "".join(data(np.asarray(values, np.float32), name) for name, values in arrays.items())
    offsets = 3 * np.arange(1, len(corners) + 1)
    path.write_text(
        '<VTKFile type="PolyData" version="0.1" byte_order="LittleEndian"><PolyData>'
        f'<Piece NumberOfPoints="{len(points)}" NumberOfPolys="{len(corners)}"><PointData>{named}</PointData>'
        f"<Points>{data(np.asarray(points, np.float32), 'Points')}</Points>"
        f"<Polys>{data(corners.ravel(), 'connectivity', 'Int64')}{data(offsets, 'offsets', 'Int64')}</Polys>"
        "</Piece></PolyData></VTKFile>"
    )
    return path


def write_pvd(path: Path, *entries: dict[str, object]) -> Path:
    """A ParaView collection; an entry holds the attributes of a DataSet."""
    lines = ["<DataSet " + " ".join(f'{key}="{value}"' for key, value in entry.items()) + "/>" for entry in entries]
    path.write_text(
        f'<?xml version="1.0"?><VTKFile type="Collection"><Collection>{"".join(lines)}</Collection></VTKFile>'
    )
    return path


def write_file_series(path: Path, **times: float) -> Path:
    """A file series of the steps `<name>.vtp` at their times."""
    files = [{"name": f"{name}.vtp", "time": time} for name, time in times.items()]
    path.write_text(json.dumps({"file-series-version": "1.0", "files": files}))
    return path
