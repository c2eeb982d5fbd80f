"""Blocks and their takes in the window: words, the first lane, what is made, takes, candidates, comparing."""
