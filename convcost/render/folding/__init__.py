"""Specs that a person would keep, made of networks."""
