"""Which format a path is, and the reader that opens it."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from brainreel.data import Channels, Mesh, MeshSeries, Parcellation, Parts, Series, Volume, VolumeSeries
from brainreel.errors import FormatError
from brainreel.formats.gate import GZIP_MAGIC, require_exists, require_file
from brainreel.formats.options import NO_OPTIONS, NO_SPACE, ReadOptions

log = logging.getLogger("brainreel")
Opened = Volume | VolumeSeries | Channels | Mesh | MeshSeries | Series | Parcellation | Parts
"""What a reader gives back."""


@dataclass(frozen=True)
class Form:
    """One format: what people call it, how its files are known, and the function `module.function` that opens them.

    `kind` is what `sniff` says: "volume" (also of several moments or channels), "mesh", "series", "labels" on vertices,
    or "array" for values that state neither their times nor their surface; "?" where the reader's module must look
    (`sniff_<form>`).
    `folders`: a folder may have these endings. `inner`: a path may go on inside the file, as in `x.h5:/PLI`; the
    reader gets all of it and takes it apart with `split_inner`.
    """

    title: str
    kind: str
    module: str
    function: str
    endings: tuple[str, ...] = ()
    magics: tuple[bytes, ...] = ()
    folders: bool = False
    inner: bool = False


_STACK = "a folder of TIFF slices (.tif, .tiff)"
_HDF5 = "an HDF5 dataset, file.h5:/path where there are several"
_ZARR = "OME-Zarr, a folder or zipped"
_BDV = "BigDataViewer"
_PICTURES = "pictures, one or a folder of slices"
_RAW = "raw voxels in a file or a folder of slices (with --dtype and --shape)"
_FREESURFER = "FreeSurfer surfaces and values (lh.pial, lh.sulc)"
_ANNOTATIONS = "FreeSurfer annotations"
_SURFACES = (b"\xff\xff\xfe", b"\xff\xff\xfd", b"#!ascii version")
_CIFTI = tuple(f".{what}.nii" for what in ("dscalar", "dtseries", "dlabel", "pscalar", "ptseries", "plabel"))
_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_ZARR_FILES = ("zarr.json", ".zgroup", ".zattrs", ".zarray")
_NUMPY = b"\x93NUMPY"
FORMS = {
    "nifti": Form("NIfTI", "?", "nifti", "open_nifti", (".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img.gz")),
    "tiff": Form(_STACK, "volume", "tiff_slices", "open_tiff_slices"),
    "tiff stack": Form("TIFF stacks, ImageJ's and OME's", "volume", "tiff_stack", "open_tiff_stack", (".tif", ".tiff")),
    "pictures": Form(_PICTURES, "volume", "picture_slices", "open_picture_slices", (".png", ".jpg", ".jpeg")),
    "hdf5": Form(_HDF5, "volume", "hdf5", "open_hdf5", (".h5", ".hdf5", ".hdf", ".ims"), (_HDF5_MAGIC,), inner=True),
    "zarr": Form(_ZARR, "volume", "ome_zarr", "open_ome_zarr", (".zarr", ".zip", ".ozx"), folders=True, inner=True),
    "bdv": Form(_BDV, "volume", "bdv", "open_bdv", (".xml",), inner=True),
    "raw": Form(_RAW, "volume", "raw_slices", "open_raw"),
    "nrrd": Form("NRRD", "volume", "nrrd", "open_nrrd", (".nrrd", ".nhdr"), (b"NRRD000",)),
    "metaimage": Form("MetaImage", "volume", "metaimage", "open_metaimage", (".mhd", ".mha")),
    "mgz": Form("FreeSurfer volumes", "?", "mgz", "open_mgz", (".mgz", ".mgh")),
    "vtk": Form("VTK images and surfaces", "?", "vtk_files", "open_vtk", (".vtk",), (b"# vtk DataFile",)),
    "vti": Form("VTK XML images", "volume", "vtk_xml", "open_vti", (".vti",)),
    "vtp": Form("VTK XML surfaces", "mesh", "vtp", "open_vtp", (".vtp",)),
    "ply": Form("PLY", "mesh", "ply", "open_ply", (".ply",), (b"ply\n", b"ply\r\n")),
    "stl": Form("STL", "mesh", "stl", "open_stl", (".stl",)),
    "obj": Form("Wavefront OBJ", "mesh", "wavefront", "open_obj", (".obj", ".wobj")),
    "off": Form("OFF", "mesh", "off", "open_off", (".off",)),
    "mz3": Form("Surf Ice", "?", "mz3", "open_mz3", (".mz3",)),
    "gifti": Form("GIFTI", "?", "gifti", "open_gifti", (".gii", ".gii.gz")),
    "cifti": Form("CIFTI", "?", "cifti", "open_cifti", _CIFTI),
    "surface": Form(_FREESURFER, "mesh", "freesurfer", "open_surface", magics=_SURFACES),
    "morph": Form("", "?", "freesurfer", "open_values", magics=(b"\xff\xff\xff",)),
    "annotation": Form(_ANNOTATIONS, "labels", "parcellations", "open_annotation", (".annot", ".annot.gz")),
    "label": Form("labels", "labels", "parcellations", "open_label", (".label", ".label.gz")),
    "pvd": Form("ParaView collections", "mesh", "file_lists", "open_pvd", (".pvd",)),
    "file series": Form("file series", "mesh", "file_lists", "open_file_series", (".series",)),
    "stc": Form("MNE source estimates", "series", "stc", "open_stc", (".stc",)),
    "w": Form("of one moment", "array", "stc", "open_w", (".w",)),
    "stc in hdf5": Form("in HDF5", "series", "stc_hdf5", "open_stc_hdf5", ("-stc.h5",)),
    "fif": Form("MNE source spaces and surfaces", "?", "fif_surfaces", "open_fif", (".fif", ".fif.gz"), inner=True),
    "text": Form("values or points in text", "?", "points", "open_table", (".csv", ".tsv")),
    "npy": Form("NumPy arrays", "array", "npy", "open_npy", (".npy",), (_NUMPY,)),
}
"""Every format by its short name; the longest ending that fits a name decides, then the first bytes."""

_ESTIMATES = ("stc", "w", "stc in hdf5")
_RAW_SUFFIXES = (".raw", ".bin", ".dat", ".img")


def _reads() -> str:
    """What is read, in words: every title with its endings."""
    named = [
        form.title + (f" ({', '.join(form.endings)})" if form.endings else "") for form in FORMS.values() if form.title
    ]
    return ", ".join(named[:-1]) + " and " + named[-1]


READS = _reads()
"""What is read, for messages and help."""


def open_data(path: Path | str, options: ReadOptions = NO_OPTIONS) -> Opened:
    """What lies at `path`: values per vertex alone are a Series. Raises FormatError where it cannot be read.

    Dtype, shape and byte order are for raw voxels only, times for series; a spacing given replaces the file's.
    """
    path = Path(path)
    name = _form_of(path, options)
    form = FORMS[name]
    if form.kind in ("volume", "?") and name != "raw" and (options.dtype or options.shape or options.byte_order):
        log.warning("%s states its own dtype and shape; --dtype, --shape and --byte-order are for raw voxels", path)
    if options.space is not None and name not in _ESTIMATES:
        raise FormatError(f"{path}: {NO_SPACE}")
    return _function(form, form.function)(path, options)


def sniff(path: Path | str, options: ReadOptions = NO_OPTIONS) -> str:
    """What `open_data` would give, from the name and the first bytes: one of the kinds of `Form`.

    Raises FormatError, with the list of what is read, for anything else.
    """
    path = Path(path)
    name = _form_of(path, options)
    form = FORMS[name]
    if options.space is not None and name in _ESTIMATES:
        return "volume"
    return _function(form, f"sniff_{name}")(path) if form.kind == "?" else form.kind


def split_inner(path: Path) -> tuple[Path, str]:
    """The file or folder of a path that may go on inside it, and the rest: `x.h5:/PLI` is `x.h5` and `/PLI`."""
    endings = "|".join(re.escape(ending) for form in FORMS.values() if form.inner for ending in form.endings)
    match = re.fullmatch(rf"(.+?(?:{endings}))/?:(/.*)", path.as_posix(), re.IGNORECASE) if endings else None
    return (Path(match[1]), match[2]) if match else (path, "")


def _function(form: Form, name: str) -> Callable[..., Any]:
    """Imported when its first file is met: readers bring their libraries along."""
    return getattr(import_module(f"brainreel.formats.{form.module}"), name)


def _form_of(path: Path, options: ReadOptions) -> str:
    path, _ = split_inner(path)
    require_exists(path)
    described = options.dtype is not None and options.shape is not None
    return _form_of_folder(path, described) if path.is_dir() else _form_of_file(path, described)


def _by_ending(path: Path, folder: bool) -> str | None:
    """The form with the longest ending of the path's name."""
    name = path.name.lower()
    fitting = [
        (len(ending), key)
        for key, form in FORMS.items()
        for ending in form.endings
        if name.endswith(ending) and (form.folders or not folder)
    ]
    return max(fitting)[1] if fitting else None


def _form_of_folder(folder: Path, described: bool) -> str:
    from brainreel.formats.folders import commonest_names, visible_entries

    if folder.name.endswith(".zarr.part"):
        raise FormatError(
            f"{folder}: is an unfinished conversion; give the same brainreel convert command again, which goes on "
            "where it stopped"
        )
    if form := _by_ending(folder, folder=True):
        return form
    if any((folder / name).is_file() for name in _ZARR_FILES):
        return "zarr"
    entries = visible_entries(folder)
    for key, files in (("tiff", "tiff stack"), ("pictures", "pictures")):
        if 2 * sum(entry.suffix.lower() in FORMS[files].endings for entry in entries) >= len(entries):
            return key
    suffix = commonest_names(entries)[0].suffix.lower()
    if described or suffix in _RAW_SUFFIXES or suffix[1:].isdigit():
        return "raw"
    raise FormatError(
        f"{folder}: a folder is read where it holds the slices of one volume, this holds {entries[0].name}; give one "
        f"of its files. brainreel reads {READS}"
    )


def _begin_inside(path: Path) -> bytes:
    """The first bytes of what is packed in the gzip file."""
    from brainreel.formats.streams import PackedStream

    return PackedStream(path).piece(1024)


def _form_of_file(path: Path, described: bool) -> str:
    from brainreel.formats.freesurfer_values import is_old_morph

    head = require_file(path)
    if form := _by_ending(path, folder=False):
        return form
    if path.suffix.lower() == ".img" and not described and path.with_suffix(".hdr").exists():
        return "nifti"
    begin = _begin_inside(path) if head.startswith(GZIP_MAGIC) else head
    for key, form in FORMS.items():
        if form.magics and begin.startswith(form.magics):
            return key
    if described or path.suffix.lower() in _RAW_SUFFIXES:
        return "raw"
    if is_old_morph(head, path.stat().st_size):
        return "morph"
    what = f"nothing is known of {path.suffix} files" if path.suffix else "its content and its name state no format"
    raise FormatError(f"{path}: {what}; brainreel reads {READS}")
