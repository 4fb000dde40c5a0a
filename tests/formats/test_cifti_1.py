"""CIFTI-1 as its description of 2011 and the Connectome Workbench have it; nothing but the Workbench writes it, so
files are put together here byte by byte, and compared with the same matrix in CIFTI-2."""

import struct

import nibabel
import numpy as np
import pytest
from nibabel import cifti2

from brainreel.data import TimeAxis
from brainreel.errors import FormatError
from brainreel.formats import ReadOptions, open_data, sniff
from contracts.fuzz import MUTATIONS, mutations, survive
from contracts.series import SeriesContract

LEFT, RIGHT = np.array([True, True, False, True, True]), np.array([True, True, True, False, False])
WIDTH = LEFT.sum() + RIGHT.sum() + 1
MODELS = """<MatrixIndicesMap AppliesToMatrixDimension="0" IndicesMapToDataType="CIFTI_INDEX_TYPE_BRAIN_MODELS">
<BrainModel IndexOffset="0" IndexCount="4" ModelType="CIFTI_MODEL_TYPE_SURFACE" BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT" SurfaceNumberOfNodes="5"><NodeIndices>0 1 3 4</NodeIndices></BrainModel>
<BrainModel IndexOffset="4" IndexCount="3" ModelType="CIFTI_MODEL_TYPE_SURFACE" BrainStructure="CIFTI_STRUCTURE_CORTEX_RIGHT" SurfaceNumberOfNodes="5"/>
<BrainModel IndexOffset="7" IndexCount="1" ModelType="CIFTI_MODEL_TYPE_VOXELS" BrainStructure="CIFTI_STRUCTURE_THALAMUS_LEFT"><VoxelIndicesIJK>0 0 0</VoxelIndicesIJK></BrainModel>
</MatrixIndicesMap>"""  # noqa: E501  (as the Workbench writes them, one a line)
TIMES = (
    '<MatrixIndicesMap AppliesToMatrixDimension="1" IndicesMapToDataType="CIFTI_INDEX_TYPE_TIME_POINTS" '
    'TimeStep="{step}" TimeStepUnits="NIFTI_UNITS_{unit}"{more}/>'
)


def scalars(*names, kind="SCALARS", inside=""):
    named = "".join(f"<NamedMap><MapName>{name}</MapName>{inside}</NamedMap>" for name in names)
    tag = f'<MatrixIndicesMap AppliesToMatrixDimension="1" IndicesMapToDataType="CIFTI_INDEX_TYPE_{kind}">'
    return f"{tag}{named}</MatrixIndicesMap>"


def write(path, rows, axis, models=MODELS, version="1.0", byte_order="<", dims=None):
    """`rows` (moments, columns), whose moments lie together: the last dimension of the header, which CIFTI-2 turns."""
    rows = np.asarray(rows, f"{byte_order}f4")
    xml = (
        f'<?xml version="1.0"?><CIFTI Version="{version}" NumberOfMatrices="1"><Matrix>{axis}{models}</Matrix></CIFTI>'
    )
    xml = xml.encode() + b"\0" * (-(len(xml) + 8) % 16)
    header = nibabel.Nifti2Header(endianness=byte_order)
    header.set_data_dtype(rows.dtype)
    header["dim"] = dims or [6, 1, 1, 1, 1, rows.shape[1], rows.shape[0], 1]
    header["intent_code"], header["intent_name"] = 3002, b"ConnDenseTime"
    header["vox_offset"] = 540 + 4 + 8 + len(xml)
    extension = b"\1\0\0\0" + struct.pack(f"{byte_order}2i", len(xml) + 8, 32) + xml
    path.write_bytes(header.binaryblock + extension + np.ascontiguousarray(rows.T).tobytes())
    return path


def on(mask, values):
    result = np.full(len(mask), np.nan, np.float32)
    result[mask] = values
    return result


@pytest.fixture
def values():
    return np.random.default_rng(3).normal(size=(3, WIDTH)).astype(np.float32)


class TestTimeSeries(SeriesContract):
    @pytest.fixture
    def series(self, tmp_path, values):
        return open_data(
            write(tmp_path / "a.dtseries.nii", values, TIMES.format(step=0.72, unit="SEC", more=""))
        ).parts["left"]

    @pytest.fixture
    def again(self, tmp_path, series):
        return open_data(tmp_path / "a.dtseries.nii").parts["left"]

    @pytest.fixture
    def changed(self, tmp_path, values):
        values = values.copy()
        values[2, 1] += 1
        return open_data(
            write(tmp_path / "b.dtseries.nii", values, TIMES.format(step=0.72, unit="SEC", more=""))
        ).parts["left"]

    def test_one_changed_value_changes_the_fingerprint(self, series, changed):
        rows, others = (np.array([one.row(k) for k in range(3)]) for one in (series, changed))
        assert np.count_nonzero(~((rows == others) | np.isnan(rows))) == 1
        assert series.fingerprint() != changed.fingerprint()


@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_a_time_series_is_the_same_matrix_as_in_cifti_2_bit_for_bit(tmp_path, values, byte_order):
    axis = TIMES.format(step=0.72, unit="SEC", more="")
    old = write(tmp_path / "old.dtseries.nii", values, axis, byte_order=byte_order)
    models = cifti2.BrainModelAxis.from_mask(LEFT, "CORTEX_LEFT") + cifti2.BrainModelAxis.from_mask(
        RIGHT, "CORTEX_RIGHT"
    )
    models += cifti2.BrainModelAxis.from_mask(np.ones((1, 1, 1), bool), "THALAMUS_LEFT", np.eye(4))
    new = tmp_path / "new.dtseries.nii"
    cifti2.Cifti2Image(values, header=(cifti2.SeriesAxis(0, 0.72, 3), models)).to_filename(new)
    assert sniff(old) == sniff(new) == "series"
    for side, one in open_data(new).parts.items():
        other = open_data(old).parts[side]
        assert other.times == one.times == TimeAxis(0.0, 0.72, 3)
        assert other.hemi == one.hemi
        for k in range(3):
            np.testing.assert_array_equal(other.row(k), one.row(k))


def test_a_surface_model_without_indices_is_of_the_first_vertices(tmp_path, values):
    path = write(tmp_path / "a.dtseries.nii", values, TIMES.format(step=1, unit="SEC", more=""))
    np.testing.assert_array_equal(open_data(path).parts["right"].row(1), on(RIGHT, values[1, 4:7]))


@pytest.mark.parametrize(
    ("step", "unit", "more", "expected"),
    [
        ("720", "MSEC", "", (0.0, 0.72)),
        ("720000", "USEC", "", (0.0, 0.72)),
        ("720", "MSEC", ' TimeStart="-1440"', (-1.44, 0.72)),
    ],
)
def test_times_are_in_the_units_that_the_file_states(tmp_path, values, step, unit, more, expected):
    path = write(tmp_path / "a.dtseries.nii", values, TIMES.format(step=step, unit=unit, more=more))
    times = open_data(path).parts["left"].times
    assert (times.first_s, times.step_s, times.count) == (*expected, 3)


def test_a_step_of_zero_is_asked_for_and_taken_from_who_states_it(tmp_path, values):
    path = write(tmp_path / "a.dtseries.nii", values, TIMES.format(step=0, unit="SEC", more=""))
    with pytest.raises(FormatError, match="3 rows without times; state them"):
        open_data(path)
    assert open_data(path, ReadOptions(times=(0.0, 2.0))).parts["left"].times == TimeAxis(0.0, 2.0, 3)


def test_one_moment_may_be_left_out_of_the_dimensions(tmp_path, values):
    axis, dims = TIMES.format(step=1, unit="SEC", more=""), [5, 1, 1, 1, 1, WIDTH, 0, 0]
    path = write(tmp_path / "a.dtseries.nii", values[:1], axis, dims=dims)
    np.testing.assert_array_equal(open_data(path).parts["left"].row(0), on(LEFT, values[0, :4]))


def test_maps_have_their_names(tmp_path, values):
    path = write(tmp_path / "a.dscalar.nii", values, scalars("sulc", "curv", "area"))
    assert sniff(path) == "array"
    series = open_data(path).parts["left"]
    assert series.maps == ("sulc", "curv", "area")
    np.testing.assert_array_equal(series.row(1), on(LEFT, values[1, :4]))


def test_labels_have_the_names_of_their_table(tmp_path):
    table = '<LabelTable><Label Key="2" Red="1" Green="0.5" Blue="0" Alpha="1">V1</Label></LabelTable>'
    axis = scalars("areas", kind="LABELS", inside=table)
    path = write(tmp_path / "a.dlabel.nii", np.full((1, WIDTH), 2), axis)
    assert sniff(path) == "labels"
    parcels = open_data(path).parts["left"]
    np.testing.assert_array_equal(parcels.labels, [2, 2, -1, 2, 2])
    assert [(entry.name, entry.color) for entry in parcels.table.entries] == [("V1", (1, 0.5, 0))]


def test_values_of_parcels_are_those_of_their_nodes(tmp_path):
    models = (
        '<MatrixIndicesMap AppliesToMatrixDimension="0" IndicesMapToDataType="CIFTI_INDEX_TYPE_PARCELS">'
        '<Surface BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT" SurfaceNumberOfNodes="5"/>'
        '<Parcel Name="one"><Nodes BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT">0 3</Nodes></Parcel>'
        '<Parcel Name="two"><Nodes BrainStructure="CIFTI_STRUCTURE_CORTEX_LEFT">1</Nodes></Parcel></MatrixIndicesMap>'
    )
    path = write(tmp_path / "a.pscalar.nii", [[2.5, -1]], scalars("a"), models)
    np.testing.assert_array_equal(open_data(path).parts["left"].row(0), np.array([2.5, -1, np.nan, 2.5, np.nan], "f4"))


def test_other_units_and_versions_are_refused_with_what_converts_the_file(tmp_path, values):
    path = write(tmp_path / "a.dtseries.nii", values, TIMES.format(step=1, unit="HZ", more=""))
    with pytest.raises(FormatError, match=r"time steps in NIFTI_UNITS_HZ.*-cifti-version-convert OLD 2 NEW"):
        open_data(path)
    write(path, values, TIMES.format(step=1, unit="SEC", more=""), version="1.1")
    with pytest.raises(FormatError, match=r"of version 1\.1, 1\.0 and 2 are read.*-cifti-version-convert OLD 2 NEW"):
        open_data(path)


def test_connectivity_is_refused(tmp_path):
    both = MODELS.replace('Dimension="0"', 'Dimension="0,1"')
    path = write(tmp_path / "a.dconn.nii", np.zeros((WIDTH, WIDTH)), "", both)
    with pytest.raises(FormatError, match="a matrix of brain_models by brain_models"):
        open_data(path)


def test_a_model_of_more_vertices_than_the_file_has_values_is_refused_and_not_counted_out(tmp_path, values):
    axis = TIMES.format(step=1, unit="SEC", more="")
    path = write(tmp_path / "a.dtseries.nii", values, axis, MODELS.replace('Count="3"', 'Count="999999999999"'))
    with pytest.raises(FormatError, match="has 999,999,999,999 columns, the matrix 8 for it"):
        open_data(path)
    model = next(line for line in MODELS.splitlines() if "RIGHT" in line)
    write(path, values, axis, MODELS.replace(model, model * 9))
    with pytest.raises(FormatError, match="has 3 columns, the matrix 2 for it"):
        open_data(path)


def test_damaged_files_are_read_or_refused(tmp_path, values):
    path = write(tmp_path / "a.dtseries.nii", values, TIMES.format(step=1, unit="SEC", more=""))
    content = path.read_bytes()

    def read(path):
        for part in open_data(path).parts.values():
            part.row(part.times.count - 1)

    assert survive(path, mutations(content, len(content), MUTATIONS), read)["refused"]
