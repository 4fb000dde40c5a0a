"""Resumable work: units that each make one file, the ledger of those done, the lock, the executor. Knows no movies."""

from brainreel.work.disk import check_writable, disk_errors, flush, replacing
from brainreel.work.here import Here, Outcome
from brainreel.work.ledger import Ledger
from brainreel.work.lock import Lock
from brainreel.work.unit import SILENT, Advance, Cancelled, Progress, Unit, never, stop_if

__all__ = [
    "SILENT",
    "Advance",
    "Cancelled",
    "Here",
    "Ledger",
    "Lock",
    "Outcome",
    "Progress",
    "Unit",
    "check_writable",
    "disk_errors",
    "flush",
    "never",
    "replacing",
    "stop_if",
]
