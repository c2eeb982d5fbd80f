"""The user's choice of another generator, kept in the settings; off until it has a name and a command."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QSettings

USUAL_MINUTES: Final = 10
MOST_MINUTES: Final = 240


@dataclass(frozen=True)
class MakerChoice:
    """The name of a generator, its command as it is typed, and its time limit in minutes."""

    name: str = ""
    command: str = ""
    minutes: int = USUAL_MINUTES

    @property
    def is_set_up(self) -> bool:
        """Whether it can be asked."""
        return bool(self.name.strip() and self.command.strip())


def read_maker(store: QSettings) -> MakerChoice:
    """Return the kept choice; a damaged value falls back to its default."""
    try:
        minutes = int(str(store.value("maker/minutes", USUAL_MINUTES)))
    except ValueError:
        minutes = USUAL_MINUTES
    name, command = (str(store.value(f"maker/{field}", "")) for field in ("name", "command"))
    return MakerChoice(name, command, min(MOST_MINUTES, max(1, minutes)))


def keep_maker(store: QSettings, choice: MakerChoice) -> None:
    """Remember a choice."""
    for field, value in (("name", choice.name), ("command", choice.command), ("minutes", choice.minutes)):
        store.setValue(f"maker/{field}", value)
