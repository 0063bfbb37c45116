"""The costs of a network."""
