"""Words in the window: sentences that become lanes, what words are understood as, the sounds that the model knows."""
