"""Whether the sound of an order gets the watermark: generated sound does, unless it has it or the user declined it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import soundfile

from engine.contract.errors import MediaError
from engine.export.delivery.order import Order
from engine.export.layouts import says_generated
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.wave_notes import wave_notes
from engine.export.watermark.detection import PIECE_S, MarkSearch
from engine.files.native_name import native_name
from engine.files.regular import check_regular
from engine.media.container import MediaFile

_LOOKED_AT_S: Final = 2 * PIECE_S


@dataclass(frozen=True)
class Marking:
    """Whether the delivered sound gets the mark, and in a few words why not; `has_mark`: the take came with it."""

    is_marked: bool
    why_not: str = ""
    has_mark: bool = False


def marking_of(order: Order) -> Marking:
    """Return whether an order is marked. A mark on a mark would be louder, so that a marked take stays as it is.

    Raises MediaError if the take cannot be read.
    """
    if not take_is_generated(order.take):
        return Marking(False, "none: the take is a recording")
    if not order.watermark:
        return Marking(False, "none, as asked for")
    if _has_mark(order):
        return Marking(False, has_mark=True)
    return Marking(True)


def take_is_generated(take: Path) -> bool:
    """Return whether the notes in a take say that a machine generated it; a file without notes is a recording."""
    return says_generated(description_of(take))


def description_of(take: Path) -> str:
    """Return the note in a sound or a film; empty if it has none. Raises MediaError for a named pipe or a device."""
    if take.exists():
        check_regular(take, "sound file")
    notes = wave_notes(take)
    if notes is not None:
        return notes.description or ""
    try:
        with soundfile.SoundFile(native_name(take)) as file:
            return str(file.comment)
    except (OSError, RuntimeError):
        pass
    try:
        with MediaFile(take) as film:
            return film.tags.get("comment", "")
    except MediaError:
        return ""


def _has_mark(order: Order) -> bool:
    """Look at the first minutes of the take."""
    with AmbixReader(order.take, order.convention) as reader:
        search = MarkSearch(reader.rate_hz)
        frames = 0
        for block in reader.blocks():
            search.add(block)
            frames += block.shape[1]
            if frames >= _LOOKED_AT_S * reader.rate_hz:
                break
    return search.found().found
