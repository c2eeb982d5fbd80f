"""What shows exports that run in the background."""
