"""Formats that code hosts show beside lines."""
