"""Child processes, and what the session and its children tell each other."""
