"""Costs of a training step: the backward pass, gradients and what optimisers keep."""
