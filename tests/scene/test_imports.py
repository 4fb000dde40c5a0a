"""Scenes load and move without a compiler, without readers of data, and cost nothing where they are not used."""

import subprocess
import sys

import pytest


def modules_after(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize("package", ["brainreel.scene", "brainreel.timeline"])
def test_no_compiler_and_no_reader_of_data(package: str) -> None:
    heavy = {"numba", "llvmlite", "nibabel", "tifffile", "av", "scipy", "cmap", "PIL"}
    assert not modules_after(f"import {package}") & heavy


def test_the_package_alone_brings_no_models() -> None:
    assert not modules_after("import brainreel") & {"pydantic", "ruamel", "numpy"}
