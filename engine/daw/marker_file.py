"""Files of markers: which kind they are, read and written whole."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.contract.errors import InvalidInputError
from engine.contract.scene.scene import Marker
from engine.daw.marker_csv import read_csv, write_csv, write_reaper
from engine.daw.marker_list import FilmTimecode, MarkerFormat, NamedTime, ReadMarkers
from engine.daw.marker_midi import MAGIC, read_midi, write_midi
from engine.files.staging import whole_file
from engine.files.text_file import read_bytes, text_of

_MOST_BYTES: Final = 4 << 20
_SUFFIXES: Final = {".csv": MarkerFormat.CSV, ".txt": MarkerFormat.CSV, ".tsv": MarkerFormat.CSV,
                    ".mid": MarkerFormat.MIDI, ".midi": MarkerFormat.MIDI}  # fmt: skip


def format_of(file: Path) -> MarkerFormat:
    """Return the format that a file's suffix asks for. Raises InvalidInputError if it asks for none."""
    kind = _SUFFIXES.get(file.suffix.lower())
    if kind is None:
        raise InvalidInputError(f"{file.name} is not the name of a list of markers: let it end in .csv or .mid.")
    return kind


def write_markers(
    file: Path, markers: Sequence[Marker], kind: MarkerFormat, timecode: FilmTimecode | None = None
) -> None:
    """Write markers, whole or not at all; `timecode` counts the times of CSV. Raises ExportError or InvalidInputError.

    A file without markers would be refused everywhere, so it is not written.
    """
    if not markers:
        raise InvalidInputError("The project has no markers: add one with M, then export them.")
    times = [NamedTime(marker.at_sample, marker.name) for marker in markers]
    data = {
        MarkerFormat.CSV: lambda: write_csv(times, timecode).encode(),
        MarkerFormat.REAPER: lambda: write_reaper(times).encode(),
        MarkerFormat.MIDI: lambda: write_midi(times),
    }[kind]()
    with whole_file(file) as staged:
        staged.write_bytes(data)


def read_markers(file: Path, timecode: FilmTimecode | None = None) -> ReadMarkers:
    """Return the markers of a file of any of the formats, told by its content. Raises InvalidInputError."""
    data = read_bytes(file, "list of markers", _MOST_BYTES)
    try:
        if data.startswith(MAGIC):
            return read_midi(data)
        return read_csv(text_of(data), timecode)
    except UnicodeDecodeError:
        why = "it is neither text nor a MIDI file."
    except InvalidInputError as error:
        why = str(error)
    raise InvalidInputError(f"The markers in {file} cannot be used: {why}")
