"""The user's choice of how the engine runs, kept in the settings; damaged values fall back one by one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings

from engine.contract.engine_choice import EngineChoice
from engine.contract.errors import InvalidInputError

_READ: Final[dict[str, tuple[str, Callable[[EngineChoice, str], EngineChoice]]]] = {
    "latency_ms": ("output latency", lambda choice, kept: replace(choice, latency_ms=int(kept))),
    "buffer_ms": ("buffer", lambda choice, kept: replace(choice, buffer_ms=int(kept))),
    "compute": ("compute device", lambda choice, kept: replace(choice, compute=kept)),
    "runtime": ("model runtime", lambda choice, kept: replace(choice, runtime=kept)),
    "checkpoint": ("folder of weights", lambda choice, kept: replace(choice, checkpoint=Path(kept))),
    "steps": ("number of flow steps", lambda choice, kept: replace(choice, steps=int(kept))),
}


def read_engine_choice(store: QSettings) -> tuple[EngineChoice, tuple[str, ...]]:
    """Return the kept choice, and a sentence for each value that could not be used and fell back."""
    choice, problems = EngineChoice(), []
    for field, (name, read) in _READ.items():
        kept = str(store.value(f"engine/{field}", ""))
        try:
            choice = read(choice, kept) if kept else choice
        except (ValueError, InvalidInputError):
            problems.append(f"The {name} in the preferences cannot be used. It is automatic or as usual now.")
    if choice.checkpoint is not None and not _is_folder(choice.checkpoint):
        problems.append(f"The folder of weights {choice.checkpoint} is not there. The shipped weights are used.")
        choice = replace(choice, checkpoint=None)
    return choice, tuple(problems)


def keep_engine_choice(store: QSettings, choice: EngineChoice) -> None:
    """Keep a choice for the next start."""
    for field in _READ:
        value = getattr(choice, field)
        store.setValue(f"engine/{field}", "" if value is None else str(value))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that no file can have
        return False
