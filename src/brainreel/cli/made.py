"""What `brainreel info` says of movies and pictures that were made, by brainreel or by others."""

from fractions import Fraction
from pathlib import Path
from typing import Any

from brainreel.cli.options import MOVIES
from brainreel.errors import FormatError, UsageError

PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
SHORT = 8
"""Characters of a fingerprint, enough to tell two apart by eye."""


def about_made(name: str) -> dict[str, Any] | None:
    """What a movie or picture is and says of itself, as `--json` prints it; None for data.

    Pictures of other programs, and those that cannot be read as one, may be data.
    """
    suffix = name[name.rfind(".") :].lower()
    path = Path(name)
    if suffix not in MOVIES + PICTURES or (suffix in PICTURES and not path.is_file()):
        return None
    from brainreel.encode import encoding, find_metadata, probe

    if suffix in PICTURES:
        try:
            written = find_metadata(path)
        except FormatError:
            return None
        if written is None:
            return None
        found = probe(path)
    else:
        found = probe(path)
        written = find_metadata(path)
    return {
        **(written or {}),
        "made_by_brainreel": written is not None,
        "width": found.width,
        "height": found.height,
        "frames": found.frames,
        "fps": None if found.fps is None else _number(found.fps),
        "length_s": found.length_s,
        "codec": found.codec,
        "profile": found.profile,
        "pixel_layout": found.pixel_layout,
        "bytes": found.file_bytes,
        "encoding": encoding(written or {}),
    }


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)


def scene_of(name: str) -> str:
    """The scene inside a movie or picture. Raises UsageError where there is none."""
    about = about_made(name)
    if about is None or not about["made_by_brainreel"]:
        raise UsageError(f"--scene {name}: carries no scene; only movies and pictures that brainreel made do")
    if not isinstance(about.get("scene"), str):
        raise UsageError(f"--scene {name}: its scene was too long for this kind of file, or was made in Python")
    return about["scene"]


def made_lines(name: str, about: dict[str, Any]) -> str:
    """The same for people."""
    rows = {"movie" if about["frames"] is not None else "picture": _measures(about), "coded as": _coding(about)}
    if about["made_by_brainreel"]:
        rows |= _origin(name, about)
    else:
        rows["made by"] = "another program; it carries no scene of brainreel"
    lines = [_printable(name)]
    for key, value in rows.items():
        first, *others = value if isinstance(value, list) else [value]
        lines += [f"  {key:12} {first}", *(f"  {'':12} {other}" for other in others)]
    return "\n".join(lines)


def _measures(about: dict[str, Any]) -> str:
    size = f"{about['width']}x{about['height']}"
    if about["frames"] is None:
        return size
    length = "" if about["length_s"] is None else f", {about['length_s']:.4g} s"
    return f"{size}, {about['fps']:.5g} frames/s, {about['frames']} frame{'s' * (about['frames'] != 1)}{length}"


def _coding(about: dict[str, Any]) -> str:
    from brainreel.cli.console import people_bytes

    parts = [about["codec"] + (f" ({about['profile']})" if about["profile"] else ""), about["pixel_layout"]]
    how = about["encoding"]
    numbers = [f"{key} {value}" for key, value in how.items() if key not in ("codec", "quality")]
    if numbers:
        parts.append(f"quality {how['quality']} ({numbers[0]})" if "quality" in how else f"quality {numbers[0]}")
    return ", ".join([*parts, people_bytes(about["bytes"])])


def _origin(name: str, about: dict[str, Any]) -> dict[str, str | list[str]]:
    """What brainreel wrote into the file; keys may be missing, and a file may have been tampered with."""
    versions, quality, prints = (_mapping(about, key) for key in ("versions", "quality", "fingerprints"))
    rows: dict[str, str | list[str]] = {}
    if "time" in about:
        rows["moment"] = _printable(about["time"])
    if quality:
        rows["drawn with"] = ", ".join(_demand(key, value) for key, value in quality.items())
    if versions:
        drawing = f", drawing code {_printable(versions['drawing'])[:SHORT]}" if "drawing" in versions else ""
        rows["made by"] = f"brainreel {_printable(versions.get('brainreel', 'of an unstated version'))}{drawing}"
    if prints:
        width = max(map(len, prints))
        rows["sources"] = [f"{_printable(key):{width}}  {_printable(value)[:SHORT]}" for key, value in prints.items()]
    if isinstance(about.get("scene"), str):
        rows["scene"] = f"inside; brainreel info {_quoted(name)} --scene > again.scene.yaml takes it out"
        if isinstance(chapters := about.get("chapters"), list):
            rows["chapters"] = f"{len(chapters)}, whose scenes are inside too; --json has them under chapters"
    else:
        rows["scene"] = "none inside; --json shows all there is"
    return rows


def _mapping(about: dict[str, Any], key: str) -> dict[str, Any]:
    value = about.get(key)
    return value if isinstance(value, dict) else {}


def _demand(key: str, value: Any) -> str:
    """One of the demands of `render.Quality` in words."""
    if not isinstance(value, int | float):
        return f"{key} {_printable(value)}"
    if key == "error_px":
        return f"voxels of up to {value:.3g} px"
    if key == "step_voxels":
        return f"a sample every {value:.3g} voxel{'s' * (value > 1)}"
    return f"colours within {value:.1%}" if key == "color_error" else f"{key} {value:.3g}"


def _printable(value: Any) -> str:
    """Text from a file without what a terminal would obey or cannot write."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))


def _quoted(name: str) -> str:
    import shlex

    return _printable(shlex.quote(name))
