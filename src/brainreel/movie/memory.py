"""The memory of this process."""

import sys
from pathlib import Path


def peak_bytes(status: Path = Path("/proc/self/status")) -> int | None:
    """The most memory that this process has had; None where the system does not tell."""
    if status.is_file():  # unlike what getrusage says, not the peak of who started us
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        if "VmHWM" in lines:  # some systems that look like Linux leave it out
            return int(lines["VmHWM"].split()[0]) * 1024
    try:
        import resource
    except ImportError:
        return None
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
