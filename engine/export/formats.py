"""The file format that a name stands for: exactly that format is written, or the name is refused."""

from pathlib import Path
from typing import Final, Literal

from engine.contract.errors import ExportError, InvalidInputError

Subtype = Literal["float", "pcm24"]
"""How samples are written: 32-bit floating point or 24-bit whole numbers."""
SoundFormat = Literal["wav", "flac", "amb"]
Content = Literal["field", "binaural"]

_FORMATS: Final[dict[str, SoundFormat]] = {"": "wav", ".wav": "wav", ".bwf": "wav", ".flac": "flac", ".amb": "amb"}
_WRITTEN: Final[dict[Content, str]] = {
    "field": "A sound field is written as .wav, .flac or .amb (FuMa)",
    "binaural": "A binaural sound is written as .wav or .flac",
}
_DEFAULT: Final[dict[SoundFormat, Subtype]] = {"wav": "float", "amb": "float", "flac": "pcm24"}


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
    if asked not in ("float", "pcm24"):
        raise InvalidInputError(f"'{asked}' is not a sample format: choose float or pcm24.")
    if kind == "flac" and asked == "float":
        raise ExportError(f"{path.name} cannot hold floating point: choose 24-bit samples (pcm24), or write a .wav.")
    return asked
