"""Candidates for a block: other seeds of its words, ranked with reasons, without Qt."""
