"""The ports that are shared with a workstation, kept in the settings. Nothing is on at the start."""

from dataclasses import dataclass, fields

from PySide6.QtCore import QSettings


@dataclass(frozen=True)
class WorkstationChoice:
    """Ports of 127.0.0.1, the panner that paths are for, and names of MIDI ports ("": the first)."""

    listen_port: int = 9001
    send_port: int = 8000
    paths_port: int = 9002
    panner: str = "iem"
    midi_in: str = ""
    midi_out: str = ""


def read_workstation(store: QSettings) -> WorkstationChoice:
    """Return the kept choice; a damaged value falls back to its default."""
    usual = WorkstationChoice()
    values: dict[str, int | str] = {}
    for field in fields(WorkstationChoice):
        default = getattr(usual, field.name)
        kept = str(store.value(f"workstation/{field.name}", default))
        if isinstance(default, str):
            values[field.name] = kept[:200]
        else:
            is_port = kept.isdecimal() and len(kept) <= 5 and 1 <= int(kept) <= 65_535
            values[field.name] = int(kept) if is_port else default
    if values["panner"] not in ("iem", "sparta"):
        values["panner"] = usual.panner
    return WorkstationChoice(**values)  # type: ignore[arg-type]  # each value has the type of its default


def keep_workstation(store: QSettings, choice: WorkstationChoice) -> None:
    """Remember a choice."""
    for field in fields(WorkstationChoice):
        store.setValue(f"workstation/{field.name}", getattr(choice, field.name))
