"""Records of benchmarks: a page of Markdown with the date and the machine."""

import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any


def write_record(path: Path, job: str, options: Mapping[str, Any], cases: Sequence[Mapping[str, Any]]) -> None:
    """Write `cases` to `path`; times in seconds, a ratio is the peer's wall time by ours."""
    said = " ".join(f"{name}={_spelled(value)}" for name, value in options.items() if name not in ("folder", "python"))
    lines = [f"# {job}, {date.today().isoformat()}", "", f"brainreel {version('brainreel')}, {machine()}.", ""]
    lines += [f"Options: {said}.", ""] if said else []
    lines += ["| case | peer | ours | peer's | CPU, ours | CPU, peer's | ratio |", "|---|---|--:|--:|--:|--:|--:|"]
    for case in cases:
        times = [f"{case[name]:.2f}" for name in ("ours_s", "peer_s", "ours_cpu_s", "peer_cpu_s", "ratio")]
        lines.append(f"| {case['case']} | {case['peer']} | {' | '.join(times)} |")
    notes = [f"- {case['case']}, {case['peer']}: {case['notes']}." for case in cases if "notes" in case]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "", *notes]).rstrip() + "\n", encoding="utf-8")


def machine() -> str:
    """`2 cores of AMD EPYC, 24 GB of memory, a disk of 270 GB (vda), Linux 6.1, Python 3.11.9`."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    disk = shutil.disk_usage(Path.cwd()).total
    return (
        f"{len(os.sched_getaffinity(0))} cores of {_processor()}, {memory / 1e9:.0f} GB of memory, a disk of "
        f"{disk / 1e9:.0f} GB ({_disk()}), {platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _disk() -> str:
    """The device under the working folder, and whether it turns."""
    number = Path.cwd().stat().st_dev
    device = Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve()
    queue = next((folder / "queue" for folder in (device, device.parent) if (folder / "queue").exists()), None)
    if queue is None:
        return "of an unknown kind"
    turning = (queue / "rotational").read_text().strip() == "1"
    return f"{device.name}, {'said to turn' if turning else 'solid'}"


def _spelled(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
