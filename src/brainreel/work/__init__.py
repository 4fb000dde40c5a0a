"""Resumable work: units that each make one file, the ledger of those done, the lock, the executor. Knows no movies."""

from brainreel.work.direct import DirectFile, aligned, write_direct
from brainreel.work.disk import check_writable, disk_errors, flush, replacing
from brainreel.work.here import Here, Outcome
from brainreel.work.ledger import Ledger
from brainreel.work.lock import Lock
from brainreel.work.unit import SILENT, Advance, Cancelled, Progress, Unit, never, stop_if

__all__ = [
    "SILENT",
    "Advance",
    "Cancelled",
    "DirectFile",
    "Here",
    "Ledger",
    "Lock",
    "Outcome",
    "Progress",
    "Unit",
    "aligned",
    "check_writable",
    "disk_errors",
    "flush",
    "never",
    "replacing",
    "stop_if",
    "write_direct",
]
