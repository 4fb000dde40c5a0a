"""What the XML of CIFTI-2 says: which vertices the columns of the matrix belong to, and what its rows are."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from brainreel.data import LabelEntry, LabelTable, TimeAxis
from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors
from brainreel.formats.parcellations import label_table

_STRUCTURES = {"CORTEX_LEFT": "left", "CORTEX_RIGHT": "right", "CORTEX": "whole"}
_MOST_VERTICES = 1 << 24
_NUMBERS = (ValueError, TypeError, OverflowError, KeyError)


@dataclass(frozen=True)
class Structure:
    """Columns (k,) of the matrix, the vertices (k,) that they are of, and how many vertices the surface has."""

    side: str
    columns: NDArray[np.intp]
    vertices: NDArray[np.intp]
    vertex_count: int


@dataclass(frozen=True)
class Axes:
    """What the file says: `kind` of its rows is scalars, series or labels. `others`: structures that are no cortex."""

    kind: str
    names: tuple[str, ...]
    tables: tuple[LabelTable, ...]
    times: TimeAxis | None
    structures: tuple[Structure, ...]
    others: tuple[str, ...]


def read_axes(path: Path, root: ElementTree.Element, shape: tuple[int, int]) -> Axes:
    """The axes of the matrix of `shape` (rows, columns) under `root`.

    Raises FormatError where they do not fit it, or are others.
    """
    maps = {number: one for one in root.iter("MatrixIndicesMap") for number in _applied(one)}
    rows, columns = maps.get("0"), maps.get("1")
    kinds = tuple("" if one is None else _kind(one) for one in (rows, columns))
    if rows is None or columns is None or kinds[0] not in ("scalars", "series", "labels"):
        raise FormatError(f"{path}: a matrix of {' by '.join(kinds)}; maps and time series of brain models are read")
    if kinds[1] == "brain_models":
        structures, others = _brain_models(path, columns, shape[1])
    elif kinds[1] == "parcels":
        structures, others = _parcels(path, columns, shape[1])
    else:
        raise FormatError(f"{path}: a matrix of {' by '.join(kinds)}; maps and time series of brain models are read")
    if not structures:
        raise FormatError(f"{path}: has no value on a surface, only of {', '.join(others) or 'nothing'}")
    named = list(rows.iter("NamedMap"))
    if kinds[0] != "series" and len(named) != shape[0]:
        raise FormatError(f"{path}: names {len(named):,} maps and has {shape[0]:,}; the file is damaged")
    return Axes(
        kinds[0],
        tuple((one.findtext("MapName") or "").strip() for one in named),
        tuple(_table(path, one) for one in named) if kinds[0] == "labels" else (),
        _times(path, rows, shape[0]) if kinds[0] == "series" else None,
        tuple(structures),
        tuple(others),
    )


def _applied(one: ElementTree.Element) -> list[str]:
    return one.get("AppliesToMatrixDimension", "").replace(",", " ").split()


def _kind(one: ElementTree.Element) -> str:
    return one.get("IndicesMapToDataType", "").removeprefix("CIFTI_INDEX_TYPE_").lower()


def _brain_models(path: Path, axis: ElementTree.Element, width: int) -> tuple[list[Structure], list[str]]:
    structures, others = [], []
    for model in axis.iter("BrainModel"):
        name = _structure_name(model)
        if "SURFACE" not in model.get("ModelType", "") or name not in _STRUCTURES:
            others.append(name)
            continue
        vertices = _numbers(path, model.findtext("VertexIndices"))
        with foreign_errors(path, *_NUMBERS, problem=f"its model of {name} is damaged"):
            offset, count = int(model.attrib["IndexOffset"]), int(model.attrib["IndexCount"])
            surface = int(model.attrib["SurfaceNumberOfVertices"])
        if count != len(vertices) or offset < 0 or offset + count > width:
            raise FormatError(
                f"{path}: {name} has {count:,} columns from {offset:,} on and {len(vertices):,} vertices, the matrix "
                f"has {width:,} columns; the file is damaged"
            )
        structures.append(_checked(path, name, np.arange(offset, offset + count), vertices, surface))
    return _once(path, structures), others


def _parcels(path: Path, axis: ElementTree.Element, width: int) -> tuple[list[Structure], list[str]]:
    """Every vertex of a parcel has the parcel's column."""
    parcels = axis.findall("Parcel")
    if len(parcels) != width:
        raise FormatError(f"{path}: names {len(parcels):,} parcels for {width:,} columns; the file is damaged")
    structures = []
    for surface in axis.findall("Surface"):
        name = _structure_name(surface)
        if name not in _STRUCTURES:
            continue
        found = [
            (number, _numbers(path, part.text))
            for number, parcel in enumerate(parcels)
            for part in parcel.findall("Vertices")
            if _structure_name(part) == name
        ]
        with foreign_errors(path, *_NUMBERS, problem=f"its parcels of {name} are damaged"):
            count = int(surface.attrib["SurfaceNumberOfVertices"])
        columns = np.concatenate([np.full(len(one), number) for number, one in found] or [np.empty(0, np.intp)])
        vertices = np.concatenate([one for _, one in found] or [np.empty(0, np.intp)])
        if len(vertices):
            structures.append(_checked(path, name, columns, vertices, count))
    in_voxels = [parcel.get("Name", "") for parcel in parcels if parcel.find("Vertices") is None]
    return _once(path, structures), in_voxels


def _structure_name(one: ElementTree.Element) -> str:
    return one.get("BrainStructure", "").removeprefix("CIFTI_STRUCTURE_")


def _checked(path: Path, name: str, columns: NDArray, vertices: NDArray[np.intp], count: int) -> Structure:
    if not 0 < count <= _MOST_VERTICES:
        raise FormatError(f"{path}: the surface of {name} has {count:,} vertices; the file is damaged")
    if len(vertices) and not 0 <= vertices.min() <= vertices.max() < count:
        beyond = vertices.min() if vertices.min() < 0 else vertices.max()
        raise FormatError(f"{path}: {name} names vertex {beyond:,} of {count:,} vertices; the file is damaged")
    return Structure(_STRUCTURES[name], columns.astype(np.intp), vertices, count)


def _once(path: Path, structures: list[Structure]) -> list[Structure]:
    sides = [one.side for one in structures]
    if len(set(sides)) < len(sides):
        raise FormatError(f"{path}: has a structure twice ({', '.join(sides)}); the file is damaged")
    return structures


def _numbers(path: Path, text: str | None) -> NDArray[np.intp]:
    with foreign_errors(path, *_NUMBERS, problem="its vertex numbers are damaged"):
        return np.array((text or "").split(), np.int64).astype(np.intp)


def _table(path: Path, one: ElementTree.Element) -> LabelTable:
    with foreign_errors(path, *_NUMBERS, problem="its table of labels is damaged"):
        return label_table(path.name, list(_entries(one)))


def _entries(one: ElementTree.Element) -> Iterator[LabelEntry]:
    for label in one.iter("Label"):
        parts = (min(max(float(label.get(key, "1")), 0.0), 1.0) for key in ("Red", "Green", "Blue", "Alpha"))
        red, green, blue, opacity = parts
        yield LabelEntry(int(label.attrib["Key"]), (label.text or "").strip(), (red, green, blue), opacity)


def _times(path: Path, rows: ElementTree.Element, count: int) -> TimeAxis | None:
    """The moments; items where they are no times (frequencies, lengths, angles); None where the step is none."""
    with foreign_errors(path, *_NUMBERS, problem="its series axis is damaged"):
        stated = int(rows.attrib["NumberOfSeriesPoints"])
        exponent = int(rows.attrib["SeriesExponent"])
        first, step = float(rows.attrib["SeriesStart"]), float(rows.attrib["SeriesStep"])
        scale = 10.0**exponent
        # as decimals, so that 0.72 with exponent 0 and 720 with -3 are one number
        first_s, step_s = (value * scale if exponent >= 0 else value / 10.0**-exponent for value in (first, step))
    if stated != count:
        raise FormatError(f"{path}: states {stated:,} moments and has {count:,}; the file is damaged")
    if rows.get("SeriesUnit", "SECOND").upper() != "SECOND":
        return TimeAxis(0.0, 1.0, count, "items")
    if not math.isfinite(first_s) or not 0 < step_s < math.inf:
        return None
    return TimeAxis(first_s, step_s, count)
