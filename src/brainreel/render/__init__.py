"""Placeholder docstring for render."""
