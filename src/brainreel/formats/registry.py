"""Which format a path is, and the reader that opens it."""

import logging
from pathlib import Path

from brainreel.data import Mesh, Series, Volume
from brainreel.errors import FormatError
from brainreel.formats.gate import require_exists, require_file
from brainreel.formats.options import NO_OPTIONS, ReadOptions

log = logging.getLogger("brainreel")
READS = (
    "NIfTI (.nii, .nii.gz), a folder of TIFF slices (.tif, .tiff), raw voxels in a file or a folder of slices (with "
    "--dtype and --shape), GIFTI (.gii, .gii.gz), FreeSurfer surfaces and values (lh.pial, lh.sulc), MNE source "
    "estimates (-lh.stc, -rh.stc) and NumPy arrays (.npy)"
)
"""What is read, for messages and help."""

_KINDS = {
    "nifti": "volume",
    "tiff": "volume",
    "raw": "volume",
    "surface": "mesh",
    "stc": "series",
    "npy": "array",
    "morph": "array",
}
_RAW_SUFFIXES = (".raw", ".bin", ".dat", ".img")
_FREESURFER_MAGIC = {b"\xff\xff\xfe": "surface", b"\xff\xff\xff": "morph"}


def open_data(path: Path | str, options: ReadOptions = NO_OPTIONS) -> Volume | Mesh | Series:
    """What lies at `path`: values per vertex alone are a Series. Raises FormatError where it cannot be read.

    Dtype, shape and byte order are for raw voxels only, times for series; a spacing given replaces the file's.
    """
    path = Path(path)
    form = _format_of(path, options)
    if form in ("nifti", "tiff") and (options.dtype or options.shape or options.byte_order):
        log.warning("%s states its own dtype and shape; --dtype, --shape and --byte-order are for raw voxels", path)
    # Each reader is imported when its first file is met: they bring nibabel and tifffile along.
    if form == "nifti":
        from brainreel.formats.nifti import open_nifti as read
    elif form == "tiff":
        from brainreel.formats.tiff_slices import open_tiff_slices as read
    elif form == "raw":
        from brainreel.formats.raw_slices import open_raw as read
    elif form == "gifti":
        from brainreel.formats.gifti import open_gifti as read
    elif form == "surface":
        from brainreel.formats.freesurfer import open_surface as read
    elif form == "morph":
        from brainreel.formats.freesurfer import open_morph as read
    elif form == "stc":
        from brainreel.formats.stc import open_stc as read
    else:
        from brainreel.formats.npy import open_npy as read
    return read(path, options)


def sniff(path: Path | str, options: ReadOptions = NO_OPTIONS) -> str:
    """What `open_data` would give, from the name and the first bytes.

    "volume", "mesh", "series", or "array" for values that state neither their times nor their surface. Raises
    FormatError, with the list of what is read, for anything else.
    """
    path = Path(path)
    form = _format_of(path, options)
    if form == "gifti":
        from brainreel.formats.gifti import sniff_gifti

        return sniff_gifti(path)
    return _KINDS[form]


def _format_of(path: Path, options: ReadOptions) -> str:
    require_exists(path)
    described = options.dtype is not None and options.shape is not None
    return _format_of_folder(path, described) if path.is_dir() else _format_of_file(path, described)


def _format_of_folder(folder: Path, described: bool) -> str:
    from brainreel.formats.folders import commonest_names, visible_entries

    entries = visible_entries(folder)
    if 2 * sum(entry.suffix.lower() in (".tif", ".tiff") for entry in entries) >= len(entries):
        return "tiff"
    suffix = commonest_names(entries)[0].suffix.lower()
    if described or suffix in _RAW_SUFFIXES or suffix[1:].isdigit():
        return "raw"
    raise FormatError(
        f"{folder}: a folder is read where it holds the slices of one volume, this holds {entries[0].name}; give one "
        f"of its files. brainreel reads {READS}"
    )


def _format_of_file(path: Path, described: bool) -> str:
    from brainreel.formats.stc import require_drawable_estimate

    head = require_file(path)
    require_drawable_estimate(path)
    name = path.name.lower()
    for form, endings in (("nifti", (".nii", ".nii.gz")), ("gifti", (".gii", ".gii.gz")), ("stc", (".stc",))):
        if name.endswith(endings):
            return form
    if name.endswith((".tif", ".tiff")):
        from brainreel.formats.tiff_slices import refuse_single_tiff

        refuse_single_tiff(path)
    if head.startswith(b"\x93NUMPY") or name.endswith(".npy"):
        return "npy"
    if form := _FREESURFER_MAGIC.get(head[:3]):
        return form
    if described or path.suffix.lower() in _RAW_SUFFIXES:
        return "raw"
    what = f"nothing is known of {path.suffix} files" if path.suffix else "its content and its name state no format"
    raise FormatError(f"{path}: {what}; brainreel reads {READS}")
