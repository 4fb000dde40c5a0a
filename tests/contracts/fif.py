"""FIFF files as bytes: tags, blocks, source spaces and morph maps."""

import struct

import numpy as np
from scipy import sparse

INT, FLOAT, TEXT, ID, TRANSFORM = 3, 4, 10, 31, 35
MATRIX, SPARSE_ROWS = 0x4000 << 16, 0x4020 << 16
SURFACE_FROM_VOXEL = np.array([[0.01, 0, 0, -0.02], [0, 0.01, 0, -0.03], [0, 0, 0.01, 0.005], [0, 0, 0, 1]])
RAS_FROM_SURFACE = np.array([[1, 0, 0, 0.004], [0, 1, 0, -0.002], [0, 0, 1, 0.001], [0, 0, 0, 1.0]])


def tag(kind, form, content, following=0):
    return struct.pack(">4i", kind, form, len(content), following) + content


def ints(kind, *values):
    return tag(kind, INT, np.array(values, ">i4").tobytes())


def text(kind, words):
    return tag(kind, TEXT, words.encode("latin1"))


def matrix(kind, values, form=FLOAT):
    values = np.asarray(values, ">f4" if form == FLOAT else ">i4")
    sizes = np.array([*values.shape[::-1], values.ndim], ">i4")
    return tag(kind, MATRIX | form, values.tobytes() + sizes.tobytes())


def sparse_rows(kind, weights):
    weights = sparse.csr_array(weights)
    parts = (weights.data.astype(">f4"), weights.indices.astype(">i4"), weights.indptr.astype(">i4"))
    sizes = np.array([weights.nnz, *weights.shape, 2], ">i4")
    return tag(kind, SPARSE_ROWS | FLOAT, b"".join(part.tobytes() for part in (*parts, sizes)))


def transform(source, target, affine):
    both = [np.concatenate([one[:3, :3].ravel(), one[:3, 3]]) for one in (affine, np.linalg.inv(affine))]
    return tag(222, TRANSFORM, struct.pack(">2i", source, target) + np.concatenate(both).astype(">f4").tobytes())


def block(kind, *content):
    return ints(104, kind) + b"".join(content) + ints(105, kind)


def fif(*content):
    return tag(100, ID, bytes(20)) + ints(101, -1) + ints(106, -1) + b"".join(content) + tag(108, 0, b"", -1)


def surface_space(points, faces, used, hemisphere=101, frame=5, used_faces=None):
    """One hemisphere in metres; `used`: whether each point is in use."""
    few = () if used_faces is None else (matrix(3593, np.asarray(used_faces) + 1, INT),)
    return block(
        351,
        ints(3518, 1),
        ints(3517, hemisphere),
        ints(3506, frame),
        ints(3512, len(points)),
        matrix(3510, points),
        matrix(3511, points),
        ints(3513, *used),
        matrix(3591, np.asarray(faces) + 1, INT),
        *few,
    )


def volume_space(sizes, used, surface_from_voxel=SURFACE_FROM_VOXEL):
    """A grid of `sizes` (x, y, z); `used`: whether each voxel is in use, x fastest."""
    mri = block(353, transform(5, 2002, RAS_FROM_SURFACE), transform(2001, 5, np.eye(4)))
    return block(
        351,
        ints(3518, 2),
        ints(3506, 5),
        ints(3512, len(used)),
        ints(3513, *used),
        transform(2001, 5, surface_from_voxel),
        ints(3596, *sizes),
        mri,
    )


def morph_map(begin, end, hemisphere, weights):
    return block(362, text(3571, begin), text(3572, end), ints(3562, hemisphere), sparse_rows(3570, weights))
