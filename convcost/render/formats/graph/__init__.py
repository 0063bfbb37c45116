"""Formats of a network's graph: drawings, and costs for other programs that draw it."""
