"""Many designs of one network at once."""
