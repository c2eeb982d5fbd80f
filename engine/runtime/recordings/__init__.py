"""Recordings and the film's own sound, converted once and then read from anywhere."""
