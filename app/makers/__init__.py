"""Other makers of sound in the window: another generator on the user's machine."""
