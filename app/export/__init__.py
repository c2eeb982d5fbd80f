"""Exporting: the dialog, what is asked for, the child that renders a whole film."""
