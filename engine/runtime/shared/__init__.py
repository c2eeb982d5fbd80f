"""Shared memory: the ring of AmbiX blocks, the few shared numbers, epochs."""
