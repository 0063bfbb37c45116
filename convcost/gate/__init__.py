"""The gate of continuous integration: models held against their budgets and against a baseline."""
