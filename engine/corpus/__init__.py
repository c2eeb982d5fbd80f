"""A user's own data: read, checked, judged and imported as scenes and sounds for training."""
