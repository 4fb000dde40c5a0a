"""Parcels on surfaces: which one a sample lies in, and how far it is from a border.

A vertex has a word, `parcel << 16 | distance`: its parcel, 0 for none, and how far the nearest border is, at least 1.
Between vertices distances are counted as positive for a parcel at its own vertices and as negative at those of others;
a sample lies in the parcel for which their mean is greatest, and that is its distance from the border. So parcels are
classified first and interpolated then, their numbers never, and a border is one line through all triangles.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import borrowing_kernel as kernel

DISTANCES = 65535
"""The largest distance that a vertex can state."""


@kernel
def find_parcel(words, first, far, a, b, c, wa, wb, wc, mine):
    """(16 lanes) the parcel of samples between vertices a, b and c, and their distance from its border.

    The word of vertex 0 is `words[first]`. Where vertex a is farther than `far` from a border its word is enough.
    """
    word_a = L.gather_i32_at(words, first, a, mine)
    near = mine & (L.to_float(word_a & DISTANCES) <= far)
    if not L.any_lane(near):
        return word_a >> 16, L.to_float(word_a & DISTANCES)
    word_b = L.where(near, L.gather_i32_at(words, first, b, near), word_a)
    word_c = L.where(near, L.gather_i32_at(words, first, c, near), word_a)
    parcel_a, parcel_b, parcel_c = word_a >> 16, word_b >> 16, word_c >> 16
    from_a = wa * L.to_float(word_a & DISTANCES)
    from_b = wb * L.to_float(word_b & DISTANCES)
    from_c = wc * L.to_float(word_c & DISTANCES)
    zero = np.float32(0)
    of_a = from_a + L.where(parcel_b == parcel_a, from_b, zero) + L.where(parcel_c == parcel_a, from_c, zero)
    of_b = from_b + L.where(parcel_c == parcel_b, from_c, zero)
    parcel = L.where(of_b > of_a, parcel_b, parcel_a)
    most = L.maximum(of_b, of_a)
    parcel = L.where(from_c > most, parcel_c, parcel)
    most = L.maximum(from_c, most)
    return parcel, most + most - (from_a + from_b + from_c)
