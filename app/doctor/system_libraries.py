"""The system libraries that Linux wheels need, from the list that the setup script reads too."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class SystemLibrary:
    """A shared object, the Debian package that contains it, and who needs it: "all", "window" or "sound"."""

    soname: str
    package: str
    needed_by: str


def read_list(file: Path) -> tuple[SystemLibrary, ...]:
    """Return the libraries of the list; raises OSError or ValueError if it cannot be read."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return tuple(SystemLibrary(*line.split()) for line in lines if line.strip() and not line.startswith("#"))


def can_load(soname: str) -> bool:
    """Return whether the loader finds this library and its dependencies."""
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def missing(libraries: tuple[SystemLibrary, ...], loads: Callable[[str], bool] = can_load) -> tuple[SystemLibrary, ...]:
    """Return those that cannot be loaded."""
    return tuple(library for library in libraries if not loads(library.soname))


def install_line(libraries: tuple[SystemLibrary, ...]) -> str:
    """Return the command that installs them on Debian or Ubuntu."""
    return "sudo apt-get install -y --no-install-recommends " + " ".join(dict.fromkeys(x.package for x in libraries))
