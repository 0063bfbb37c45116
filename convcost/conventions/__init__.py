"""Counts of other tools: what each adds to our MACs and leaves out, as data in ``tools``."""
