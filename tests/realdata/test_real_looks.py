"""An annotation and folded surfaces that other people's tools made, drawn."""

import numpy as np
import pytest

from brainreel.formats import open_data
from brainreel.render.view import View
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import DataReference, LabelColor, ParcelPaint
from contracts.surfaces import Surface, caster, look, picture


@pytest.fixture
def data(shared_data):
    folder = shared_data / "surfaces" / "fsaverage5"
    return {
        "pial": open_data(folder / "pial_left.gii.gz"),
        "inflated": open_data(folder / "infl_left.gii.gz"),
        "labels": open_data(folder / "test.annot"),
    }


def from_the_left(mesh, size=(320, 240)):
    center = (mesh.points.max(0) + mesh.points.min(0)) / 2
    return View.of(Camera(tuple(map(float, center - (420, 0, 0))), tuple(map(float, center)), (0, 0, 1), 30, 1), size)


def colors(parcellation):
    """The table's colours, in whole steps of 8 bits."""
    return tuple(LabelColor(entry.label, entry.color) for entry in parcellation.table.entries)


@pytest.mark.parametrize("shape", ["pial", "inflated"])
def test_every_sample_is_of_one_parcel_and_the_largest_are_seen(data, shape):
    table = colors(data["labels"])
    layer = look(shape, paints=(ParcelPaint((DataReference("labels"),), table),))
    depths, words = caster(data).samples((layer,), from_the_left(data[shape]))
    seen = np.unique(words[np.isfinite(depths)])
    known = {sum(round(c * 255) << shift for c, shift in zip(entry.color, (0, 8, 16), strict=True)) for entry in table}
    bare = 128 | 128 << 8 | 128 << 16
    assert len(set(seen.tolist()) - known - {bare}) == 0
    assert len(seen) > 15


def test_borders_lie_where_fills_meet(data):
    table = colors(data["labels"])
    white = tuple(LabelColor(entry.label, (1, 1, 1)) for entry in table)
    view = from_the_left(data["inflated"], (640, 480))
    one = caster(data)
    reference = (DataReference("labels"),)
    filled = one.samples((look("inflated", paints=(ParcelPaint(reference, table),)),), view)[1][..., 0]
    drawn = picture(one, look("inflated", color=(0, 0, 0), paints=(ParcelPaint(reference, white, 1, True),)), view=view)
    line = drawn[..., 0] > 127
    meets = np.zeros_like(line)
    meets[:, 1:] |= filled[:, 1:] != filled[:, :-1]
    meets[1:] |= filled[1:] != filled[:-1]
    outline = filled == 0
    near_line, near_meeting = _grown(line, 3), _grown(meets, 3)
    assert line.sum() > 1000
    assert near_meeting[line].mean() > 0.99
    inner = meets & ~_grown(outline, 25)
    assert near_line[inner].mean() > 0.99


def _grown(mask, by):
    grown = np.zeros_like(mask)
    h, w = mask.shape
    padded = np.pad(mask, by)
    for j in range(2 * by + 1):
        for i in range(2 * by + 1):
            grown |= padded[j : j + h, i : i + w]
    return grown


def test_a_folded_surface_is_as_translucent_whatever_the_order_of_its_triangles(data):
    pial = data["pial"]
    order = np.random.default_rng(1).permutation(len(pial.faces))
    shuffled = Surface(np.asarray(pial.points), np.asarray(pial.faces)[order])
    one, other = (
        picture(caster({"pial": mesh}), look("pial", alpha=0.3), view=from_the_left(pial)) for mesh in (pial, shuffled)
    )
    assert np.abs(one.astype(int) - other).max() <= 1
