"""The rows of a user's corpus: films, ambisonic recordings and plain sounds, and remarks about bad rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from engine.export.reading.source import Convention

Sort = Literal["film", "foa", "sound"]
"""A 360 film with first-order sound, first-order sound alone, or a mono or stereo sound."""
Kind = Literal["point", "ambience"]
"""A source that can be placed, or a bed that is all around."""
Split = Literal["training", "held-out"]

KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
CONVENTIONS: Final[tuple[Convention, ...]] = get_args(Convention)


@dataclass(frozen=True)
class CorpusRow:
    """One row, before any file was opened.

    `name` is the sound (or the film with its own sound) as the user wrote it, `path` the same as an absolute path;
    `line` is the manifest's line, or None for a folder. Labels are in the order of loudness. Unstated facts
    are None or empty.
    """

    name: str
    path: Path
    video: Path | None = None
    labels: tuple[str, ...] = ()
    sound_class: str = ""
    kind: Kind | None = None
    convention: Convention | None = None
    caption: str = ""
    split: Split | None = None
    line: int | None = None


@dataclass(frozen=True)
class Remark:
    """One line for the user: the row, the problem, the remedy. `bad` rows are not used; others only get a warning."""

    name: str
    text: str
    bad: bool
    line: int | None = None

    def __str__(self) -> str:
        """Return the line, without control characters for a terminal."""
        where = f"line {self.line}, {self.name}" if self.line is not None else self.name
        return printable(f"{where}: {self.text}")


@dataclass(frozen=True)
class Listing:
    """The rows of a corpus under its folder `root`, and remarks about rows with errors."""

    root: Path
    rows: tuple[CorpusRow, ...]
    remarks: tuple[Remark, ...] = ()
    other_files: int = 0
    """Files of a folder that are neither sound nor film."""


def printable(text: str) -> str:
    """Return text on one line with escapes for unprintable characters: names of files are untrusted."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def inside(root: Path, name: str) -> Path | None:
    """Return the file `name` of the folder `root` with links followed, or None if it is outside the folder."""
    try:
        path = (root / name).resolve()
        return path if path.is_relative_to(root.resolve()) else None
    except (OSError, ValueError, RuntimeError):  # names with NUL bytes, links in a circle
        return None
