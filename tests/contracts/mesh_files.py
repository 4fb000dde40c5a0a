"""Small files of the exchange formats of surfaces, written by hand as their descriptions say."""

import gzip
import struct
from pathlib import Path

import numpy as np

TYPES = {"i1": "char", "u1": "uchar", "i2": "short", "u2": "ushort", "i4": "int", "u4": "uint"}
TYPES |= {"f4": "float", "f8": "double"}
CODES = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}


def write_ply(path: Path, points, polygons, coding="ascii", arrays=None, face_arrays=None, comment="made") -> Path:
    """Vertices with `arrays`, faces of any length with `face_arrays`, of which a list of lists is one of lists."""
    arrays, face_arrays = arrays or {}, face_arrays or {}
    head = ["ply", f"format {coding} 1.0", f"comment {comment}", f"element vertex {len(points)}"]
    head += [f"property {TYPES[np.asarray(points).dtype.str[1:]]} {axis}" for axis in "xyz"]
    head += [f"property {TYPES[values.dtype.str[1:]]} {name}" for name, values in arrays.items()]
    head += ["element edge 1", "property int from", f"element face {len(polygons)}"]
    head += ["property list uchar int vertex_indices"]
    for name, values in face_arrays.items():
        kind = "list ushort float" if isinstance(values, list) else TYPES[values.dtype.str[1:]]
        head.append(f"property {kind} {name}")
    rows = [[*point, *(values[k] for values in arrays.values())] for k, point in enumerate(points)]
    body = b"".join(_row(row, coding) for row in rows) + _row([np.int32(7)], coding)
    for k, corners in enumerate(polygons):
        row = [np.uint8(len(corners)), *map(np.int32, corners)]
        for values in face_arrays.values():
            if isinstance(values, list):
                row += [np.uint16(len(values[k])), *map(np.float32, values[k])]
            else:
                row.append(values[k])
        body += _row(row, coding)
    path.write_bytes("\n".join([*head, "end_header\n"]).encode() + body)
    return path


def _row(values, coding: str) -> bytes:
    if coding == "ascii":
        return (" ".join(str(value.item()) for value in values) + " \n").encode()
    return b"".join(np.array(value, value.dtype.newbyteorder(CODES[coding])).tobytes() for value in values)


def write_stl(path: Path, points, faces, text=False, header="made", attribute=0) -> Path:
    """Facets without normals."""
    corners = np.asarray(points, np.float32)[np.asarray(faces)]
    if text:
        lines = [f"solid {header}"]
        for facet in corners:
            lines += ["facet normal 0 0 0", " outer loop"]
            lines += ["  vertex " + " ".join(repr(float(value)) for value in corner) for corner in facet]
            lines += [" endloop", "endfacet"]
        path.write_text("\n".join([*lines, f"endsolid {header}\n"]))
        return path
    facets = np.zeros(len(corners), [("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    facets["corners"], facets["attribute"] = corners, attribute
    path.write_bytes(header.encode().ljust(80) + struct.pack("<I", len(corners)) + facets.tobytes())
    return path


def write_obj(path: Path, points, faces, before="# made\n") -> Path:
    """Vertices and faces with normals and textures that are named behind slashes."""
    text = before + "vn 0 0 1\nvt 0 0\n"
    text += "".join("v " + " ".join(repr(float(value)) for value in point) + "\n" for point in points)
    text += "g one\nusemtl skin\n"
    text += "".join("f " + " ".join(f"{corner + 1}/1/1" for corner in face) + "\n" for face in faces)
    path.write_text(text)
    return path


def write_off(path: Path, points, faces, keyword="OFF", more=None, face_colors=None) -> Path:
    """`more` numbers behind every vertex, `face_colors` behind every face."""
    lines = [keyword, "# a comment", f"{len(points)} {len(faces)} 0"]
    for k, point in enumerate(points):
        lines.append(" ".join(repr(float(value)) for value in [*point, *(more[k] if more is not None else [])]))
    for k, face in enumerate(faces):
        values = [len(face), *face, *(face_colors[k] if face_colors is not None else [])]
        lines.append(" ".join(str(value) for value in values) + "  # a face")
    path.write_text("\n".join(lines) + "\n")
    return path


def write_mz3(path: Path, points=None, faces=None, colors=None, scalars=None, packed=True, skip=b"") -> Path:
    """Every part that is given, in the format's order."""
    parts = [(1, faces, "<i4"), (2, points, "<f4"), (4, colors, "u1")]
    if scalars is not None:
        scalars = np.asarray(scalars)
        parts.append((16 if scalars.dtype == np.float64 else 8, scalars, scalars.dtype.newbyteorder("<")))
    holds = sum(bit for bit, values, _ in parts if values is not None)
    vertices = next(
        len(values) if values is not scalars else np.shape(values)[-1]
        for values in (points, colors, scalars)
        if values is not None
    )
    head = struct.pack("<2sHIII", b"MZ", holds, 0 if faces is None else len(faces), vertices, len(skip))
    content = (
        head + skip + b"".join(np.asarray(values, kind).tobytes() for _, values, kind in parts if values is not None)
    )
    path.write_bytes(gzip.compress(content) if packed else content)
    return path
