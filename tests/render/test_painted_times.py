"""What is painted is of the time that the label states."""

import numpy as np
import pytest

from brainreel import scene
from brainreel.assets.opening import measure
from brainreel.data import Facts, TimeAxis
from brainreel.render.cpu.geometry import Geometry, Part
from brainreel.render.cpu.painting import Painter
from brainreel.timeline import resolve
from contracts.surfaces import Course, sphere, view_from

UNEVEN = (-4.0, -3.5, -1.0, -0.875, 0.0, 2.0, 2.5, 3.0, 4.0)
EVEN, UNEVENLY = TimeAxis(-4.0, 1.0, 9), TimeAxis(-4.0, 1.0, 9, uneven=UNEVEN)


class Times(Course):
    """On some vertices of a surface the time in seconds, at every moment of `axis`."""

    def __init__(self, axis: TimeAxis, vertices) -> None:
        times = np.array([axis.at(k) for k in range(axis.count)], np.float32)
        super().__init__(np.repeat(times[:, None], len(vertices), 1), np.asarray(vertices, np.int32), hemi="left")
        object.__setattr__(self, "axis", axis)

    @property
    def times(self) -> TimeAxis:
        return self.axis


@pytest.mark.parametrize("axis", [EVEN, UNEVENLY])
@pytest.mark.parametrize("interpolate", ["hold", "linear", "cubic"])
@pytest.mark.parametrize("clock", ["{rate: 0.9, repeat: loop}", "{rate: -1.3, repeat: ping-pong}"])
def test_values_that_are_times_are_painted_as_the_label_says(axis, interpolate, clock) -> None:
    mesh = sphere(3)
    data = {"cortex.surface.left": mesh, "cortex.paint.0.left": Times(axis, range(0, len(mesh.points), 3))}
    text = (
        f"brainreel: 1\nmovie: {{length: 25s, fps: 7}}\nclocks: {{t: {clock}}}\n"
        f"layers: {{cortex: {{surface: a, paint: {{scalars: {{file: b, clock: t, interpolate: {interpolate}}}}}}}}}\n"
        "overlays: [{time: t, format: '{t:.9f}'}]\n"
    )
    film = resolve(scene.loads(text), Facts({key: measure(item) for key, item in data.items()}))
    painter = Painter(data, {key: key for key in data})
    geometry = Geometry.of(((Part.of(mesh),),))
    for frame in film.frames():
        (panel,) = frame.panels
        values = painter.colors(panel.layers, geometry, None, view_from((0, 0, 5))).scalars
        label = float(panel.overlays[0].text.replace("−", "-"))
        np.testing.assert_allclose(values, label, atol=1e-6)
