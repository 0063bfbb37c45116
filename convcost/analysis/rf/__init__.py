"""What units read of the input."""
