"""Shared by the loops of all stages: learning rate, state on disk, several processes, memory."""
