import numpy as np
import pytest

from brainreel import scene
from brainreel.data.facts import Facts, MeshFacts, SeriesFacts, VolumeFacts
from brainreel.data.times import TimeAxis
from brainreel.space import Box
from brainreel.timeline import Film, resolve

IDENTITY = tuple(map(tuple, np.eye(4).tolist()))


def ellipsoid(radii=(60.0, 80.0, 50.0), center=(10.0, -20.0, 5.0), count=500, seed=0):
    """Points on an ellipsoid, as tuples."""
    points = np.random.default_rng(seed).normal(size=(count, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    return tuple(tuple(point) for point in (points * radii + center).tolist())


def volume(**changes) -> VolumeFacts:
    """A volume of 93 x 64 x 64 voxels, half of them background at 0 to 20."""
    hull = ellipsoid()
    grey = (*np.linspace(0, 20, 501)[:-1], *np.linspace(20, 250, 501))
    known = {
        "name": "a.nii",
        "shape": (93, 64, 64),
        "dtype": "uint8",
        "world_from_voxel": IDENTITY,
        "unit": "mm",
        "bounds": Box((-96.0, -96.0, -93.0), (96.0, 96.0, 93.0)),
        "spacing": (3.0, 3.0, 2.0),
        "quantiles": tuple(map(float, grey)),
        "background": 20.0,
        "hull": hull,
        "fingerprint": "f0",
    }
    return VolumeFacts(**(known | changes))


def mesh(hemi: str | None, center=(0.0, 0.0, 0.0)) -> MeshFacts:
    """One hemisphere of a cortex, as large as it is in a person."""
    side = {"left": -35.0, "right": 35.0, None: 0.0}[hemi]
    hull = ellipsoid((33.0, 85.0, 60.0), (center[0] + side, center[1], center[2]))
    return MeshFacts(f"{hemi}.pial", 1000, 2000, hemi, Box.around(hull), hull, ("sulc",), f"m-{hemi}")


def series(hemi: str | None, values=None, times=None, width=1000) -> SeriesFacts:
    """Values by their quantiles: exponentially distributed unless stated."""
    if values is None:
        values = np.random.default_rng(1).exponential(2.0, 20_000)
    levels = np.linspace(0, 1, 2001)
    return SeriesFacts(
        f"{hemi}.stc",
        times or TimeAxis(-0.1, 0.002, 251),
        width,
        hemi,
        tuple(map(float, np.quantile(values, levels))),
        tuple(map(float, np.quantile(np.abs(values), levels))),
        f"s-{hemi}",
    )


def cortex_facts(**changes) -> Facts:
    """Facts of a layer `cortex` with one paint on both hemispheres, and of a volume `pli`."""
    assets = {f"cortex.surface.{hemi}": mesh(hemi) for hemi in ("left", "right")}
    assets |= {f"cortex.paint.0.{hemi}": series(hemi, **changes) for hemi in ("left", "right")}
    return Facts({"pli.volume": volume(), **assets})


@pytest.fixture
def facts():
    """Makers of Facts: `volume`, `mesh`, `series`, `cortex_facts`."""

    class Makers:
        volume = staticmethod(volume)
        mesh = staticmethod(mesh)
        series = staticmethod(series)
        cortex = staticmethod(cortex_facts)

    return Makers


@pytest.fixture
def volume_film():
    """A film of one volume layer `pli`: `lines` under the layer, `top` under the scene, `changes` of its facts."""

    def make(*lines: str, top: str = "", **changes) -> Film:
        body = "".join(f"    {line}\n" for line in lines)
        text = f"brainreel: 1\nlayers:\n  pli:\n    volume: a.nii\n{body}{top}"
        return resolve(scene.loads(text), Facts({"pli.volume": volume(**changes)}))

    return make


@pytest.fixture
def cortex_film():
    """A film of a painted cortex over 10 s, its clock from -100 ms to 400 ms; `scalars` and `color` as in the scene."""

    def make(scalars: str = "clock: meg", color: str = "", top: str = "", known: Facts | None = None) -> Film:
        text = (
            "brainreel: 1\nmovie: {length: 10s, fps: 10}\nclocks: {meg: {0s: -100ms, end+0s: 400ms}}\nlayers:\n"
            f"  cortex:\n    surface: lh.pial\n    paint: {{scalars: {{file: lh.stc, {scalars}}}, "
            f"color: {{{color}}}}}\n{top}"
        )
        return resolve(scene.loads(text, "brain.scene.yaml"), known or cortex_facts())

    return make
