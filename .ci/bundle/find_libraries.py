"""Runs first in the bundle: libraries that Python looks for by name are looked for in the bundle first (PortAudio)."""

import ctypes.util
import sys
from pathlib import Path

_system = ctypes.util.find_library


def _find_library(name: str) -> str | None:
    if sys.platform.startswith("linux"):
        for file in sorted(Path(sys._MEIPASS).glob(f"lib{name}.so*")):
            return str(file)
    return _system(name)


ctypes.util.find_library = _find_library
