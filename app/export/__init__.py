"""Exporting from the window: the dialog, and the queue that works in the background."""
