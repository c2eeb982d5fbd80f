"""Online preference optimisation (paper, ODPO): the generator learns from the reward model."""
