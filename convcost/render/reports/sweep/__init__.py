"""The report of ``sweep``."""
