import pytest

from brainreel.data import Data
from brainreel.errors import FormatError
from brainreel.phantom import describe, open_phantom


def test_every_phantom_that_is_described_opens():
    described = describe()
    assert [url.split("?")[0] for url, _ in described] == [
        "phantom:pli",
        "phantom:cortex",
        "phantom:activation",
        "phantom:flow",
        "phantom:parcels",
        "phantom:bundle",
        "phantom:bundle_activity",
    ]
    for url, summary in described:
        parts = open_phantom(url)
        assert parts
        assert all(isinstance(part, Data) for part in parts.values())
        assert all(part.name.startswith(url.split("?")[0]) for part in parts.values())
        assert "\n" not in summary


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("phantom:pli", (512, 512, 512)),
        ("phantom:pli?size=64", (64, 64, 64)),
        ("phantom:pli?size=64&x=10", (64, 64, 10)),
        ("phantom:pli?z=234&y=31076&x=28721", (234, 31076, 28721)),
    ],
)
def test_axes_are_as_long_as_size_unless_named(url, shape):
    assert open_phantom(url)["volume"].shape == shape


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("phantom:plii", "no phantom 'plii' (did you mean 'pli'?); there are pli, cortex, activation"),
        ("phantom:", "no phantom ''; there are pli"),
        ("phantom:pli?sise=64", "no parameter 'sise' (did you mean 'size'?); it takes size, z, y, x, extent_mm"),
        ("phantom:pli?size", "size = '': give a whole number from 1 to 65536"),
        ("phantom:pli?size=0", "size = '0': give a whole number"),
        ("phantom:pli?size=6.5", "size = '6.5': give a whole number"),
        ("phantom:pli?extent_mm=nan", "extent_mm = 'nan': give a number"),
        ("phantom:pli?size=8&size=9", "size is given twice"),
        ("phantom:cortex?vertices=many", "vertices = 'many': give a whole number from 12"),
    ],
)
def test_a_wrong_url_names_the_place_the_value_and_the_remedy(url, message):
    with pytest.raises(FormatError) as caught:
        open_phantom(url)
    assert str(caught.value).startswith(url + ": ")
    assert message in str(caught.value)
