"""Placeholder docstring for assets."""
