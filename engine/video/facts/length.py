"""The length of a film, its frame rate, and the time of its first frame.

One rule for all containers: time 0 is the start of the file on its own clock, and the film ends with its last frame;
later sound is ignored. The file's figures are believed if the packets at its end agree; otherwise its packets
are counted.
"""

import time
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from engine.contract.errors import MediaError
from engine.contract.video import FilmSound, Times
from engine.media.container import MediaFile, Picture, VideoStream, picture_stream
from engine.video.facts.ts_order import times_go_on

LONGEST_S: Final = 24 * 3600.0
SOON_S: Final = 0.1
"""A first frame up to this late is shown from the start: audio encoders start up to 50 ms early, which
only MOV and MP4 can hide."""
_LOWEST_RATE: Final = 1 / 600
_HIGHEST_RATE: Final = 300.0
_USUAL_RATE: Final = 25.0
_AGREES_S: Final = 0.25
_TOLD_S: Final = 0.5
_JUMP_BACK_S: Final = 0.5
_TAIL_PATIENCE_S: Final = 3.0
_WALK_PATIENCE_S: Final = 8.0
_JOINED_PATIENCE_S: Final = 20.0
"""Used if there is no other information."""
_SOON_COUNTED: Final = 1 << 25
"""Size of a file that is counted in no time."""
_RATE_AGREES: Final = 0.02
_JOINED: Final = frozenset(("mpegts", "mpeg"))
"""Formats in which recordings are joined byte by byte; the header describes only one of them."""


@dataclass(frozen=True)
class Length:
    """Seconds on the film's clock, frames per second, how they are known, and notices for the user."""

    start_s: float
    end_s: float
    fps: float
    times: Times
    notices: tuple[str, ...]


@dataclass
class _Walk:
    """Facts from packets: how many frames, from when to when, and how long they last without jumps back."""

    pictures: int = 0
    start_s: float | None = None
    end_s: float | None = None
    lasting_s: float = 0.0
    jumps: int = 0
    is_whole: bool = True

    @property
    def rate(self) -> float:
        """Frames per second by their times, 0 if they have none."""
        return self.pictures / self.lasting_s if self.lasting_s > 0.0 else 0.0


def length_of(media: MediaFile, stream: VideoStream, first: Picture, sounds: tuple[FilmSound, ...]) -> Length:
    """Return the length of a film; `first` is its first decoded frame. Moves the position in the file.

    Raises MediaError if it is longer than 24 hours.
    """
    zero_s, base = media.clock_zero_s, stream.time_base or Fraction(0)
    # A raw stream has no start: its reader invents times.
    start_s = (
        None
        if first.pts is None or stream.start_time is None or not base
        else max(0.0, float(first.pts * base - zero_s))
    )
    stated_s = _stated_end_s(media, stream)
    tail_s = None if start_s is None else _tail_end_s(media, stream, stated_s)
    fits = _is_possible(start_s, tail_s) and (stated_s is None or abs(stated_s - (tail_s or 0.0)) <= _AGREES_S)
    if fits and _stated_rate(stream) is not None and not _may_be_joined(media, stream):
        assert start_s is not None
        assert tail_s is not None
        return _stored(start_s, stated_s or tail_s, _rate(stream, None), stated_s, sounds)
    walk = _walked(media)
    rate = _rate(stream, walk)
    end_s = stated_s or tail_s if fits and not walk.is_whole else walk.end_s
    is_paced = not walk.is_whole or _LOWEST_RATE <= walk.rate <= _HIGHEST_RATE
    if start_s is not None and end_s is not None and _is_possible(start_s, end_s) and is_paced and not walk.jumps:
        # If the count agrees with the header, the header includes the duration of the last frame too.
        exact_s = stated_s if stated_s is not None and abs(stated_s - end_s) <= _AGREES_S else end_s
        length = _stored(start_s, exact_s, rate, stated_s or media.stated_s, sounds)
        if walk.is_whole:
            return length
        notice = f"The file is too large to be counted: its length of {length.end_s:.1f} s is that of its header."
        return replace(length, notices=(*length.notices, notice))
    return _counted(media, walk, rate, stated_s, has_times=start_s is not None)


def _may_be_joined(media: MediaFile, stream: VideoStream) -> bool:
    if media.format_name == "mpegts" and media.size_bytes > _SOON_COUNTED:
        return times_go_on(media.path, stream.id) is not True
    return media.format_name in _JOINED


def _is_possible(start_s: float | None, end_s: float | None) -> bool:
    return start_s is not None and end_s is not None and 0.0 <= start_s < end_s <= LONGEST_S


def _stated_end_s(media: MediaFile, stream: VideoStream) -> float | None:
    """Return the end of the frames by the header; a container's length may be that of its sound."""
    if stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base - media.clock_zero_s)
    return None if media.sounds else media.stated_s


def _rate(stream: VideoStream, walk: _Walk | None) -> float:
    """Return frames per second: by the header if plausible, else by counting, else the default."""
    stated = _stated_rate(stream)
    if walk is not None and walk.is_whole and _LOWEST_RATE <= walk.rate <= _HIGHEST_RATE:
        if stated is None or (walk.jumps and abs(stated / walk.rate - 1.0) > _RATE_AGREES):
            return walk.rate
    return _USUAL_RATE if stated is None else stated


def _stated_rate(stream: VideoStream) -> float | None:
    """Return frames per second by the header, None if implausible."""
    # A raw stream's header is the reader's own invention (25); the real rate is in the codec.
    coded = stream.codec_context.framerate if stream.start_time is None else None
    stated = next((float(r) for r in (coded, stream.average_rate, stream.guessed_rate) if r), 0.0)
    return stated if _LOWEST_RATE <= stated <= _HIGHEST_RATE else None


def _tail_end_s(media: MediaFile, stream: VideoStream, stated_s: float | None) -> float | None:
    """Return when the last frame ends, from the packets at the end of the file; None if they cannot be found."""
    zero_s = media.clock_zero_s
    about_s = stated_s if stated_s is not None else media.stated_s
    if about_s is None or not media.seek(stream, zero_s + Fraction(max(about_s, 0.0))):
        return None
    walk = _read_packets(media, stream, _TAIL_PATIENCE_S)
    return walk.end_s if walk.is_whole else None


def _walked(media: MediaFile) -> _Walk:
    # Not every stream can seek to its start: it is opened once more.
    with MediaFile(media.path) as again:
        return _read_packets(again, picture_stream(again), _WALK_PATIENCE_S)


def _read_packets(media: MediaFile, stream: VideoStream, patience_s: float) -> _Walk:
    """Return the facts of the packets from here to the end; `is_whole` is false if that took too long."""
    walk = _Walk()
    zero_s, base = media.clock_zero_s, float(stream.time_base or 0)
    began = time.monotonic()
    give_up_at = began + patience_s
    since_s = until_s = before_s = 0.0
    usual_s = 1.0 / _rate(stream, None)
    for packet in media.packets(stream):
        if not packet.size:
            continue
        walk.pictures += 1
        if walk.jumps == 1:
            give_up_at = began + max(patience_s, _JOINED_PATIENCE_S)
        if walk.pictures % 256 == 0 and time.monotonic() > give_up_at:
            walk.is_whole = False
            break
        order = packet.dts if packet.dts is not None else packet.pts
        shown = packet.pts if packet.pts is not None else packet.dts
        if order is None or shown is None or packet.is_discard:
            continue
        order_s, shown_s = order * base - float(zero_s), shown * base - float(zero_s)
        lasting_s = packet.duration * base if packet.duration and packet.duration > 0 else usual_s
        if walk.start_s is None:
            walk.start_s = since_s = shown_s
        elif order_s < before_s - _JUMP_BACK_S:
            walk.jumps += 1
            walk.lasting_s += until_s - since_s
            since_s = until_s = shown_s
        before_s = order_s
        until_s = max(until_s, shown_s + lasting_s)
        walk.end_s = until_s
    walk.lasting_s += until_s - since_s
    return walk


def _stored(start_s: float, end_s: float, rate: float, stated_s: float | None, sounds: tuple[FilmSound, ...]) -> Length:
    notices = []
    if start_s <= SOON_S:
        # As long as its frames, so that a copy into another container does not change the length.
        start_s, end_s = 0.0, end_s - start_s
    else:
        notices.append(f"The first picture comes at {start_s:.1f} s: until then the film is black.")
    sounds_end_s = max((sound.start_s + sound.duration_s for sound in sounds), default=end_s)
    if stated_s is not None and stated_s - end_s > _TOLD_S:
        notices.append(f"The pictures end at {end_s:.1f} s of {stated_s:.1f} s: the file is damaged or was cut off.")
    elif sounds_end_s - end_s > _TOLD_S:
        notices.append(f"The pictures end at {end_s:.1f} s of {sounds_end_s:.1f} s: the sound after that is left out.")
    elif end_s - sounds_end_s > _TOLD_S:
        notices.append(f"The sound ends at {sounds_end_s:.1f} s of {end_s:.1f} s: the length of the pictures counts.")
    return Length(start_s, end_s, rate, "stored", tuple(notices))


def _counted(media: MediaFile, walk: _Walk, rate: float, stated_s: float | None, has_times: bool) -> Length:
    end_s = walk.pictures / rate
    pictures = f"its {walk.pictures} pictures last {end_s:.1f} s at {rate:.5g} per second"
    if end_s > LONGEST_S:
        raise MediaError(f"{media.path.name} is longer than 24 hours: cut it into parts.")
    if walk.jumps:
        notice = f"The file joins {walk.jumps + 1} recordings, and their times start again: {pictures}."
    elif walk.end_s is None or not has_times:
        notice = f"The file states no times: {pictures}."
    else:
        notice = f"The times in the file cannot be right ({_told(stated_s, walk.end_s)}): {pictures}."
    if not walk.is_whole:
        notice += " The file was too large to be counted to its end."
    return Length(0.0, end_s, rate, "counted", (notice,))


def _told(stated_s: float | None, end_s: float) -> str:
    seconds = stated_s if stated_s is not None else end_s
    return f"{seconds:.0f} s" if seconds < LONGEST_S else f"{seconds / 86_400:.0f} days"
