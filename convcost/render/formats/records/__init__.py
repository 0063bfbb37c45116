"""Formats of tables for programs."""
