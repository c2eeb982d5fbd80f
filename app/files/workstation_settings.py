"""The ports that are shared with a workstation, kept in the settings. Nothing is on at the start."""

from dataclasses import dataclass, fields
from typing import Final

from PySide6.QtCore import QSettings

from engine.daw.midi_clock import FASTEST_BPM, SLOWEST_BPM

_KINDS: Final = ("time_code", "clock")
_KNOWN: Final = {"panner": ("iem", "sparta"), "kind_in": _KINDS, "kind_out": _KINDS}


@dataclass(frozen=True)
class WorkstationChoice:
    """Ports of 127.0.0.1, the panner that paths are for, and MIDI ports.

    A MIDI port has a name ("": the first) and carries "time_code" or "clock", whose tempo is in quarter notes per
    minute.
    """

    listen_port: int = 9001
    send_port: int = 8000
    paths_port: int = 9002
    panner: str = "iem"
    midi_in: str = ""
    midi_out: str = ""
    kind_in: str = "time_code"
    kind_out: str = "time_code"
    tempo_bpm: float = 120.0


def read_workstation(store: QSettings) -> WorkstationChoice:
    """Return the kept choice; a damaged value falls back to its default."""
    usual = WorkstationChoice()
    values: dict[str, int | float | str] = {}
    for field in fields(WorkstationChoice):
        default = getattr(usual, field.name)
        kept = str(store.value(f"workstation/{field.name}", default))[:200]
        if isinstance(default, float):
            values[field.name] = _tempo(kept, default)
        elif isinstance(default, str):
            values[field.name] = kept
        else:
            is_port = kept.isdecimal() and len(kept) <= 5 and 1 <= int(kept) <= 65_535
            values[field.name] = int(kept) if is_port else default
    for name, known in _KNOWN.items():
        if values[name] not in known:
            values[name] = getattr(usual, name)
    return WorkstationChoice(**values)  # type: ignore[arg-type]  # each value has the type of its default


def _tempo(kept: str, default: float) -> float:
    try:
        tempo = float(kept)
    except ValueError:
        return default
    return tempo if SLOWEST_BPM <= tempo <= FASTEST_BPM else default


def keep_workstation(store: QSettings, choice: WorkstationChoice) -> None:
    """Remember a choice."""
    for field in fields(WorkstationChoice):
        store.setValue(f"workstation/{field.name}", getattr(choice, field.name))
