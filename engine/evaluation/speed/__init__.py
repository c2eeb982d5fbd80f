"""The speed of the model on this machine, compared with a full-sequence transformer of the same size."""
