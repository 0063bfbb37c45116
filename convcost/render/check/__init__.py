"""What a check found, in every format."""
