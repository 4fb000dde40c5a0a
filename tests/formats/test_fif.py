"""FIFF: tags and blocks, the surfaces of source spaces and conductor models, the grids of volumes."""

import gzip
import struct
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from brainreel.data import Mesh, Volume
from brainreel.errors import FormatError
from brainreel.formats import open_data, sniff
from brainreel.formats.fif import open_fif_file
from brainreel.formats.morph_maps import read_morph_maps
from brainreel.space.geodesic import geodesic_sphere
from contracts.fif import (
    FLOAT,
    RAS_FROM_SURFACE,
    SURFACE_FROM_VOXEL,
    block,
    fif,
    ints,
    matrix,
    morph_map,
    sparse_rows,
    surface_space,
    tag,
    transform,
    volume_space,
)
from contracts.fuzz import MUTATIONS, mutations, survive
from contracts.mesh import MeshContract
from contracts.volume import VolumeContract

SIZES = (4, 5, 6)
IN_VOLUME = np.random.default_rng(2).random(120) < 0.4
POINTS, FACES = geodesic_sphere(3)
IN_SURFACE = np.arange(len(POINTS)) % 3 == 0
MM = 1000


def write(path, *spaces):
    path.write_bytes(fif(block(350, *spaces)))
    return path


def both(shift=0.0):
    moved = np.outer(np.arange(len(POINTS)) == 7, [shift, 0, 0])
    return [
        surface_space(POINTS * 0.03 + [x, 0, 0] + moved, FACES, IN_SURFACE, hemisphere, used_faces=FACES[:10])
        for hemisphere, x in ((101, -0.03), (102, 0.03))
    ]


class TestHemisphereOfASourceSpace(MeshContract):
    @pytest.fixture
    def mesh(self, tmp_path):
        return open_data(write(tmp_path / "sub-src.fif", *both())).parts["left"]

    @pytest.fixture
    def again(self, mesh):
        return open_data(mesh.path).parts["left"]

    @pytest.fixture
    def changed(self, tmp_path):
        return open_data(write(tmp_path / "other-src.fif", *both(0.001))).parts["left"]


class TestVolumeSourceSpace(VolumeContract):
    @pytest.fixture
    def volume(self, tmp_path):
        return open_data(write(tmp_path / "vol-src.fif", volume_space(SIZES, IN_VOLUME))).parts["volume"]

    @pytest.fixture
    def again(self, volume):
        return open_data(volume.path).parts["volume"]

    @pytest.fixture
    def changed(self, tmp_path):
        used = IN_VOLUME.copy()
        used[17] ^= True
        return open_data(write(tmp_path / "other-src.fif", volume_space(SIZES, used))).parts["volume"]

    def test_voxels_in_use_lie_where_the_mri_is(self, volume):
        assert volume.shape == SIZES[::-1]
        np.testing.assert_array_equal(volume.read((slice(0, 6), slice(0, 5), slice(0, 4))).ravel(), IN_VOLUME)
        wanted = RAS_FROM_SURFACE @ SURFACE_FROM_VOXEL
        wanted[:3] *= MM
        np.testing.assert_allclose(volume.world_from_voxel, wanted, rtol=1e-6)


def test_hemispheres_are_in_millimetres_with_what_is_in_use(tmp_path):
    path = write(tmp_path / "sub-src.fif", *both())
    assert sniff(path) == "mesh"
    for side, x in (("left", -30), ("right", 30)):
        mesh = open_data(path).parts[side]
        assert isinstance(mesh, Mesh)
        assert mesh.hemi == side
        np.testing.assert_allclose(mesh.points, POINTS * 30 + [x, 0, 0], atol=1e-4)
        np.testing.assert_array_equal(mesh.faces, FACES)
        np.testing.assert_array_equal(mesh.arrays["in_use"], IN_SURFACE)
        assert mesh.arrays["normals"].shape == POINTS.shape


def test_the_triangles_between_sources_are_named_behind_the_file(tmp_path):
    path = write(tmp_path / "sub-src.fif", *both())
    used = open_data(Path(f"{path}:/used")).parts["left"]
    whole = open_data(path).parts["left"]
    np.testing.assert_array_equal(used.faces, FACES[:10])
    np.testing.assert_array_equal(used.points, whole.points)
    assert used.fingerprint() != whole.fingerprint()
    bare = write(tmp_path / "bare-src.fif", surface_space(POINTS, FACES, IN_SURFACE))
    with pytest.raises(FormatError, match="no triangles between sources"):
        open_data(Path(f"{bare}:/used"))
    with pytest.raises(FormatError, match=r"/else: a source space has all of its surface"):
        open_data(Path(f"{path}:/else"))


def test_a_packed_file_is_the_same(tmp_path):
    content = fif(block(350, *both()))
    (tmp_path / "sub-src.fif.gz").write_bytes(gzip.compress(content))
    left = open_data(tmp_path / "sub-src.fif.gz").parts["left"]
    np.testing.assert_array_equal(left.points, open_data(write(tmp_path / "a-src.fif", *both())).parts["left"].points)


def test_a_mixed_space_has_its_surfaces_where_its_volume_is(tmp_path):
    parts = open_data(write(tmp_path / "mixed-src.fif", *both(), volume_space(SIZES, IN_VOLUME))).parts
    assert list(parts) == ["left", "right", "volume"]
    assert isinstance(parts["volume"], Volume)
    np.testing.assert_allclose(parts["left"].points, POINTS * 30 + [-30 + 4, -2, 1], atol=1e-4)


def test_a_subjects_surfaces_say_where_the_scanner_is(tmp_path):
    bem, surf = tmp_path / "sub" / "bem", tmp_path / "sub" / "surf"
    bem.mkdir(parents=True)
    surf.mkdir()
    about = {
        "head": np.array([2, 0, 20]), "valid": "1  # volume info valid", "filename": "x", "volume": [80] * 3,
        "voxelsize": [2.0] * 3, "xras": [-1.0, 0, 0], "yras": [0, 0, -1.0], "zras": [0, 1.0, 0], "cras": [-4.0, 5, 7],
    }  # fmt: skip
    nib.freesurfer.write_geometry(str(surf / "lh.white"), POINTS * 30, FACES, volume_info=about)
    left = open_data(write(bem / "sub-src.fif", surface_space(POINTS * 0.03, FACES, IN_SURFACE))).parts["left"]
    np.testing.assert_allclose(left.points, open_data(surf / "lh.white").points, atol=1e-4)


def test_the_heads_coordinates_need_the_way_to_the_mri(tmp_path):
    space = surface_space(POINTS * 0.03, FACES, IN_SURFACE, frame=4)
    with pytest.raises(FormatError, match="does not say where the MRI is"):
        open_data(write(tmp_path / "a-fwd.fif", space))
    head = np.array([[0, -1, 0, 0.01], [1, 0, 0, 0.02], [0, 0, 1, -0.03], [0, 0, 0, 1]])
    left = open_data(write(tmp_path / "b-fwd.fif", block(353, transform(5, 4, head)), space)).parts["left"]
    wanted = (POINTS * 0.03 - head[:3, 3]) @ head[:3, :3] * MM
    np.testing.assert_allclose(left.points, wanted, atol=1e-4)
    with pytest.raises(FormatError, match=r"coordinates of a device \(frame 1\)"):
        open_data(write(tmp_path / "c-src.fif", surface_space(POINTS, FACES, IN_SURFACE, frame=1)))


def test_one_of_several_surfaces_of_a_model_is_named(tmp_path):
    def model(number, scale):
        return block(311, ints(3101, number), ints(3506, 5), matrix(3105, POINTS * scale), matrix(3106, FACES + 1, 3))

    path = write(tmp_path / "sub-bem.fif", block(310, model(4, 0.09), model(1, 0.07)))
    with pytest.raises(FormatError, match=r"holds 2 surfaces; name one of :/head, :/inner_skull"):
        open_data(path)
    np.testing.assert_allclose(open_data(Path(f"{path}:/inner_skull")).points, POINTS * 70, atol=1e-4)
    with pytest.raises(FormatError, match="has no surface skin"):
        open_data(Path(f"{path}:/skin"))
    assert sniff(path) == "mesh"


def test_what_else_is_in_such_files_is_refused_with_a_way_out(tmp_path):
    with pytest.raises(FormatError, match=r"a morph map, .*registered: \[sub-01/surf/lh\.sphere\.reg, a-b-morph\.fif"):
        sniff(write(tmp_path / "a-b-morph.fif", morph_map("a", "b", 101, np.eye(3))))
    with pytest.raises(FormatError, match="holds no source space and no surface"):
        open_data(write(tmp_path / "x-raw.fif", ints(200, 3)))
    with pytest.raises(FormatError, match="a discrete source space, whose sources are on no grid"):
        open_data(write(tmp_path / "d-src.fif", block(351, ints(3518, 3), ints(3512, 2), ints(3513, 1, 1))))


DAMAGED = [
    (b"\0" * 40, "does not begin as FIFF files do"),
    (fif()[:25], "claims 20 bytes from byte 16 on, but there are 25"),
    (fif()[:40], "is cut off at byte 40, in the head of a tag"),
    (fif(ints(104, 350))[:-16], "ends inside a block"),
    (fif(tag(3510, FLOAT, b"abcd", 3)), "leads back to byte 3"),
    (fif(tag(104, 3, b"")), "has no kind"),
    (fif(tag(108, 0, b"") * (1 << 18)), "has over 262,144 tags, so it is a recording"),
    (fif(ints(104, 9) * (1 << 15)), "has over 16,384 blocks"),
    (fif(block(351, ints(3518, 2), ints(3512, 8), ints(3513, 1, 1))), "says of 2 sources whether .* but has 8"),
    (fif(volume_space((2, 2, 3), [1] * 8)), r"a grid of 2 x 2 x 3 voxels for 8 sources"),
    (fif(volume_space((2, 2, 2), [1] * 8, np.diag([1e-11, 1e-11, 1e-11, 1]))), "a plane or to nowhere"),
    (fif(block(351, ints(3518, 1), ints(3512, 1), ints(3513, 1), ints(3506, 5))), "no points of a surface"),
    (fif(block(351, tag(3518, 10, b"2"))), "no plain numbers"),
    (fif(surface_space(POINTS * 1e37, FACES, IN_SURFACE)), "left surface lie in no room"),
    (fif(surface_space(POINTS * np.nan, FACES, IN_SURFACE)), "left surface lie in no room"),
]


@pytest.mark.parametrize(("content", "message"), DAMAGED)
def test_damaged_files_are_refused_by_what_is_wrong(tmp_path, content, message):
    (tmp_path / "bad-src.fif").write_bytes(content)
    with pytest.raises(FormatError, match=message):
        open_data(tmp_path / "bad-src.fif")


@pytest.mark.parametrize("claim", [-1, 1 << 30, (1 << 31) - 1])
def test_claims_of_matrices_are_checked_before_anything_is_made(tmp_path, claim):
    for content, cut in ((matrix(9, np.eye(3)), 8), (sparse_rows(9, np.eye(3)), 12), (sparse_rows(9, np.eye(3)), 16)):
        damaged = content[:-cut] + struct.pack(">i", claim) + content[len(content) - cut + 4 :]
        (tmp_path / "m.fif").write_bytes(fif(damaged))
        file = open_fif_file(tmp_path / "m.fif")
        found = file.tag(file.root, 9)
        with pytest.raises(FormatError, match=r"tag 9 at byte 92 (claims|is a matrix)"):
            file.sparse_rows(found) if cut > 8 else file.numbers(found)


def test_a_sparse_matrix_whose_places_are_outside_is_refused(tmp_path):
    content = sparse_rows(9, np.eye(3))
    damaged = content[: 16 + 12] + struct.pack(">i", 3) + content[16 + 16 :]
    (tmp_path / "m.fif").write_bytes(fif(damaged))
    file = open_fif_file(tmp_path / "m.fif")
    with pytest.raises(FormatError, match="has weights outside"):
        file.sparse_rows(file.tag(file.root, 9))


def read_all(path):
    for part in open_data(path).parts.values():
        if isinstance(part, Volume):
            part.read(tuple(slice(0, n) for n in part.shape))
        else:
            dict(part.arrays)


def test_damaged_spaces_are_read_or_refused(tmp_path):
    path = write(tmp_path / "sub-src.fif", *both(), volume_space(SIZES, IN_VOLUME))
    content = path.read_bytes()
    read_all(path)
    assert survive(path, mutations(content, len(content), MUTATIONS), read_all)["refused"] > 0


def test_damaged_morph_maps_are_read_or_refused(tmp_path):
    path = tmp_path / "a-morph.fif"
    content = fif(*(morph_map("a", "b", side, np.eye(5)) for side in (101, 102)))
    path.write_bytes(content)
    assert len(read_morph_maps(path)) == 2
    assert survive(path, mutations(content, len(content), MUTATIONS), read_morph_maps)["refused"] > 0


def test_mne_reads_the_same_of_its_own_files():
    mne = pytest.importorskip("mne")
    path = Path(mne.__file__).parent / "data" / "fsaverage" / "fsaverage-head.fif"
    (theirs,) = mne.read_bem_surfaces(path, verbose="error")
    ours = open_data(path)
    np.testing.assert_array_equal(ours.points, (theirs["rr"] * MM).astype(np.float32))
    np.testing.assert_array_equal(ours.faces, theirs["tris"])
    np.testing.assert_array_equal(ours.arrays["normals"], theirs["nn"].astype(np.float32))


def test_mne_reads_the_same_of_a_source_space(tmp_path):
    mne = pytest.importorskip("mne")
    surf = tmp_path / "sub" / "surf"
    surf.mkdir(parents=True)
    points, faces = geodesic_sphere(8)
    for side in ("lh", "rh"):
        nib.freesurfer.write_geometry(str(surf / f"{side}.white"), points * [20, 40, 30], faces)
        nib.freesurfer.write_geometry(str(surf / f"{side}.sphere"), points * 100, faces)
    spaces = mne.setup_source_space("sub", "oct2", subjects_dir=tmp_path, add_dist=False, verbose="error")
    spaces.save(tmp_path / "sub-src.fif.gz", verbose="error")
    theirs = mne.read_source_spaces(tmp_path / "sub-src.fif.gz", verbose="error")
    used = open_data(Path(f"{tmp_path}/sub-src.fif.gz:/used")).parts
    for (side, mesh), wanted in zip(open_data(tmp_path / "sub-src.fif.gz").parts.items(), theirs, strict=True):
        np.testing.assert_array_equal(mesh.points, (wanted["rr"] * MM).astype(np.float32))
        np.testing.assert_array_equal(mesh.faces, wanted["tris"])
        np.testing.assert_array_equal(np.flatnonzero(mesh.arrays["in_use"]), wanted["vertno"])
        np.testing.assert_array_equal(mesh.arrays["normals"], wanted["nn"])
        np.testing.assert_array_equal(used[side].faces, wanted["use_tris"])
