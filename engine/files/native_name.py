"""File names for libraries that want them as bytes: a name on Linux need not be valid Unicode."""

import os
from pathlib import Path


def native_name(path: Path) -> str | bytes:
    """Return a path as libsndfile takes it: its bytes, or on Windows its text."""
    return str(path) if os.name == "nt" else os.fsencode(path)
