"""Formats of formulas for papers."""
