"""A network as other tools count it, and why their totals differ from ours."""
