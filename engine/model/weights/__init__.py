"""Weights on disk, read with distrust, and the precision that they are run in."""
