"""VTK's volume mappers, set to do exactly what a VolumeLook says."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from brainreel.timeline.frame import Camera
from brainreel.timeline.looks import Shading, TransferFunction

MAPPERS = {"fixed point": "vtkFixedPointVolumeRayCastMapper", "gpu": "vtkOpenGLGPUVolumeRayCastMapper"}


class VtkVolume:
    """A volume (z, y, x) of unit voxels from the origin on, drawn by one of MAPPERS, one step a voxel."""

    def __init__(
        self,
        voxels: NDArray,
        transfer: TransferFunction,
        shading: Shading | None,
        size: tuple[int, int],
        mapper: str = "fixed point",
    ) -> None:
        import vtk
        from vtk.util.numpy_support import numpy_to_vtk

        self._voxels = voxels  # VTK shares its memory
        image = vtk.vtkImageData()
        image.SetDimensions(*voxels.shape[::-1])
        image.GetPointData().SetScalars(numpy_to_vtk(voxels.ravel()))
        volume = vtk.vtkVolume()
        volume.SetMapper(_mapper(vtk, mapper, image))
        volume.SetProperty(_property(vtk, transfer, shading))
        self._renderer = vtk.vtkRenderer()
        self._renderer.AddVolume(volume)
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._window.SetSize(*size)
        self._window.AddRenderer(self._renderer)

    def draw(self, camera: Camera) -> None:
        """Draw one picture."""
        into = self._renderer.GetActiveCamera()
        into.SetPosition(*camera.position)
        into.SetFocalPoint(*camera.focal_point)
        into.SetViewUp(*camera.view_up)
        into.SetViewAngle(camera.view_angle)
        into.SetParallelProjection(camera.parallel)
        into.SetParallelScale(camera.parallel_scale)
        self._renderer.ResetCameraClippingRange()
        self._window.Render()

    def picture(self) -> NDArray[np.uint8]:
        """What was drawn last (h, w, 3), first row on top."""
        import vtk
        from vtk.util.numpy_support import vtk_to_numpy

        reader = vtk.vtkWindowToImageFilter()
        reader.SetInput(self._window)
        reader.ReadFrontBufferOff()
        reader.Update()
        image = reader.GetOutput()
        width, height, _ = image.GetDimensions()
        return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)[::-1, :, :3]


def _mapper(vtk: Any, name: str, image: Any) -> Any:
    mapper = getattr(vtk, MAPPERS[name])()
    mapper.SetInputData(image)
    mapper.SetAutoAdjustSampleDistances(0)
    mapper.SetSampleDistance(1)
    if name == "fixed point":
        mapper.SetInteractiveSampleDistance(1)
        mapper.SetImageSampleDistance(1)
    return mapper


def _property(vtk: Any, transfer: TransferFunction, shading: Shading | None) -> Any:
    colors, opacity = vtk.vtkColorTransferFunction(), vtk.vtkPiecewiseFunction()
    for color in transfer.colors:
        colors.AddRGBPoint(color.x, *color.color)
    for point in transfer.opacities:
        opacity.AddPoint(point.x, point.opacity, point.midpoint, point.sharpness)
    look = vtk.vtkVolumeProperty()
    look.SetColor(colors)
    look.SetScalarOpacity(opacity)
    look.SetScalarOpacityUnitDistance(transfer.unit_distance)
    look.SetInterpolationTypeToLinear()
    if transfer.gradient_opacities:
        fading = vtk.vtkPiecewiseFunction()
        for point in transfer.gradient_opacities:
            fading.AddPoint(point.x, point.opacity, point.midpoint, point.sharpness)
        look.SetGradientOpacity(fading)
    if shading is not None:
        look.ShadeOn()
        look.SetAmbient(shading.ambient)
        look.SetDiffuse(shading.diffuse)
        look.SetSpecular(shading.specular)
        look.SetSpecularPower(shading.specular_power)
    return look
