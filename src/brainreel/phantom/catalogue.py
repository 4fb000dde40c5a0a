"""`phantom:` urls: the synthetic brains there are, their parameters, and what opens them."""

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from brainreel.data import Data
from brainreel.errors import FormatError

SCHEME = "phantom:"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number in a url; `default` None: as `size`. A whole number where `whole`."""

    default: float | None
    least: float
    most: float
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Phantom:
    """One kind of synthetic data."""

    summary: str
    parameters: dict[str, Parameter]
    opener: Callable[..., dict[str, Data]]


def open_phantom(url: str) -> dict[str, Data]:
    """The data that `url` names, by part: `volume`, `left` and `right`, or `bundle`.

    Raises FormatError where the phantom, a parameter or its value does not exist.
    """
    name, _, query = url.removeprefix(SCHEME).partition("?")
    if name not in PHANTOMS:
        raise FormatError(
            f"{url}: there is no phantom {name!r}{_nearest(name, PHANTOMS)}; there are {', '.join(PHANTOMS)}"
        )
    phantom = PHANTOMS[name]
    return phantom.opener(**_values(url, name, query, phantom.parameters))


def describe() -> list[tuple[str, str]]:
    """Each phantom's url with its defaults, and one line about it."""
    described = []
    for name, phantom in PHANTOMS.items():
        stated = ((key, value.default) for key, value in phantom.parameters.items() if value.default is not None)
        described.append((f"{SCHEME}{name}?" + "&".join(f"{key}={value:g}" for key, value in stated), phantom.summary))
    return described


def _values(url: str, name: str, query: str, parameters: dict[str, Parameter]) -> dict[str, Any]:
    given: dict[str, str] = {}
    for item in filter(None, query.split("&")):
        key, _, text = item.partition("=")
        if key not in parameters:
            hint = _nearest(key, parameters)
            raise FormatError(f"{url}: {SCHEME}{name} has no parameter {key!r}{hint}; it takes {', '.join(parameters)}")
        if key in given:
            raise FormatError(f"{url}: {key} is given twice; give it once")
        given[key] = text
    return {
        key: _number(url, key, given[key], parameter) if key in given else parameter.default
        for key, parameter in parameters.items()
    }


def _number(url: str, key: str, text: str, parameter: Parameter) -> float:
    try:
        value = int(text) if parameter.whole else float(text)
    except ValueError:
        value = float("nan")
    if not parameter.least <= value <= parameter.most:
        kind = "whole number" if parameter.whole else "number"
        raise FormatError(f"{url}: {key} = {text!r}: give a {kind} from {parameter.least:g} to {parameter.most:g}")
    return value


def _nearest(word: str, known: dict[str, Any]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _pli(size: int, z: int | None, y: int | None, x: int | None, extent_mm: float) -> dict[str, Data]:
    from brainreel.phantom.pli import PliVolume

    return {"volume": PliVolume((z or size, y or size, x or size), extent_mm)}


def _cortex(vertices: int) -> dict[str, Data]:
    from brainreel.phantom.cortex import HEMISPHERES, CortexMesh

    return {hemi: CortexMesh(hemi, vertices) for hemi in HEMISPHERES}


def _activation(vertices: int, times: int) -> dict[str, Data]:
    from brainreel.phantom.activation import CortexActivity
    from brainreel.phantom.cortex import HEMISPHERES

    return {hemi: CortexActivity(hemi, vertices, times) for hemi in HEMISPHERES}


def _flow(vertices: int, times: int) -> dict[str, Data]:
    from brainreel.phantom.cortex import HEMISPHERES
    from brainreel.phantom.flow import CortexFlow

    return {hemi: CortexFlow(hemi, vertices, times) for hemi in HEMISPHERES}


def _parcels(vertices: int, count: int) -> dict[str, Data]:
    from brainreel.phantom.cortex import HEMISPHERES
    from brainreel.phantom.parcels import CortexParcels

    return {hemi: CortexParcels(hemi, vertices, count) for hemi in HEMISPHERES}


def _bundle(lines: int) -> dict[str, Data]:
    from brainreel.phantom.bundle import BundleTracts

    return {"bundle": BundleTracts(lines)}


def _bundle_activity(lines: int, times: int) -> dict[str, Data]:
    from brainreel.phantom.bundle import BundleActivity

    return {"bundle": BundleActivity(lines, times)}


_SIZE = Parameter(512, 1, 65536)
_AS_SIZE = Parameter(None, 1, 65536)
_VERTICES = Parameter(20000, 12, 2_000_000)
_LINES = Parameter(500, 1, 1_000_000)

PHANTOMS = {
    "pli": Phantom(
        "a brain block as polarised light sees it, uint8, of any size in voxels",
        {
            "size": _SIZE,
            "z": _AS_SIZE,
            "y": _AS_SIZE,
            "x": _AS_SIZE,
            "extent_mm": Parameter(60, 1e-3, 1e4, whole=False),
        },
        _pli,
    ),
    "cortex": Phantom("the folded surfaces of both hemispheres, with sulc and curv", {"vertices": _VERTICES}, _cortex),
    "activation": Phantom(
        "activity of that cortex from -100 to 400 ms, for every vertex",
        {"vertices": _VERTICES, "times": Parameter(251, 1, 1_000_000)},
        _activation,
    ),
    "flow": Phantom(
        "where that activity spreads: vectors along the cortex, for every vertex",
        {"vertices": _VERTICES, "times": Parameter(251, 1, 1_000_000)},
        _flow,
    ),
    "parcels": Phantom(
        "a parcellation of that cortex",
        {"vertices": _VERTICES, "count": Parameter(60, 1, 10_000)},
        _parcels,
    ),
    "bundle": Phantom("streamlines: a corticospinal fan and an arcuate bow on both sides", {"lines": _LINES}, _bundle),
    "bundle_activity": Phantom(
        "pulses that run along that bundle from -100 to 400 ms",
        {"lines": _LINES, "times": Parameter(51, 1, 1_000_000)},
        _bundle_activity,
    ),
}
"""All phantoms by name."""
