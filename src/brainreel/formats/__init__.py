"""Placeholder docstring for formats."""
