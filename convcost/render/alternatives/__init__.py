"""What `alternatives` prints."""
