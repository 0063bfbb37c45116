"""The report of each command."""
