"""Fits the generator, makes its few-step versions, and measures the value of its conditions."""
