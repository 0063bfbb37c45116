"""Formats that continuous integrations list as tests."""
