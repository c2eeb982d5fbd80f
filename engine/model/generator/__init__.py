"""The generator's networks and its flow: history encoder, causal LM, LocDiT, solvers."""
