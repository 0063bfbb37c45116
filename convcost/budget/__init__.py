"""Limits that a network is held to."""
