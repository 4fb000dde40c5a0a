"""Readers: a path becomes a Volume, a Mesh or a Series. One module per format, each behind the contract tests."""

from brainreel.formats.hemispheres import hemisphere_files, hemisphere_of
from brainreel.formats.options import NO_OPTIONS, ReadOptions
from brainreel.formats.registry import READS, open_data, sniff
from brainreel.formats.stc import check_pair

__all__ = [
    "NO_OPTIONS",
    "READS",
    "ReadOptions",
    "check_pair",
    "hemisphere_files",
    "hemisphere_of",
    "open_data",
    "sniff",
]
