"""Placeholder docstring for movie."""
