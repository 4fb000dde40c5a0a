"""RGB to planes of luma and, for each two by two pixels, chroma, in limited range and 8 bits: what video is coded from.

Chroma lies in the middle of its four pixels and is filtered both ways by the cubic that FFmpeg's swscale halves
pictures with (B = 0, C = 0.6), beyond edges the pixel at the edge. So both give the same planes, to a step of rounding.
"""

import numpy as np

import brainreel.kernels.lanes as L  # noqa: N812  (the name that all kernels use)
from brainreel.kernels.compiler import borrowing_kernel, kernel

_NEAR, _NEXT, _FAR, _LAST = (np.float32(tap) for tap in (0.4359375, 0.1203125, -0.0421875, -0.0140625))
"""The cubic at a quarter, three quarters, and so on, of what two pixels span."""

_PAD = 16
_ROWS = 8
_MOST = np.float32(32767 / 128)
"""Swscale's between its two filters, which have 15 bits."""

_GATHERS = not L.permutes_bytes()


@borrowing_kernel
def _pixels(image, at):
    """Words of 16 even pixels from byte `at` on, R lowest, and of the 16 odd ones, R in the second byte."""
    six = L.iota() * 6
    if _GATHERS:
        every = six >= 0
        return L.gather_at(image, at, six, every), L.gather_at(image, at + 2, six, every)
    begin, rest = L.load_block(image, at), L.load_block(image, at + 32)
    return L.permute_two_blocks(begin, rest, _bytes_from(six)), L.permute_two_blocks(begin, rest, _bytes_from(six + 2))


@borrowing_kernel
def _bytes_from(first):
    """Where four bytes from `first` on, of 96, are in blocks of 64 of which the second begins at 32."""
    return _place(first) | _place(first + 1) << 8 | _place(first + 2) << 16 | _place(first + 3) << 24


@borrowing_kernel
def _place(byte):
    return L.where(byte < 64, byte, byte + 32)


@borrowing_kernel
def _channel(word, shift):
    return L.to_float(L.logical_shift_right(word, shift) & 255)


@borrowing_kernel
def _weighed(weights, row, red, green, blue):
    return weights[row, 0] * red + weights[row, 1] * green + (weights[row, 2] * blue + weights[row, 3])


@kernel
def _read_row(image, y, weights, luma, sides):
    """Write the luma of row `y`, and to `sides` the chroma of its even and odd pixels: U, U, V, V."""
    width = image.shape[1]
    stride = len(sides) // 4
    for group in range(0, width, 32):
        x = min(group, width - 32)
        even, odd = _pixels(image, (y * width + x) * 3)
        even = _channel(even, 0), _channel(even, 8), _channel(even, 16)
        odd = _channel(odd, 8), _channel(odd, 16), _channel(odd, 24)
        light = L.to_int(_weighed(weights, 0, *even)) | L.to_int(_weighed(weights, 0, *odd)) << 8
        L.store_low_halves(luma, y * luma.shape[1] + x, light)
        at = _PAD + x // 2
        for plane in range(2):
            L.store(sides, 2 * plane * stride + at, _weighed(weights, 1 + plane, *even))
            L.store(sides, (2 * plane + 1) * stride + at, _weighed(weights, 1 + plane, *odd))


@kernel
def _halve_row(sides, narrow, first):
    """Filter the chroma of a row along it: `narrow` receives U from `first` on, then V."""
    stride = len(sides) // 4
    count = stride - 2 * _PAD
    for plane in range(2):
        even = 2 * plane * stride + _PAD
        odd = even + stride
        left, right = sides[even], sides[odd + count - 1]
        sides[even - 1] = sides[odd - 1] = sides[odd - 2] = left
        sides[even + count] = sides[even + count + 1] = sides[odd + count] = right
        for group in range(0, count, 16):
            x = min(group, count - 16)
            e, o = even + x, odd + x
            near = L.load_f32(sides, e) + L.load_f32(sides, o)
            following = L.load_f32(sides, o - 1) + L.load_f32(sides, e + 1)
            far = L.load_f32(sides, e - 1) + L.load_f32(sides, o + 1)
            last = L.load_f32(sides, o - 2) + L.load_f32(sides, e + 2)
            L.store(narrow, first + plane * count + x, L.minimum(_filtered(near, following, far, last), _MOST))


@borrowing_kernel
def _filtered(near, following, far, last):
    return _NEAR * near + (_NEXT * following + (_FAR * far + _LAST * last))


@kernel
def _write_chroma(narrow, firsts, out, begin, offset, count):
    """Filter eight rows, the plane's `offset` behind `firsts`, into `count` bytes of `out` from `begin` on."""
    for group in range(0, count, 16):
        x = min(group, count - 16)
        at = offset + x
        near = L.load_f32(narrow, firsts[3] + at) + L.load_f32(narrow, firsts[4] + at)
        following = L.load_f32(narrow, firsts[2] + at) + L.load_f32(narrow, firsts[5] + at)
        far = L.load_f32(narrow, firsts[1] + at) + L.load_f32(narrow, firsts[6] + at)
        last = L.load_f32(narrow, firsts[0] + at) + L.load_f32(narrow, firsts[7] + at)
        value = _filtered(near, following, far, last) + np.float32(0.5)
        value = L.maximum(L.minimum(value, np.float32(255)), np.float32(0))
        L.store_low_bytes(out, begin + x, L.to_int(value))


@kernel
def write_planes(image, weights, luma, blue, red):
    """Write `image` (h, w, 3) uint8, of even sides from 32 on, to planes: `luma` uint8 (h, w or more), `blue` and
    `red`, U and V, (h / 2, w / 2 or more). `weights` (3, 4) float32: of R, G and B and the number that is added, for
    luma, which has the half of rounding in it, U and V.
    """
    height, width, _ = image.shape
    count = width // 2
    sides = np.empty(4 * (count + 2 * _PAD), np.float32)
    narrow = np.empty(_ROWS * 2 * count, np.float32)
    firsts = np.empty(_ROWS, np.int64)
    known = 0
    for row in range(height // 2):
        while known < min(2 * row + 5, height):
            _read_row(image, known, weights, luma, sides)
            _halve_row(sides, narrow, known % _ROWS * 2 * count)
            known += 1
        for k in range(_ROWS):
            firsts[k] = min(max(2 * row - 3 + k, 0), height - 1) % _ROWS * 2 * count
        _write_chroma(narrow, firsts, blue, row * blue.shape[1], 0, count)
        _write_chroma(narrow, firsts, red, row * red.shape[1], count, count)
