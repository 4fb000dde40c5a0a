"""`brainreel doctor`: is this machine ready? Every line is a check that was made, not a version that was read."""

from collections.abc import Callable


def doctor() -> None:
    """Check that this machine can make movies: compiler, cache, codec, memory, disk."""
    import typer

    failed = 0
    checks: list[tuple[str, Callable[[], str]]] = [
        ("python", _python),
        ("processor", _processor),
        ("kernels", _kernels),
        ("kernel cache", _cache),
        ("codec", _codec),
        ("memory", _memory),
        ("temporary disk", _disk),
    ]
    for name, check in checks:
        try:
            print(f"  ok    {name:15} {check()}")
        except Exception as error:  # a check may fail in any way; the doctor reports all of them
            failed += 1
            print(f"  FAIL  {name:15} {error}")
    if failed:
        raise typer.Exit(2)
    print("This machine is ready.")


def _python() -> str:
    import platform

    from brainreel import __version__

    return f"brainreel {__version__} on Python {platform.python_version()}, {platform.platform()}"


def _processor() -> str:
    from brainreel.kernels import processor
    from brainreel.kernels.pool import available_cores

    return f"{available_cores()} cores, {processor()}"


def _kernels() -> str:
    """Draws a small phantom, which compiles or loads every kernel of volumes."""
    import time

    from brainreel.assets import open_assets, propose
    from brainreel.render import Renderer
    from brainreel.timeline import resolve

    start = time.perf_counter()
    scene = propose(["phantom:pli?size=32"], {})
    assets = open_assets(scene)
    film = resolve(scene, assets.facts)
    with Renderer(assets.data, assets.fingerprints) as renderer:
        image = renderer.draw(film.frame(0))
    if not image.max():
        raise RuntimeError("a phantom was drawn black; please report this as a bug")
    return f"a phantom drawn in {time.perf_counter() - start:.1f} s, compilation included"


def _cache() -> str:
    from brainreel.kernels.cache import folder

    kept = list(folder().glob("*"))
    if not kept:
        raise RuntimeError(f"{folder()} keeps nothing, so kernels compile in every run; set BRAINREEL_CACHE_DIR")
    return f"{len(kept)} compiled kernels in {folder()}"


def _codec() -> str:
    import av

    av.Codec("libx264", "w")
    return f"H.264 by libx264, PyAV {av.__version__}"


def _memory() -> str:
    import os

    from brainreel.cli.console import people_bytes

    return f"{people_bytes(os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES'))} in all"


def _disk() -> str:
    import shutil
    import tempfile

    from brainreel.cli.console import people_bytes

    return f"{people_bytes(shutil.disk_usage(tempfile.gettempdir()).free)} free in {tempfile.gettempdir()}"
