"""What a generated block asks the model for, and the keys of its patches."""
