"""The timecode of a film as the time of day of its start, so that exports line up with the film."""

import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.frames import FrameGrid
from engine.media.boxes import BoxReader
from engine.media.container import MediaFile

_USUAL: Final = (24, 25, 30, 48, 50, 60, 100, 120)
_NTSC: Final = Fraction(1000, 1001)


@dataclass(frozen=True)
class Timecode:
    """The timecode in the file, and the time of day of the film's time 0 in samples at 48 kHz."""

    text: str
    samples: int


def timecode_of(media: MediaFile, fps: float) -> Timecode | None:
    """Return a film's timecode; None if it has no readable one. `fps` is its frame rate."""
    tags = [*media.data_tags, *(dict(stream.metadata) for stream in media.pictures), media.tags]
    text = next((value for tag in tags for name, value in tag.items() if name.lower() == "timecode"), None)
    if text is None:
        return None
    rate = _rate_of_track(media.path) if "mp4" in media.format_name else None
    samples = samples_of(text, rate or exact_rate(fps))
    return Timecode(text.strip(), samples) if samples is not None else None


def exact_rate(fps: float) -> Fraction:
    """Return the exact frame rate that is meant in film and television: 29.97 is 30000/1001."""
    for usual in _USUAL:
        for rate in (Fraction(usual), usual * _NTSC):
            if abs(float(rate) - fps) < 0.005:
                return rate
    return Fraction(fps).limit_denominator(1001)


def samples_of(text: str, rate: Fraction) -> int | None:
    """Return how many samples at 48 kHz precede a timecode ("10:00:00:00"; with ";" it is drop-frame)."""
    number = FrameGrid(rate).frame_of(text)
    return None if number is None else round(number / rate * SAMPLE_RATE_HZ)


def _rate_of_track(path: Path) -> Fraction | None:
    """Return the rate of a MOV's or MP4's timecode track; the film's frame rate may be twice that."""
    try:
        with open(path, "rb") as file:
            boxes = BoxReader(file)
            for track in boxes.tracks():
                for description in track.descriptions if track.kind == b"tmcd" else ():
                    ticks, duration = struct.unpack(">8xII", boxes.content(description, 16).ljust(16, b"\0"))
                    if ticks and duration and Fraction(1) <= Fraction(ticks, duration) <= 240:
                        return Fraction(ticks, duration)
    except OSError:
        return None
    return None
