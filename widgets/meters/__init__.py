"""Levels that move while the film plays."""
