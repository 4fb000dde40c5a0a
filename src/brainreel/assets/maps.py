"""What a source means of a file that holds several maps, arrays or parcellations."""

from brainreel.data import Data, Mesh, MeshSeries, Parcellation, Series, WithMaps
from brainreel.errors import FormatError
from brainreel.formats.array_series import array_names, array_series, is_of_faces
from brainreel.formats.maps import one_map
from brainreel.scene import LabelSource, ScalarSource, Source

_MOST_NAMES = 16


def chosen(parts: dict[str, Data], source: Source) -> dict[str, Data]:
    """`parts` of a file with the array that `source` names of each. Raises FormatError where there is no such."""
    if isinstance(source, ScalarSource):
        return {part: _values(item, source) for part, item in parts.items()}
    return parts


def _values(item: Data, source: ScalarSource) -> Data:
    if isinstance(item, Mesh | MeshSeries):
        if source.array is None:
            mesh = item if isinstance(item, Mesh) else item.mesh(0)
            names = array_names(mesh)
            problem = f"is a surface; choose what to paint with array: {_names(names)}"
            if not names:
                problem = "is a surface without values; draw it in a layer of its own, surface:, and paint others on it"
            raise FormatError(f"{source.origin}: {item.name} {problem}")
        series = array_series(item, source.array, source.on)
        if source.registered is not None and is_of_faces(series):
            problem = "are of triangles, spheres carry values of vertices; leave registered: out"
            raise FormatError(f"{source.origin}: the values {series.name} {problem}")
        return series
    if source.on == "triangles":
        raise FormatError(f"{source.origin}: {item.name} holds values of vertices, none of triangles; leave on: out")
    if source.array is not None and isinstance(item, Series):
        return one_map(item, source.array)
    return item


def require_one_of_several(item: Data, source: LabelSource) -> None:
    """Raise FormatError where `item` has several parcellations and `source` names none, or none and it names one."""
    if not isinstance(item, Parcellation):
        return
    maps = item.maps if isinstance(item, WithMaps) else ()
    if source.array is None and len(maps) > 1:
        problem = f"has {len(maps)} parcellations; choose one with array: {_names(maps)}"
        raise FormatError(f"{source.origin}: {item.name} {problem}")
    if source.array is not None and not maps:
        raise FormatError(f"{source.origin}: {item.name} has one parcellation without a name; leave array: out")


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(names[:_MOST_NAMES]) + (" ..." if len(names) > _MOST_NAMES else "") or "(it has none)"
