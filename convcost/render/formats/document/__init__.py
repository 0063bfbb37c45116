"""Formats of data with all that is known."""
