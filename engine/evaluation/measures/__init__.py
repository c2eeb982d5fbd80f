"""Measures of sound fields: direction, seams, onsets, sets, levels; numbers in, numbers out."""
