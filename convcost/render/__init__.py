"""Analyses as text, JSON, markdown and CSV."""
