"""What a training step costs: the backward pass, gradients and what optimisers keep."""
