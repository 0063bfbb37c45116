"""Budgets that are kept or broken."""
