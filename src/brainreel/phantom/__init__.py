"""Placeholder docstring for phantom."""
