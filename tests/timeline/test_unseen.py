"""What is never seen is told, with its layer, key and remedy; what is meant or only sometimes unseen is not."""

import pytest

from brainreel import scene
from brainreel.data import Facts
from brainreel.timeline import resolve


@pytest.fixture
def told(facts, caplog):
    def resolve_and_read(layer: str, **known) -> list[str]:
        text = f"brainreel: 1\nmovie: {{length: 4s}}\nlayers:\n  a: {{{layer}}}\n"
        caplog.clear()
        resolve(scene.loads(text, "brain.scene.yaml"), Facts({f"a.{key}": one for key, one in known.items()}))
        return [record.getMessage() for record in caplog.records]

    return resolve_and_read


def test_a_cut_that_leaves_nothing_is_told(facts, told):
    cut = "cut: {left: 60%, right: 60%}"
    expected = "brain.scene.yaml:4: layers.a.cut: nothing of a is left; cut opposite sides by less than 100% together"
    assert told(f"volume: x, {cut}", volume=facts.volume()) == [expected]
    assert told(f"slice: x, {cut}", slice=facts.volume()) == [expected]
    assert told(f"labels: x, {cut}", labels=facts.volume(labels=(0, 1))) == [expected]


def test_a_slice_in_what_is_cut_away_is_told(facts, told):
    (message,) = told("slice: x, at: 80%, cut: {superior: 30%}", slice=facts.volume())
    assert "layers.a.cut: nothing of a is left, its plane lies in what is cut away; cut less, or move at:" in message
    assert told("slice: x, at: 80%, cut: {superior: 20%}", slice=facts.volume()) == []


@pytest.mark.parametrize(
    "layer",
    [
        "volume: x, cut: {left: {0s: 0%, 4s: 100%}}",
        "volume: x, cut: {left: 60%, right: 60%}, visible: false",
        "volume: x, cut: {left: 60%, right: 60%}, alpha: 0",
        "volume: x, cut: {left: 60%, right: 30%}",
        "volume: x, opacity: {points: [[240, 0], [300, 1]]}",
        "volume: x, opacity: {points: [[-5, 0], [10, 1], [11, 0]]}",
        "volume: x, mode: maximum",
    ],
)
def test_what_is_seen_at_some_time_or_meant_to_be_hidden_is_not_told(facts, told, layer):
    assert told(layer, volume=facts.volume()) == []


def test_data_that_are_everywhere_the_same_are_told(facts, told):
    empty = facts.volume(quantiles=(0.0,) * 2001, background=0.0)
    (message,) = told("volume: x", volume=empty)
    assert (
        "layers.a.volume: every voxel that was sampled is 0, which is one even tone, or nothing; check the file"
        in message
    )
    (message,) = told("slice: x, paint: {scalars: y}", slice=facts.volume(), **{"paint.0": empty})
    assert "layers.a.paint[0].scalars: every voxel that was sampled is 0" in message
    (message,) = told("labels: x", labels=facts.volume(labels=(0,), quantiles=(0.0,) * 1001))
    assert "layers.a.labels: holds no label but 0; check the file" in message


def test_a_color_that_an_image_has_nothing_of_is_not_told(facts, told):
    known = {f"volume.{name}": facts.volume(is_color=True) for name in ("red", "green", "blue")}
    assert told("volume: x", **known | {"volume.blue": facts.volume(quantiles=(0.0,) * 1001)}) == []


def test_opacity_of_0_at_all_values_is_told(facts, told):
    (message,) = told("volume: x, opacity: {points: [[300, 0], [400, 1]]}", volume=facts.volume())
    assert "layers.a.opacity: is 0 at all values of the data, 0 to 250, so nothing is seen" in message


def test_paint_below_its_range_is_told(facts, told):
    layer = "slice: x, paint: {scalars: y, color: {range: [300, 400]}}"
    (message,) = told(layer, slice=facts.volume(), **{"paint.0": facts.volume()})
    assert "layers.a.paint[0].color.range: all values of the data lie below it, at most 250, and are hidden" in message
    shown = layer.replace("400]", "400], below: first")
    assert told(shown, slice=facts.volume(), **{"paint.0": facts.volume()}) == []


def test_labels_of_which_none_is_shown_are_told(facts, told):
    (message,) = told("labels: x, hide: [1, 2]", labels=facts.volume(labels=(0, 1, 2)))
    assert "layers.a: none of its labels is shown; see color, hide and opacity" in message


def inflated(facts, hemi):
    """A hemisphere whose middle is the world's origin, as that of inflated shapes is."""
    return facts.mesh(hemi, center=(35.0 if hemi == "left" else -35.0, 0.0, 0.0))


def test_hemispheres_that_lie_in_one_another_are_told_where_a_view_shows_both(facts, told):
    both = {f"surface.{hemi}": inflated(facts, hemi) for hemi in ("left", "right")}
    (message,) = told("surface: x", **both)
    assert message.startswith("brain.scene.yaml:4: layers.a.surface: left.pial and right.pial lie in one another")
    assert "show: a.left" in message


def test_hemispheres_beside_each_other_or_in_views_of_their_own_are_not_told(facts, told):
    beside = {f"surface.{hemi}": facts.mesh(hemi) for hemi in ("left", "right")}
    assert told("surface: x", **beside) == []
    assert told("surface: x", **{"surface.left": inflated(facts, "left")}) == []
    assert told("surface: x, transform: {translate: {0s: [0, 0, 0], 4s: [60, 0, 0]}}", **beside) == []
    views = "\nviews:\n  b: {area: [0%, 0%, 50%, 100%], show: a.left}\n  c: {area: [50%, 0%, 50%, 100%], show: a.right}"
    both = {f"surface.{hemi}": inflated(facts, hemi) for hemi in ("left", "right")}
    assert told("surface: x}" + views + "\nmarks: {now: 1s", **both) == []
