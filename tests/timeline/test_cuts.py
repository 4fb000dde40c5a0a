"""Cuts and what covers them."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.data import Facts
from brainreel.timeline import resolve
from brainreel.timeline.looks import LabelsLook, OwnColors, SliceLook, VolumeLook


def looks(facts, layer: str, t_s: float = 0.0):
    text = f"brainreel: 1\nmovie: {{length: 4s}}\nlayers: {{a: {layer}}}\n"
    known = {"a.volume": facts.volume(), "a.labels": facts.volume(labels=(0, 3, 5))}
    return resolve(scene.loads(text), Facts(known)).frame_at(t_s).panels[0].layers


def test_a_cut_has_no_face_unless_it_is_asked_for(facts):
    assert [type(look) for look in looks(facts, "{volume: a.nii, cut: {left: 50%}}")] == [VolumeLook]


def test_a_face_lies_on_each_cut_and_within_what_is_left(facts):
    found = looks(facts, "{volume: a.nii, cut: {left: 50%, superior: 20mm, face: true}}")
    assert [type(look) for look in found] == [VolumeLook, SliceLook, SliceLook]
    left, superior = found[1:]
    assert left.normal == (-1, 0, 0)
    assert left.origin == pytest.approx((0, 0, -10))
    assert superior.origin == pytest.approx((48, 0, 73))
    assert left.keep.lower[0] < 0 < left.keep.upper[0]
    assert np.allclose(left.keep.upper, found[0].keep.upper)


def test_a_face_is_opaque_where_the_volume_is_seen_at_all(facts):
    volume, face = looks(facts, "{volume: a.nii, alpha: 0.5, cut: {left: 10%, face: true}}")
    assert face.paints[0].alpha == 0.5
    assert {point.opacity for point in face.paints[0].colors.opacities} == {0.0, 1.0}
    assert face.paints[0].colors.colors == volume.transfer.colors


def test_a_cut_that_has_not_begun_has_no_face(facts):
    cut = "{volume: a.nii, cut: {left: {1s: 0%, 3s: 50%}, face: true}}"
    assert len(looks(facts, cut, 0.5)) == 1
    assert looks(facts, cut, 2)[1].origin[0] == pytest.approx(-48)


def test_labels_cover_their_cuts_too(facts):
    labels, face = looks(facts, "{labels: a.nii, cut: {left: 50%, face: true}}")
    assert isinstance(labels, LabelsLook)
    assert face.paints[0].nearest
    assert face.paints[0].colors == labels.colors


def test_colours_of_an_image_cover_its_cuts_too_where_it_is_not_clear(facts):
    known = {f"a.volume.{name}": facts.volume(is_color=True) for name in ("red", "green", "blue")}
    layer = "{volume: a.nii, opacity: {points: [[0, 0], [40, 0], [90, 1]]}, cut: {left: 50%, face: true}}"
    film = resolve(scene.loads(f"brainreel: 1\nlayers: {{a: {layer}}}\n"), Facts(known))
    volume, face = film.frame(0).panels[0].layers
    assert face.paints[0].data == volume.data
    assert face.paints[0].colors == OwnColors(above=40)
