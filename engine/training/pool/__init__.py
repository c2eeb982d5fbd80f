"""The pool of scenes for training: composed, checked, packed, read."""
