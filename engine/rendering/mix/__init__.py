"""Mixes the lanes of a scene, block by block: the same code and the same samples at the ear and in files."""
