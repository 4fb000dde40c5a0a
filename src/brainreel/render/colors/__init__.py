"""Colour spaces, and the ways from one colour to another through them."""
