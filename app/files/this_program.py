"""How this copy of SwanSphere is started: `python main.py` in a checkout, `swansphere` once installed or bundled."""

import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
"""The folder that holds app, engine, widgets and resources."""
MAIN: Final = ROOT / "main.py"
"""Only a checkout has this file."""


def is_bundle() -> bool:
    """Return whether Python itself is part of this program (`make bundle`)."""
    return bool(getattr(sys, "frozen", False))


def name() -> str:
    """Return the name of the program in its own usage."""
    return "main.py" if MAIN.is_file() else "swansphere"


def to_type() -> str:
    """Return what the user types to start this program."""
    return "python main.py" if MAIN.is_file() else "swansphere"


def command() -> list[str]:
    """Return the command that starts this program once more, as a child process."""
    if is_bundle():
        return [sys.executable]
    return [sys.executable, str(MAIN)] if MAIN.is_file() else [sys.executable, "-m", "swansphere"]


def packages_again() -> str:
    """Return what to do when a package is missing or has another version than the tested one."""
    if is_bundle():
        return "unpack the bundle again."
    if MAIN.is_file():
        return "run `make setup`, or install requirements/torch.txt and requirements/app.lock as README says."
    return "install SwanSphere again, in its own environment."


def resources_again() -> str:
    """Return what to do when a file under resources is missing or damaged."""
    if is_bundle():
        return "unpack the bundle again."
    if MAIN.is_file():
        return "copy the folder resources/ again from a release, or run `git checkout -- resources` in a clone."
    return "install SwanSphere again: `pip install --force-reinstall --no-deps` with the same wheel."
