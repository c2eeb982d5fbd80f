"""Play, pause and seek."""
