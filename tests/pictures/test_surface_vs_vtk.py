"""Surfaces against VTK's own pictures of the same mesh, light and colours, with 8 samples a pixel."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pytest

from brainreel.formats import open_data
from brainreel.formats.array_series import array_series
from brainreel.formats.unshared import unshared_surface
from brainreel.phantom.cortex import CortexMesh
from brainreel.render.colormap import colors_at
from brainreel.render.cpu.binned import LIGHT_IN_CAMERA
from brainreel.render.cpu.geometry import vertex_normals
from brainreel.render.view import View
from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import ColorRange, Shading
from contracts.surfaces import Course, Surface, caster, look, paint, picture

vtk = pytest.importorskip("vtk", reason="needs VTK, of the extra `bench`")
from vtk.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy  # noqa: E402  (after the check)

SIZE = (480, 360)
RANGE = ColorRange("viridis", (-1.0, 1.0))
COLOR = (0.8, 0.6, 0.45)
MATTE, SHINY = Shading(0.25, 0.75), Shading(0.2, 0.6, 0.5, 25.0)


def camera(parallel=False):
    return Camera((-170, -210, 90), (-35, -20, 5), (0, 0, 1), 30, 70, parallel)


@pytest.fixture(scope="module")
def cortex():
    mesh = CortexMesh("left", 10_242)
    return Surface(np.asarray(mesh.points, np.float32), np.asarray(mesh.faces, np.int32))


def values_on(mesh):
    return np.sin(mesh.points[:, 0] / 9) * np.cos(mesh.points[:, 1] / 11)


def poly_data(points, polygons):
    """The polygons (m, k) as VTK has them."""
    data, places, cells = vtk.vtkPolyData(), vtk.vtkPoints(), vtk.vtkCellArray()
    places.SetData(numpy_to_vtk(points, deep=1))
    counted = np.concatenate([np.full((len(polygons), 1), polygons.shape[1]), polygons], -1).astype(np.int64)
    cells.ImportLegacyFormat(numpy_to_vtkIdTypeArray(counted.ravel(), deep=1))
    data.SetPoints(places)
    data.SetPolys(cells)
    return data


def drawn_by_vtk(mesh, shading, seen, scalars=None, alpha=1.0, of_faces=False, data=None):
    """(h, w, 3) with the colours, the normals and the light of ours; `data`: the mesh as VTK read it."""
    data = data or poly_data(mesh.points, mesh.faces)
    data.GetPointData().SetNormals(numpy_to_vtk(vertex_normals(mesh.points, mesh.faces), deep=1))
    mapper = vtk.vtkPolyDataMapper()
    mapper.SetInputData(data)
    if scalars is not None:
        of = data.GetCellData() if of_faces else data.GetPointData()
        of.SetScalars(numpy_to_vtk(scalars.astype(np.float32), deep=1))
        table = vtk.vtkLookupTable()
        table.SetNumberOfTableValues(1024)
        for k, rgba in enumerate(colors_at(np.linspace(*RANGE.range, 1024), RANGE)):
            table.SetTableValue(k, *rgba.tolist())
        mapper.SetLookupTable(table)
        mapper.SetScalarRange(*RANGE.range)
        mapper.InterpolateScalarsBeforeMappingOn()
    actor = vtk.vtkActor()
    actor.SetMapper(mapper)
    look_of = actor.GetProperty()
    look_of.SetInterpolationToPhong()
    look_of.SetColor(*COLOR)
    look_of.SetOpacity(alpha)
    look_of.SetSpecularColor(1, 1, 1)
    look_of.SetAmbient(shading.ambient)
    look_of.SetDiffuse(shading.diffuse)
    look_of.SetSpecular(shading.specular)
    look_of.SetSpecularPower(shading.specular_power)
    return _render(actor, seen, alpha < 1)


def _render(actor, seen, peeling):
    renderer, window = vtk.vtkRenderer(), vtk.vtkRenderWindow()
    renderer.AutomaticLightCreationOff()
    view = View.of(seen, SIZE)
    light = vtk.vtkLight()
    light.SetLightTypeToSceneLight()
    light.SetPositional(0)
    light.SetFocalPoint(0, 0, 0)
    light.SetPosition(*(np.array(LIGHT_IN_CAMERA) @ np.stack([view.right, view.up, view.forward])))
    renderer.AddLight(light)
    renderer.AddActor(actor)
    if peeling:
        renderer.SetUseDepthPeeling(1)
        renderer.SetMaximumNumberOfPeels(100)
        renderer.SetOcclusionRatio(0)
        window.SetAlphaBitPlanes(1)
    window.SetOffScreenRendering(1)
    window.SetMultiSamples(0 if peeling else 8)
    window.SetSize(*SIZE)
    window.AddRenderer(renderer)
    into = renderer.GetActiveCamera()
    into.SetPosition(*seen.position)
    into.SetFocalPoint(*seen.focal_point)
    into.SetViewUp(*seen.view_up)
    into.SetViewAngle(seen.view_angle)
    into.SetParallelProjection(seen.parallel)
    into.SetParallelScale(seen.parallel_scale)
    renderer.ResetCameraClippingRange()
    window.Render()
    reader = vtk.vtkWindowToImageFilter()
    reader.SetInput(window)
    reader.ReadFrontBufferOff()
    reader.Update()
    image = reader.GetOutput()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(SIZE[1], SIZE[0], -1)
    return pixels[::-1, :, :3].astype(float)


def drawn_by_us(mesh, shading, seen, scalars=None, alpha=1.0, of_faces=False):
    data = {"cortex": mesh, "values": Course(values_on(mesh)[None].astype(np.float32))}
    if of_faces:
        data = {"cortex": unshared_surface(mesh), "values": array_series(mesh, "value")}
    paints = () if scalars is None else (paint("values", colors=RANGE),)
    layer = look("cortex", color=COLOR, shading=shading, paints=paints, alpha=alpha)
    one = caster(data)
    depths, _ = one.samples((look("cortex"),), View.of(seen, SIZE))
    return picture(one, layer, view=View.of(seen, SIZE)).astype(float), depths


def around(pixels):
    """(h, w, k, 9) each pixel of (h, w, k) and its neighbours."""
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    h, w = pixels.shape[:2]
    return np.stack([padded[j : j + h, i : i + w] for j in range(3) for i in range(3)], -1)


def away_from_edges(depths, jump=2.0):
    """Pixels that see one stretch of surface, as their neighbours do."""
    near = around(np.where(np.isfinite(depths), depths, 1e6))
    return (near.max((-1, -2)) < 1e5) & (np.ptp(near, axis=(-1, -2)) < jump)


SHADED = [(MATTE, False), (SHINY, False), (MATTE, True)]
"""Where rays are parallel VTK's highlights are as if the eye were near, ours are not."""


@pytest.mark.parametrize(("shading", "parallel"), SHADED, ids=["matte", "shiny", "parallel"])
@pytest.mark.parametrize("painted", [False, True], ids=["plain", "painted"])
def test_a_surface_looks_as_vtk_draws_it_and_a_pixel_aside_it_does_not(cortex, shading, painted, parallel):
    seen = camera(parallel)
    scalars = values_on(cortex) if painted else None
    peer = drawn_by_vtk(cortex, shading, seen, scalars)
    ours, depths = drawn_by_us(cortex, shading, seen, scalars)
    inside = away_from_edges(depths)
    assert inside.mean() > 0.15
    assert np.abs(ours - peer)[inside].mean() <= 0.5
    assert np.abs(np.roll(ours, 1, 1) - peer)[inside].mean() > 1.5


@dataclass(frozen=True)
class Mosaic(Surface):
    """A surface with values of triangles."""

    face_arrays: Mapping[str, np.ndarray] = field(default_factory=dict)


@pytest.fixture(scope="module")
def mosaic():
    """A cortex of large triangles whose colours have nothing to do with their neighbours'."""
    mesh = CortexMesh("left", 2_562)
    faces = np.asarray(mesh.faces, np.int32)
    values = np.random.default_rng(4).uniform(-1, 1, len(faces)).astype(np.float32)
    return Mosaic(np.asarray(mesh.points, np.float32), faces, face_arrays={"value": values})


@pytest.mark.parametrize("shading", [MATTE, SHINY], ids=["matte", "shiny"])
def test_values_of_triangles_look_as_vtk_draws_those_of_cells_one_colour_each_in_smooth_light(mosaic, shading):
    values = mosaic.face_arrays["value"]
    peer = drawn_by_vtk(mosaic, shading, camera(), values, of_faces=True)
    ours, depths = drawn_by_us(mosaic, shading, camera(), values, of_faces=True)
    inside = away_from_edges(depths)
    alike = inside & (np.ptp(around(peer), axis=-1).max(-1) < 16)
    assert alike.mean() > 0.1
    assert np.abs(ours - peer)[alike].mean() <= 0.5
    assert np.abs(ours - peer)[inside].mean() <= 2
    assert np.abs(np.roll(ours, 1, 1) - peer)[inside].mean() > 5


WRITERS = {
    "vtk": (vtk.vtkPolyDataWriter, vtk.vtkPolyDataReader),
    "vtp": (vtk.vtkXMLPolyDataWriter, vtk.vtkXMLPolyDataReader),
}


@pytest.mark.parametrize("ending", WRITERS)
def test_a_file_with_values_of_cells_looks_as_vtk_draws_that_file(tmp_path, ending):
    across, down = np.meshgrid(np.linspace(-60, 60, 33, dtype="f4"), np.linspace(-60, 60, 25, dtype="f4"))
    points = np.stack([across, down, 12 * np.sin(across / 15) * np.cos(down / 12)], -1).reshape(-1, 3)
    corner = (np.arange(24)[:, None] * 33 + np.arange(32)).ravel()
    quads = np.stack([corner, corner + 1, corner + 34, corner + 33], -1)
    written = poly_data(points, quads)
    values = numpy_to_vtk(np.random.default_rng(5).uniform(-1, 1, len(quads)).astype("f4"), deep=1)
    values.SetName("value")
    written.GetCellData().SetScalars(values)
    writer, reader = (kind() for kind in WRITERS[ending])
    for one in (writer, reader):
        one.SetFileName(str(tmp_path / f"a.{ending}"))
    writer.SetInputData(written)
    writer.Write()
    reader.Update()
    mesh = open_data(tmp_path / f"a.{ending}")
    seen = Camera((60, -90, 170), (0, 0, 0), (0, 1, 0), 40, 70)
    read = reader.GetOutput()
    cells = vtk_to_numpy(read.GetCellData().GetArray("value"))
    peer = drawn_by_vtk(mesh, MATTE, seen, cells, of_faces=True, data=read)
    ours, depths = drawn_by_us(mesh, MATTE, seen, cells, of_faces=True)
    inside = away_from_edges(depths, jump=4)
    alike = inside & (np.ptp(around(peer), axis=-1).max(-1) < 16)
    assert alike.mean() > 0.1
    assert np.abs(ours - peer)[alike].mean() <= 0.5
    assert np.abs(ours - peer)[inside].mean() <= 2
    assert np.abs(np.roll(ours, 1, 1) - peer)[inside].mean() > 5


def test_a_translucent_surface_looks_as_vtks_depth_peeling_draws_it(cortex):
    peer = drawn_by_vtk(cortex, SHINY, camera(), alpha=0.4)
    ours, depths = drawn_by_us(cortex, SHINY, camera(), alpha=0.4)
    lit = np.isfinite(depths).all(-1)
    assert np.abs(ours - peer)[lit].mean() <= 1
