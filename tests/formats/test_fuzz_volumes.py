"""Damaged headers of the volume formats neither crash, hang nor allocate; each is read or refused as a FormatError."""

import bz2
import gzip
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest

from brainreel.cli.app import run
from contracts.fuzz import MUTATIONS, mutations, read_a_region, survive

VOXELS = np.arange(4 * 5 * 6, dtype="<i2").reshape(4, 5, 6)
AFFINE = np.diag([2.0, 3.0, 4.0, 1.0])
NRRD = (
    b"NRRD0004\n# a comment\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 6 5 4\n"
    b"space directions: (2,0,0) (0,3,0) (0,0,4)\nkinds: domain domain domain\nendian: little\nencoding: %s\n"
    b"space origin: (1,2,3)\nkey:=value\n\n"
)
LIST_NRRD = (
    b"NRRD0004\ntype: short\ndimension: 4\nspace: RAS\nsizes: 2 6 5 4\nspace directions: none (2,0,0) (0,3,0) (0,0,4)\n"
    b'kinds: list domain domain domain\nendian: big\nencoding: gzip\nbyte skip: 0\nspace units: "mm" "mm" "mm"\n'
    b"Segment0_Name:=one\nSegment0_Layer:=0\nSegment0_LabelValue:=1\nSegment0_Color:=1 0 0\nSegment1_Name:=two\n"
    b"Segment1_Layer:=1\nSegment1_LabelValue:=2\n\n"
)
DETACHED_NRRD = (
    b"NRRD0004\ntype: short\ndimension: 3\nsizes: 6 5 4\nspacings: 2 3 4\naxis mins: 0 0 0\nendian: little\n"
    b"encoding: raw\nline skip: 0\nbyte skip: -1\ndata file: plane.%03d 1 4 1\n"
)
METAIMAGE = (
    b"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = %s\n"
    b"TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 1 2 3\nElementSpacing = 2 3 4\nDimSize = 6 5 4\n"
    b"AnatomicalOrientation = RAI\nElementNumberOfChannels = 1\nElementType = MET_SHORT\nElementDataFile = %s\n"
)
VTK = (
    b"# vtk DataFile Version 4.2\na title\n%s\nDATASET STRUCTURED_POINTS\nFIELD FieldData 1\nTimeValue 1 1 double\n%s\n"
    b"DIMENSIONS 6 5 4\nSPACING 2 3 4\nORIGIN 1 2 3\nPOINT_DATA 120\nSCALARS v short 1\nLOOKUP_TABLE default\n"
)
VTI = (
    b'<?xml version="1.0"?>\n<VTKFile type="ImageData" byte_order="LittleEndian" header_type="UInt32"%s>\n'
    b'<ImageData WholeExtent="0 5 0 4 0 3" Origin="1 2 3" Spacing="2 3 4" Direction="1 0 0 0 1 0 0 0 1">\n'
    b'<Piece Extent="0 5 0 4 0 3">\n<PointData Scalars="v">\n'
    b'<DataArray type="Int16" Name="v" NumberOfComponents="1" format="%s" offset="0">%s</DataArray>\n'
    b"</PointData>\n</Piece>\n</ImageData>\n%s"
)


def nifti(kind=nibabel.Nifti1Image, shape=(4, 5, 6), dtype="<i2") -> bytes:
    image = kind(np.arange(np.prod(shape)).reshape(shape).astype(dtype).T, AFFINE)
    image.header.set_xyzt_units("mm", "sec")
    return image.to_bytes()


def mgz() -> bytes:
    return nibabel.MGHImage(np.stack([VOXELS.T] * 3, -1).astype(np.float32), AFFINE).to_bytes()


def vti(compressor=b"", form=b"appended", inside=b"", coding=b"raw", array=b"") -> bytes:
    behind = b'<AppendedData encoding="' + coding + b'">\n_' + array + b"\n</AppendedData>\n</VTKFile>\n"
    return VTI % (compressor, form, inside, behind if form == b"appended" else b"</VTKFile>\n")


def cases() -> dict[str, tuple[str, bytes, int]]:
    """By what it is: a file's name, its content, and how long its header is."""
    raw = VOXELS.tobytes()
    digits = " ".join(map(str, VOXELS.ravel())).encode()
    packed = zlib.compress(raw)
    pieces = np.array([1, len(raw), 0, len(packed)], "<u4").tobytes()
    plain = np.array([len(raw)], "<u4").tobytes() + raw
    zlib_name = b' compressor="vtkZLibDataCompressor"'
    files = {
        "NIfTI-1": ("a.nii", nifti(), 352),
        "NIfTI-1 of several moments": ("a.nii", nifti(shape=(3, 4, 5, 6)), 352),
        "NIfTI-2": ("a.nii", nifti(nibabel.Nifti2Image), 544),
        "NIfTI in gzip": ("a.nii.gz", gzip.compress(nifti(), mtime=0), 60),
        "mgh": ("a.mgh", mgz(), 90),
        "mgz": ("a.mgz", gzip.compress(mgz(), mtime=0), 60),
        "MetaImage": ("a.mha", METAIMAGE % (b"False", b"LOCAL") + raw, 0),
        "MetaImage, compressed": ("a.mha", METAIMAGE % (b"True", b"LOCAL") + packed, 0),
        "MetaImage, list": ("a.mhd", METAIMAGE % (b"False", b"LIST\nplane.001\nplane.002\nplane.003\nplane.004"), 0),
        "MetaImage, pattern": ("a.mhd", METAIMAGE % (b"False", b"plane.%03d 1 4 1"), 0),
        "NRRD, list of overlapping segments": ("a.nrrd", LIST_NRRD + gzip.compress(raw * 2, mtime=0), 0),
        "NHDR, pattern": ("a.nhdr", DETACHED_NRRD, 0),
        "VTK, binary": ("a.vtk", VTK % (b"BINARY", bytes(8)) + VOXELS.astype(">i2").tobytes(), 0),
        "VTK, text": ("a.vtk", VTK % (b"ASCII", b"1.5") + digits, 0),
        "VTI, appended raw": ("a.vti", vti(array=plain), 0),
        "VTI, appended and compressed": ("a.vti", vti(zlib_name, array=pieces + packed), 0),
        "VTI, text": ("a.vti", vti(form=b"ascii", inside=digits), 0),
    }
    for encoding, data in {
        b"raw": raw, b"gzip": gzip.compress(raw, mtime=0), b"bzip2": bz2.compress(raw), b"ascii": digits,
        b"hex": raw.hex().encode(),
    }.items():  # fmt: skip
        files[f"NRRD, {encoding.decode()}"] = ("a.nrrd", NRRD % encoding + data, len(NRRD) + 20)
    return files


CASES = cases()


@pytest.fixture
def planes(tmp_path) -> Path:
    """The folder, with the planes that detached headers name."""
    for number, plane in enumerate(VOXELS, 1):
        (tmp_path / f"plane.{number:03}").write_bytes(plane.tobytes())
    return tmp_path


@pytest.mark.parametrize("what", CASES)
def test_the_file_that_is_damaged_is_a_good_one(planes, what):
    name, content, _ = CASES[what]
    (planes / name).write_bytes(content)
    read_a_region(planes / name)


@pytest.mark.parametrize("what", CASES)
def test_damaged_headers_are_read_or_refused(planes, what):
    name, content, header_bytes = CASES[what]
    header_bytes = header_bytes or len(content) - min(len(content) // 4, 200)
    outcomes = survive(planes / name, mutations(content, header_bytes, MUTATIONS))
    assert outcomes["refused"] > MUTATIONS // 10
    print(what, outcomes)


def test_a_damaged_header_ends_the_command_with_exit_code_2(tmp_path, capsys):
    name, content, _ = CASES["NRRD, gzip"]
    (tmp_path / name).write_bytes(content.replace(b"sizes: 6 5 4", b"sizes: 600000 500000 400000"))
    assert run(["info", str(tmp_path / name)]) == 2
    message = capsys.readouterr().err
    assert "Traceback" not in message
    assert "600000 x 500000 x 400000" in message


def test_a_mutation_is_the_same_again_and_differs_from_the_others():
    first = list(mutations(NRRD, len(NRRD), 50))
    assert first == list(mutations(NRRD, len(NRRD), 50))
    assert len(set(first)) > 40
