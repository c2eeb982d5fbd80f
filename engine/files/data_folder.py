"""The folder in which this program keeps the user's data."""

import os
import sys
from pathlib import Path


def user_data_folder() -> Path:
    """Return the folder, as the system's rules name it; it may not exist yet."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Application Support")
    else:
        base = os.environ.get("XDG_DATA_HOME") or ""
        if not os.path.isabs(base):  # as the specification says
            base = str(Path.home() / ".local" / "share")
    return Path(base) / "SwanSphere"
