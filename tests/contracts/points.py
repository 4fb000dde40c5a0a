"""Films of a layer of points or arrows, and their pictures."""

from brainreel import scene
from brainreel.assets import open_assets
from brainreel.render import Renderer
from brainreel.timeline import resolve


def film_of_points(folder, name, keys, top=""):
    """Of a layer `name` with these `keys`, seen from behind: left on the left, two pixels a millimetre, (0, 0, 30) in
    the middle. With what it is of.
    """
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    text = (
        "brainreel: 1\nmovie: {length: 2s, fps: 10, size: 256x128}\n"
        f"{top}layers:\n  {name}:\n{lines}"
        "camera: [{still: {position: [0, -300, 30], focal: [0, 0, 30], up: superior, parallel: true, "
        "parallel_scale: 32}}]\n"
    )
    (folder / "a.scene.yaml").write_text(text)
    loaded = scene.load(folder / "a.scene.yaml")
    assets = open_assets(loaded)
    return assets, resolve(loaded, assets.facts)


def drawn(assets, frame):
    """The picture of `frame`, in whole numbers with a sign."""
    with Renderer(assets.data, assets.fingerprints, threads=1) as renderer:
        return renderer.draw(frame).astype(int)
