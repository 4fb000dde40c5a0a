"""The XML of CIFTI-1 in the words of CIFTI-2.

CIFTI-1.0 (Harwell, Schindler, Glasser and Van Essen, 14 April 2011) has times and brain models; the Connectome
Workbench wrote maps, labels and parcels in it too, as its CiftiLib reads them. What it numbers 0 CIFTI-2 numbers 1, in
the XML as in the header's dimensions; nodes became vertices; times became a series with an exponent.
"""

from pathlib import Path
from xml.etree import ElementTree

from brainreel.errors import FormatError
from brainreel.formats.gate import foreign_errors

REMEDY = "write it anew with wb_command -file-convert -cifti-version-convert OLD 2 NEW"
_SWAPPED = {"0": "1", "1": "0"}
_EXPONENTS = {"NIFTI_UNITS_SEC": "0", "NIFTI_UNITS_MSEC": "-3", "NIFTI_UNITS_USEC": "-6"}
_ELEMENTS = {"NodeIndices": "VertexIndices", "Nodes": "Vertices"}


def is_cifti_1(path: Path, root: ElementTree.Element) -> bool:
    """Whether `root` is CIFTI-1.0, else it is CIFTI-2. Raises FormatError where it is neither."""
    version = root.get("Version", "")
    if root.tag != "CIFTI" or root.find("Matrix") is None:
        raise FormatError(f"{path}: its XML holds no CIFTI matrix; the file is damaged")
    if version in ("1", "1.0"):
        return True
    if version.split(".")[0] != "2":
        raise FormatError(f"{path}: is CIFTI of version {version or 'unknown'}, 1.0 and 2 are read; {REMEDY}")
    return False


def as_cifti_2(path: Path, root: ElementTree.Element, shape: tuple[int, int]) -> None:
    """Rewrite `root`, whose matrix has `shape` (rows, columns), moments and brain models, as CIFTI-2 would have it.

    Raises FormatError where its times are in no unit of time.
    """
    for one in root.iter("MatrixIndicesMap"):
        applied = one.get("AppliesToMatrixDimension", "").replace(",", " ").split()
        one.set("AppliesToMatrixDimension", ",".join(_SWAPPED.get(number, number) for number in applied))
        if one.get("IndicesMapToDataType") == "CIFTI_INDEX_TYPE_TIME_POINTS":
            _state_series(path, one, shape[0])
    for one in root.iter():
        one.tag = _ELEMENTS.get(one.tag, one.tag)
        if "SurfaceNumberOfNodes" in one.attrib:
            one.set("SurfaceNumberOfVertices", one.attrib["SurfaceNumberOfNodes"])
    left = shape[1]
    for model in root.iter("BrainModel"):
        left -= _state_vertices(path, model, left)


def _state_series(path: Path, axis: ElementTree.Element, count: int) -> None:
    unit = axis.get("TimeStepUnits", "NIFTI_UNITS_SEC")
    if unit not in _EXPONENTS:
        raise FormatError(f"{path}: has time steps in {unit}, seconds, milli- and microseconds are read; {REMEDY}")
    axis.set("IndicesMapToDataType", "CIFTI_INDEX_TYPE_SERIES")
    axis.set("NumberOfSeriesPoints", str(count))
    axis.set("SeriesExponent", _EXPONENTS[unit])
    axis.set("SeriesStart", axis.get("TimeStart", "0"))
    axis.set("SeriesStep", axis.get("TimeStep", "0"))


def _state_vertices(path: Path, model: ElementTree.Element, most: int) -> int:
    """A model of a surface without indices is of its first vertices; how many were written, `most` at most."""
    if "SURFACE" not in model.get("ModelType", "") or model.find("VertexIndices") is not None:
        return 0
    with foreign_errors(path, ValueError, KeyError, problem="a brain model is damaged"):
        count = int(model.attrib["IndexCount"])
    if count > most:
        raise FormatError(f"{path}: a brain model has {count:,} columns, the matrix {most:,} for it; it is damaged")
    ElementTree.SubElement(model, "VertexIndices").text = " ".join(map(str, range(count)))
    return max(count, 0)
