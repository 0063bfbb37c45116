"""Formulas of ops, layers, blocks and metrics."""
