"""Presets as ParaView and 3D Slicer ship them."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from brainreel import scene
from brainreel.render.curves import color_curve
from brainreel.timeline.looks import ColorPoint

DATA = Path(__file__).parents[3] / "shared" / "data" / "paraview"
MAPS, SLICER, STATE = (
    DATA / "ColorMaps.json",
    DATA / "Slicer_volume_presets.xml",
    DATA / "StructuredGridVolumeRendering.pvsm",
)
SPACES = {"RGB": 0, "HSV": 1, "Lab": 2, "CIELAB": 2, "Diverging": 3, "Step": 5}
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data beside the repository")


def layer(*lines):
    body = "".join(f"    {line}\n" for line in lines)
    return scene.loads(f"brainreel: 1\nlayers:\n  a:\n    volume: a.nii\n{body}").layers["a"]


def continuous_maps():
    text = re.sub(r",(?=\s*[\]}])", "", MAPS.read_text()) if MAPS.is_file() else "[]"
    return [preset for preset in json.loads(text) if "RGBPoints" in preset]


def test_every_continuous_map_has_vtks_colors():
    vtk = pytest.importorskip("vtkmodules.vtkRenderingCore")
    presets = continuous_maps()
    assert len(presets) == 132
    for preset in presets:
        function = vtk.vtkColorTransferFunction()
        function.SetColorSpace(SPACES[preset["ColorSpace"]])
        function.HSVWrapOff()
        function.AllowDuplicateScalarsOn()  # as ParaView has it
        rows = np.reshape(preset["RGBPoints"], (-1, 4))
        for row in rows:
            function.AddRGBPoint(*row)
        color = layer(f"color: {{file: {MAPS}, name: {json.dumps(preset['Name'])}}}").color
        points = [ColorPoint(x, (r, g, b)) for x, r, g, b in color.points]
        x = np.linspace(rows[0, 0], rows[-1, 0], 101)
        expected = np.array([function.GetColor(value) for value in x])
        assert np.abs(color_curve(points, x, color.space) - expected).max() < 1e-5, preset["Name"]


def test_every_categorical_map_is_read():
    listed = re.findall(r'"Name": "(.*)"', MAPS.read_text())
    names = set(listed) - {preset["Name"] for preset in continuous_maps()}
    assert (len(listed), len(names)) == (199, 66)  # "Blues" is both, and the first of them is continuous
    for name in names:
        assert layer(f"color: {{file: {MAPS}, name: {json.dumps(name)}}}").color.space == "Step"


def test_every_preset_of_slicer_is_read():
    names = re.findall(r'<VolumeProperty[^>]* name="([^"]*)"', SLICER.read_text())
    assert len(names) == 31
    for name in names:
        shown = layer(f"preset: {{file: {SLICER}, name: {name}}}")
        assert len(shown.color.points) >= 2
        assert shown.opacity.points[0][0] < shown.opacity.points[-1][0]
    bone = layer(f"preset: {{file: {SLICER}, name: CT-Bone}}")
    assert bone.opacity.points == ((-3024, 0), (-16.4458, 0), (641.385, 0.715686), (3071, 0.705882))
    assert (bone.shading.diffuse, bone.shading.specular, bone.shading.specular_power) == (0.9, 0.2, 10)


def test_a_state_of_paraview_shows_what_it_showed():
    shown = layer(f"preset: {{file: {STATE}}}")
    assert shown.unit_distance.number == 0.701193349302398
    assert len(shown.color.points) == 8
    assert layer(f"preset: {{file: {STATE}, name: Density}}").color.space == "Diverging"
