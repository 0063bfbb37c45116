"""The positions of the input that units read."""
