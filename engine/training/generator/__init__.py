"""Fits the generator, makes its few-step versions, and measures what its conditions are worth."""
