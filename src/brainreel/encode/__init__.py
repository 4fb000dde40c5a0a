"""Placeholder docstring for encode."""
