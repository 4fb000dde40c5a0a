"""Labels of a segmentation over time."""

import itertools

import pytest

from brainreel import scene
from brainreel.data import Facts, LabelEntry, LabelTableFacts
from brainreel.errors import SceneError
from brainreel.timeline import resolve
from brainreel.timeline.segmentations import distinct

LABELS = (0, 17, 53, 1001)


def look(facts, keys: str, t_s: float = 0.0, table: tuple = ()):
    text = f"brainreel: 1\nmovie: {{length: 4s}}\nlayers: {{seg: {{labels: seg.nii, {keys}}}}}\n"
    known = {"seg.labels": facts.volume(labels=LABELS, background=0.5)}
    if table:
        known["seg.labels.table"] = LabelTableFacts("lut.txt", table, "t")
    layers = resolve(scene.loads(text), Facts(known)).frame_at(t_s).panels[0].layers
    return layers[0] if layers else None


def shown(facts, keys: str, **others) -> dict[int, tuple]:
    found = look(facts, keys, **others)
    return {one.label: one.color for one in found.colors} if found else {}


def test_every_label_but_the_background_has_a_colour_of_its_own(facts):
    colors = shown(facts, "opacity: 1")
    assert list(colors) == [17, 53, 1001]
    assert len(set(colors.values())) == 3


def test_stated_colours_come_before_a_table_and_a_table_before_others(facts):
    table = (LabelEntry(17, "a", (0.1, 0.2, 0.3)), LabelEntry(53, "b", (0.4, 0.5, 0.6), 0.5))
    colors = shown(facts, "color: {labels: {17: red}, file: lut.txt, other: blue}", table=table)
    assert colors == {17: (1.0, 0.0, 0.0), 53: (0.4, 0.5, 0.6), 1001: (0.0, 0.0, 1.0)}


def test_other_labels_may_be_hidden(facts):
    assert list(shown(facts, "color: {labels: {53: red}, other: hide}")) == [53]


def test_labels_are_hidden_and_highlighted_over_time(facts):
    keys = "hide: {0s: [], 2s: [17]}, highlight: {0s: [], 3s: [53]}"
    assert list(shown(facts, keys, t_s=1)) == [17, 53, 1001]
    assert list(shown(facts, keys, t_s=2.5)) == [53, 1001]
    opacities = {one.label: one.opacity for one in look(facts, keys, t_s=3.5).colors}
    assert opacities[53] == 1
    assert opacities[1001] < 0.2


def test_colours_are_those_of_the_moment_whichever_moments_came_before(facts):
    layer = "{labels: seg.nii, hide: {0s: [], 2s: [17]}, opacity: {0s: 0.2, 4s: 1}}"
    text = f"brainreel: 1\nmovie: {{length: 4s}}\nlayers: {{seg: {layer}}}\n"
    known = Facts({"seg.labels": facts.volume(labels=LABELS, background=0.5)})
    film = resolve(scene.loads(text), known)
    for t_s in (1.0, 1.0, 3.0, 1.0, 3.5, 3.5, 0.0):
        fresh = resolve(scene.loads(text), known).frame_at(t_s)
        assert film.frame_at(t_s).panels == fresh.panels


@pytest.mark.parametrize("keys", ["hide: [99]", "highlight: {0s: [99]}", "color: {labels: {99: red}}"])
def test_a_label_that_is_not_there_is_named_beside_those_that_are(facts, keys):
    with pytest.raises(SceneError, match=r"scene:3: layers.seg.*no label 99; it has 0, 17, 53, 1001"):
        look(facts, keys)


def test_neighbouring_colours_differ():
    colors = [distinct(place) for place in range(60)]
    gaps = [max(abs(a - b) for a, b in zip(one, other, strict=True)) for one, other in itertools.pairwise(colors)]
    assert min(gaps) > 0.15
