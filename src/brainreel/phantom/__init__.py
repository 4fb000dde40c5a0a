"""Synthetic brains of any size, a source of data like any other: for demonstrations, tests and benchmarks."""

from brainreel.phantom.catalogue import describe, open_phantom

__all__ = ["describe", "open_phantom"]
