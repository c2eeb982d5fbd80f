"""The file format that a name stands for: exactly that format is written, or the name is refused."""

from pathlib import Path
from typing import Final, Literal

from engine.contract.errors import ExportError, InvalidInputError

Subtype = Literal["float", "pcm24", "pcm16"]
"""How samples are written: 32-bit floating point, or whole numbers of 24 or 16 bits."""
SoundFormat = Literal["wav", "flac", "amb", "caf"]
Content = Literal["field", "binaural"]

_FORMATS: Final[dict[str, SoundFormat]] = {
    "": "wav",
    ".wav": "wav",
    ".bwf": "wav",
    ".flac": "flac",
    ".amb": "amb",
    ".caf": "caf",
}
_WRITTEN: Final[dict[Content, str]] = {
    "field": "A sound field is written as .wav, .flac, .caf or .amb (FuMa)",
    "binaural": "A binaural sound is written as .wav, .flac or .caf",
}
_DEFAULT: Final[dict[SoundFormat, Subtype]] = {"wav": "float", "amb": "float", "flac": "pcm24", "caf": "float"}


def format_of(path: Path, content: Content) -> SoundFormat:
    """Return the format that a name stands for, WAV without a suffix. Raises ExportError for any other."""
    found = _FORMATS.get(path.suffix.lower())
    if found is None or (found == "amb" and content != "field"):
        raise ExportError(
            f"{path.name} cannot be written: its suffix stands for another format. {_WRITTEN[content]}: change the "
            "suffix."
        )
    return found


def subtype_of(path: Path, content: Content, asked: Subtype | None) -> Subtype:
    """Return the sample format of a file, as requested or the default of its format. Raises ExportError.

    Raises InvalidInputError for an unknown sample format.
    """
    kind = format_of(path, content)
    if asked is None:
        return _DEFAULT[kind]
    if asked not in ("float", "pcm24", "pcm16"):
        raise InvalidInputError(f"'{asked}' is not a sample format: choose float, pcm24 or pcm16.")
    if kind == "flac" and asked == "float":
        raise ExportError(f"{path.name} cannot hold floating point: choose 24-bit samples (pcm24), or write a .wav.")
    return asked
