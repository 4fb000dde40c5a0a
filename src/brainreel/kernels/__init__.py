"""Placeholder docstring for kernels."""
