"""The timecode of a film as the time of day of its start, so that exports line up with the film."""

import re
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.media.boxes import BoxReader
from engine.media.container import MediaFile

_PATTERN: Final = re.compile(r"\s*(\d{1,2}):(\d{1,2}):(\d{1,2})([:;.,])(\d{1,3})\s*")
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
    found = _PATTERN.fullmatch(text)
    if found is None or rate <= 0:
        return None
    hours, minutes, seconds, frames = (int(found.group(n)) for n in (1, 2, 3, 5))
    a_second = round(rate)
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= max(a_second, 1):
        return None
    number = (3600 * hours + 60 * minutes + seconds) * a_second + frames
    if found.group(4) != ":":
        # Two numbers (of 30) are skipped at the start of every minute except each tenth.
        whole_minutes = 60 * hours + minutes
        number -= round(a_second / 15) * (whole_minutes - whole_minutes // 10)
    return round(number / rate * SAMPLE_RATE_HZ)


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
