"""Conventions of other tools: what each counts beside our MACs and leaves out, as data."""
