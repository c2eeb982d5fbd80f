"""The version of SwanSphere, stated once: packaging, `--version` and the files that are written read it from here."""

from typing import Final

VERSION: Final = "0.1.0"
