"""Placeholder docstring for work."""
