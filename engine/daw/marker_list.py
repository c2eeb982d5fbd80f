"""Markers as other programs keep them: a time and a name, with the timecode that some files count in."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.contract.clock import seconds_of
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.frames import FrameGrid
from engine.contract.scene.checks import LONGEST_NAME, MOST_MARKERS, MOST_SAMPLES
from engine.contract.video import VideoInfo

_RATE_HINT: Final = "specify the frames per second, or open the film that it belongs to."


class MarkerFormat(Enum):
    """CSV with times and names, the list of Reaper's Region/Marker Manager, or a MIDI file with marker events."""

    CSV = "csv"
    REAPER = "reaper"
    MIDI = "midi"


@dataclass(frozen=True)
class NamedTime:
    """A time of the film in samples at 48 kHz, and a name."""

    at_sample: int
    name: str = ""


@dataclass(frozen=True)
class ReadMarkers:
    """Markers of a file in the order of time, and sentences about what could not be kept."""

    markers: tuple[NamedTime, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilmTimecode:
    """Timecode of a film: its frames, and the time of day of its time 0 in samples at 48 kHz."""

    grid: FrameGrid
    start_sample: int = 0

    @classmethod
    def of(cls, film: VideoInfo) -> "FilmTimecode":
        """Return the timecode of a film; without one in its file it begins at 00:00:00:00."""
        return cls(FrameGrid.of(film.fps), film.time_reference_samples)

    def text_of(self, at_sample: int) -> str:
        """Return `hh:mm:ss:ff` of the frame that a time of the film falls in."""
        return self.grid.timecode(at_sample + self.start_sample)

    def sample_of(self, text: str) -> int | None:
        """Return the time of the film that a timecode names, negative before its start; None if it is none."""
        frame = self.grid.frame_of(text)
        return None if frame is None else self.grid.sample_of(frame) - self.start_sample


def sample_of(text: str, timecode: FilmTimecode | None) -> int:
    """Return the sample of a time: `12.5`, `1:02.5`, `00:01:02.500` or a timecode `01:00:00:00`.

    Raises InvalidInputError if it is none, is outside 0 s to 24 hours, or is a timecode whose frames are not known.
    """
    text = text.strip()
    if text.count(":") + text.count(";") == 3:
        if timecode is None:
            raise InvalidInputError(f"'{text[:40]}' is a timecode: {_RATE_HINT}")
        found = timecode.sample_of(text)
        if found is None:
            raise InvalidInputError(f"'{text[:40]}' is not a timecode of {float(timecode.grid.rate):g} frames/s.")
        sample = found
    else:
        try:
            sample = round(min(seconds_of(text), 1e9) * SAMPLE_RATE_HZ)
        except (ValueError, OverflowError):
            raise InvalidInputError(
                f"'{text[:40]}' is not a time: write seconds such as 12.5, or hours, minutes and seconds."
            ) from None
    if sample < 0:
        raise InvalidInputError(f"'{text[:40]}' lies before the start of the film.")
    if sample > MOST_SAMPLES:
        raise InvalidInputError(f"'{text[:40]}' is later than 24 hours.")
    return sample


def plain_name(text: str) -> str:
    """Return a name as a marker can have it: one line without control characters, at most 200 characters."""
    clean = "".join(" " if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 else c for c in text)
    return " ".join(clean.split())[:LONGEST_NAME]


def in_order(markers: Sequence[NamedTime], remarks: Sequence[str] = ()) -> ReadMarkers:
    """Return markers sorted by time. Raises InvalidInputError if there is none, or more than a scene may have."""
    if not markers:
        raise InvalidInputError("it contains no marker.")
    if len(markers) > MOST_MARKERS:
        raise InvalidInputError(f"it has {len(markers)} markers, and a project has at most {MOST_MARKERS}.")
    return ReadMarkers(tuple(sorted(markers, key=lambda marker: marker.at_sample)), tuple(remarks))
