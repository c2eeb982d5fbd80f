"""Aligns the film's embedding with the sound field (paper, SVAC)."""
