"""What `rf` prints."""
