"""Whether the times of a transport stream increase from start to end, judged from a few places of the file.

Recordings that are joined byte by byte start their times again; counting all packets of a long one would take minutes.
"""

from itertools import pairwise
from pathlib import Path
from typing import Final

_PLACES: Final = 64
_CHUNK: Final = 1 << 18
_SYNC: Final = 0x47
_SIZES: Final = (188, 192, 204)
_TURN: Final = 1 << 33
_BACK: Final = 2 * 90_000
"""Ticks by which a frame may be presented before the one that is stored before it."""


def times_go_on(path: Path, pid: int) -> bool | None:
    """Return whether the times of one stream only increase; None if they cannot be found."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            found = []
            for place in range(_PLACES):
                file.seek(size * place // _PLACES)
                found.append(_first_time(file.read(_CHUNK), pid))
    except OSError:
        return None
    times = [time for time in found if time is not None]
    if len(times) < 2:
        return None
    # A 33-bit clock wraps after 26 hours.
    return all((after - before + _BACK) % _TURN < _TURN // 2 for before, after in pairwise(times))


def _first_time(data: bytes, pid: int) -> int | None:
    """Return the first presentation time (90 kHz) of a stream in a piece of the file."""
    for size in _SIZES:
        start = next((at for at in range(size) if _is_packet(data, at, size)), None)
        if start is not None:
            for at in range(start, len(data) - size + 1, size):
                if (time := _time(data[at : at + 188], pid)) is not None:
                    return time
            return None
    return None


def _is_packet(data: bytes, at: int, size: int) -> bool:
    return len(data) > at + 4 * size and all(data[at + number * size] == _SYNC for number in range(5))


def _time(packet: bytes, pid: int) -> int | None:
    starts_unit, has_adaptation, has_payload = packet[1] & 0x40, packet[3] & 0x20, packet[3] & 0x10
    if (packet[1] & 0x1F) << 8 | packet[2] != pid or not starts_unit or not has_payload:
        return None
    head = packet[4 + (1 + packet[4] if has_adaptation else 0) :][:14]
    if len(head) < 14 or head[:3] != b"\0\0\1" or not head[7] & 0x80:
        return None
    a, b, c, d, e = head[9:14]
    return (a >> 1 & 7) << 30 | b << 22 | (c >> 1) << 15 | d << 7 | e >> 1
