"""Placeholder docstring for scene."""
