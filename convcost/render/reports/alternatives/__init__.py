"""Alternatives of convolutions."""
