"""The pool of scenes that the stages are fitted to: composed, checked, packed, read."""
