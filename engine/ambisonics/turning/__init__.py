"""Turns a field to a place in two steps: what the field shows is measured once, and turned as often as is wanted."""
