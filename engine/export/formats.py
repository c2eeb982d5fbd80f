"""Which kind of file a name asks for: what a name promises is what is written, or it is refused."""

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
    """Return the kind of file that a name asks for, WAV without a suffix. Raises ExportError for any other."""
    found = _FORMATS.get(path.suffix.lower())
    if found is None or (found == "amb" and content != "field"):
        raise ExportError(
            f"{path.name} cannot be written: its name asks for another kind of file. {_WRITTEN[content]}: change the "
            "end of the name."
        )
    return found


def subtype_of(path: Path, content: Content, asked: Subtype | None) -> Subtype:
    """Return how the samples of a file are written, as asked for or as its kind mostly is. Raises ExportError.

    Raises InvalidInputError for what is no sample format.
    """
    kind = format_of(path, content)
    if asked is None:
        return _DEFAULT[kind]
    if asked not in ("float", "pcm24"):
        raise InvalidInputError(f"'{asked}' is not a sample format: choose float or pcm24.")
    if kind == "flac" and asked == "float":
        raise ExportError(f"{path.name} cannot hold floating point: choose 24-bit samples (pcm24), or write a .wav.")
    return asked
