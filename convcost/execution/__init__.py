"""Running a network, and what is learned from it."""
