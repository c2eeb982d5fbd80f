"""An export request of the user."""

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from engine.contract.errors import ExportError
from engine.export.formats import Subtype, subtype_of
from engine.export.levels import Gain


class ExportSource(Enum):
    """The source of the exported sound."""

    TAKE = "take"
    FILM = "film"


@dataclass(frozen=True)
class ExportRequest:
    """One export: what to write, and where.

    At least one of `ambix` and `binaural` is given. Raises ExportError if not, for equal names, and for names of files
    that cannot be written.
    """

    source: ExportSource
    ambix: Path | None
    binaural: Path | None
    subtype: Subtype | None = None
    gain: Gain = 0.0

    def __post_init__(self) -> None:
        if self.ambix is None and self.binaural is None:
            raise ExportError("Nothing is selected: tick the sound field, the binaural sound, or both.")
        if self.ambix is not None:
            subtype_of(self.ambix, "field", self.subtype)
        if self.binaural is not None:
            subtype_of(self.binaural, "binaural", self.subtype)
        if self.ambix is not None and self.ambix == self.binaural:
            raise ExportError("Both files have the same name: use different names.")

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that will be written."""
        return tuple(file for file in (self.ambix, self.binaural) if file is not None)
