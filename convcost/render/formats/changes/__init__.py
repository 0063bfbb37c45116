"""The changes between two designs, for programs that draw networks."""
