import pytest

from brainreel.cli.options import parse_axes, parse_bytes, parse_times, parse_variables, reading_options
from brainreel.errors import UsageError


@pytest.mark.parametrize(("text", "count"), [("4GB", 4 * 10**9), ("500 mb", 5 * 10**8), ("2GiB", 2 << 30), ("7", 7)])
def test_memory_is_read_with_its_unit(text, count):
    assert parse_bytes(text) == count


@pytest.mark.parametrize("text", ["", "much", "4 sheep", "-1GB"])
def test_what_is_no_amount_of_memory_is_refused(text):
    with pytest.raises(UsageError, match="4GB"):
        parse_bytes(text)


def test_axes_may_come_in_any_order_because_they_are_named():
    assert parse_axes("--shape", "x=1, z=3,y=2") == {"x": "1", "z": "3", "y": "2"}


@pytest.mark.parametrize("text", ["93,64,64", "z=1,y=2", "z=1,y=2,x=3,x=4", "z=,y=1,x=2"])
def test_positional_missing_or_repeated_axes_are_refused_with_an_example(text):
    with pytest.raises(UsageError, match="z=93,y=64,x=64"):
        parse_axes("--shape", text)


def test_reading_options_hold_only_what_was_said():
    assert reading_options(None, None, None, None, None) == {}
    said = reading_options("uint8", "z=3,y=2,x=1", "z=2mm,y=1mm,x=1mm", "big", "first=-100ms,step=2ms")
    assert said["shape"] == {"z": 3, "y": 2, "x": 1}
    assert said["times"] == {"first": "-100ms", "step": "2ms"}


def test_times_may_be_none_and_nothing_else():
    assert parse_times("none") == "none"
    with pytest.raises(UsageError, match="first=-100ms"):
        parse_times("2ms")


def test_variables_keep_equal_signs_in_their_text():
    assert parse_variables(["a=b=c"]) == {"a": "b=c"}
    with pytest.raises(UsageError, match="NAME=TEXT"):
        parse_variables(["a"])
