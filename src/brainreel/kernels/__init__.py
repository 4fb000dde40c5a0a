"""Compiled kernels: arrays in, arrays out, on vectors of sixteen lanes; the only home of the compiler.

Importing this package loads no compiler; its modules do.
"""

from brainreel.kernels.cache import identity, processor

__all__ = ["identity", "processor"]
