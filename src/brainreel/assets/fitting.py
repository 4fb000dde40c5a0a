"""Whether what is painted fits the surface that it is painted on, and if not, what would."""

from collections.abc import Mapping
from pathlib import Path

from brainreel.assets.carrying import Carried
from brainreel.data import Data, Mesh, MeshSeries, Parcellation, Series
from brainreel.errors import FormatError
from brainreel.formats.array_series import is_of_faces
from brainreel.formats.vertex_counts import surfaces_of

_MOST_NAMED = 6
_CARRIED_BY = "registered: [its sphere.reg, that of the surface] beside file: in a scene"


def require_fit(data: Mapping[str, Data]) -> None:
    """Raise FormatError unless every painted part has a surface, and every value or label a vertex on it."""
    for key, painted in data.items():
        layer, role, *_ = key.split(".")
        if role != "paint" or not isinstance(painted, Series | Parcellation):
            continue
        side = key.rsplit(".", 1)[1]
        mesh = data.get(f"{layer}.surface.{side}")
        mesh = mesh.mesh(0) if isinstance(mesh, MeshSeries) else mesh
        if not isinstance(mesh, Mesh):
            raise FormatError(f"{painted.name}: {_no_surface(layer, side, data)}")
        _require_vertices(painted, mesh)


def _require_vertices(painted: Series | Parcellation, mesh: Mesh) -> None:
    count = len(mesh.points)
    if isinstance(painted, Series) and is_of_faces(painted):
        if painted.width != mesh.faces.size:
            few, many = painted.width // 3, len(mesh.faces)
            raise FormatError(
                f"{painted.name}: has values of {few:,} triangles, but {mesh.name} has {many:,}; paint them on the "
                "surface they were computed on"
            )
        return
    width, what = (painted.width, "values a moment") if isinstance(painted, Series) else (len(painted.labels), "labels")
    if painted.vertices is None and width != count:
        remedy = _remedy(painted, mesh, width)
        raise FormatError(f"{painted.name}: has {width:,} {what}, but {mesh.name} has {count:,} vertices; {remedy}")
    if painted.vertices is not None and len(painted.vertices) and int(painted.vertices.max()) >= count:
        what = "value" if isinstance(painted, Series) else "label"
        raise FormatError(
            f"{painted.name}: has a {what} for vertex {int(painted.vertices.max()):,}, but {mesh.name} has {count:,} "
            f"vertices (0 to {count - 1:,}); {_other_surface(painted)}"
        )


def _remedy(painted: Series | Parcellation, mesh: Mesh, width: int) -> str:
    """The surfaces in the folders of both that have as many vertices, or what to look for."""
    paths = [path for item in (mesh, painted) if isinstance(path := getattr(item, "path", None), Path)]
    fitting = surfaces_of(width, [path.parent for path in paths])
    if not fitting or isinstance(painted, Carried):
        return _other_surface(painted)
    same = [file for file in fitting if not paths or file.parent == paths[0].parent]
    named = ", ".join(file.name if file in same else str(file) for file in fitting[:_MOST_NAMED])
    return f"it fits {named}" + (" ..." if len(fitting) > _MOST_NAMED else "")


def _other_surface(painted: Series | Parcellation) -> str:
    """What to do with what belongs to another surface; on a command line labels are never carried over."""
    if isinstance(painted, Carried):
        return painted.way.ends_on
    options = "--from-subject NAME beside --subject, or by " if isinstance(painted, Series) else ""
    return f"paint it on the surface it was computed on, or carry it over by {options}{_CARRIED_BY}"


def _no_surface(layer: str, side: str, data: Mapping[str, Data]) -> str:
    """What is wrong with values of `side` on a layer that has no such part, and the remedy."""
    there = [key.rsplit(".", 1)[1] for key in data if key.startswith(f"{layer}.surface.")]
    if side == "whole":
        return (
            f"does not say its hemisphere, and layer {layer} has the {' and the '.join(there)} one; name the file with "
            "-lh or -rh, such as activity-lh.npy, or write hemi: left beside file: in a scene"
        )
    if there == ["whole"]:
        return (
            f"belongs to the {side} hemisphere, but the surface of layer {layer} does not say that it does; write "
            f"surface: {{file: ..., hemi: {side}}}"
        )
    return (
        f"belongs to the {side} hemisphere, but layer {layer} has the {' and the '.join(there)} surface only; give the "
        f"{side} surface too, or write hemi: {there[0]} beside file: in a scene"
    )
