"""A whole film at once, without a clock, into files."""
