"""Costs of models along the history of their repository."""
