"""Which hemisphere a file's name states, and the names of files that belong to the same geometry."""

import re
from pathlib import Path

from brainreel.formats.gate import require_exists
from brainreel.formats.registry import split_inner

_SIDES = {"lh": "left", "left": "left", "l": "left", "rh": "right", "right": "right", "r": "right"}
_OTHER = {"lh": "rh", "LH": "RH", "left": "right", "Left": "Right", "LEFT": "RIGHT", "L": "R"}
_OTHER |= {right: left for left, right in _OTHER.items()}
_WORD = "lh|LH|left|Left|LEFT|rh|RH|right|Right|RIGHT"
_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^({_WORD}|[LR](?=\.))(?=[._-])",  # lh.pial, left_pial.gii, L.func.gii
        rf"(?<=-)({_WORD})(?=\.)",  # meg-lh.stc
        rf"(?<=hemi-)({_WORD}|L|R)(?=[._-])",  # tpl-fsLR_hemi-L_sphere.surf.gii
        rf"(?<=\.)({_WORD}|L|R)(?=\.)",  # sub.L.pial.surf.gii
        rf"(?<=_)({_WORD}|L|R)(?=[._-]|$)",  # pial_left.gii.gz
    )
)
_GEOMETRIES = (
    "very_inflated", "inflated", "infl", "pial", "white", "smoothwm", "midthickness", "graymid", "orig",
    "sphere.reg", "sphere", "flat", "central",
)  # fmt: skip
_GEOMETRY = re.compile(rf"(?<![A-Za-z])({'|'.join(map(re.escape, _GEOMETRIES))})(?![A-Za-z])")
_MORPHS = ("sulc", "curv", "thickness", "thick", "area", "volume")
_GIFTI_ENDING = re.compile(r"\.(surf\.)?gii(\.gz)?$")


def hemisphere_of(name: str) -> str | None:
    """ "left", "right", or None where the name of a file states neither."""
    match = _side_in(name)
    return _SIDES[match[1].lower()] if match else None


def hemisphere_files(path: Path | str) -> dict[str, Path]:
    """The file and its other hemisphere's, found by name: {"left": ..., "right": ...}, of which only existing ones.

    {"whole": path} where the name states no hemisphere. Raises FormatError where `path` does not exist.
    """
    path = Path(path)
    require_exists(split_inner(path)[0])
    match = _side_in(path.name)
    if not match:
        return {"whole": path}
    other = path.with_name(path.name[: match.start()] + _OTHER[match[1]] + path.name[match.end() :])
    side = _SIDES[match[1].lower()]
    found = {side: path, "right" if side == "left" else "left": other}
    return {key: found[key] for key in ("left", "right") if found[key] == path or found[key].exists()}


def morph_files(path: Path) -> dict[str, Path]:
    """Files of values per vertex beside the geometry `path`, by their FreeSurfer names (`sulc`, `curv`, ...)."""
    candidates = {name: {"thick": "thickness"}.get(morph, morph) for morph in _MORPHS for name in _named(path, morph)}
    found: dict[str, Path] = {}
    for name, morph in candidates.items():
        if name != path.name and path.with_name(name).exists():  # a folder may hold a million steps: none is listed
            found.setdefault(morph, path.with_name(name))
    return found


def _named(path: Path, morph: str) -> list[str]:
    """The names under which `morph` may lie beside `path`."""
    stem, endings = path.name, [""]
    if _GIFTI_ENDING.search(stem):
        stem, endings = (
            _GIFTI_ENDING.sub("", stem),
            [f"{kind}.gii{gz}" for kind in ("", ".shape") for gz in ("", ".gz")],
        )
    names = []
    if geometry := _GEOMETRY.search(stem):
        names = [stem[: geometry.start()] + morph + stem[geometry.end() :] + ending for ending in endings]
    if side := re.match(r"(lh|rh)\.", stem):
        names += [f"{side[0]}{morph}{ending}" for ending in ("", ".gii", ".gii.gz")]
    return names


def _side_in(name: str) -> re.Match[str] | None:
    return next((match for pattern in _PATTERNS if (match := pattern.search(name))), None)
