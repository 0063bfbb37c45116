"""Layers that could stand in the place of a convolution."""
