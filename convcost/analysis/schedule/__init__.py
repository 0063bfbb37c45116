"""Layers in another order, and tensors at addresses, so that less memory is needed."""
