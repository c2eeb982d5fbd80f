"""How fast the model is on this machine, beside a full-sequence transformer of the same size."""
