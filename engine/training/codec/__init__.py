"""Fits and measures the codecs."""
