"""Volumes in memory as pyramids of bricks, built in one pass over their source and kept within a budget."""
