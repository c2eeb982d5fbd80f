"""Where the pictures of a film end: its edit list hides those that only help to decode earlier ones."""

from typing import Final

from engine.export.film.box_writing import changed, damaged, found, handler

_DURATION_AT: Final = {b"mvhd": (16, 24), b"tkhd": (20, 28)}
"""The place of the duration in these boxes, with times of 32 bits and of 64."""
_TIMESCALE_AT: Final = (12, 20)


def ending_at(movie: bytes, seconds: float) -> bytes:
    """Return the content of a `moov` whose pictures end after `seconds`, if they would be shown for longer.

    Nothing changes without an edit list: then no picture is out of order. Raises MediaError for boxes that do not fit.
    """
    header = next(found(movie, (b"mvhd",)), b"")
    most = round(seconds * _number(header, _TIMESCALE_AT[_is_wide(header)], 4))
    movie = changed(movie, (b"trak",), lambda track: _cut(track, most) if handler(track) == b"vide" else track)
    lengths = [_duration(b"tkhd", head) for head in found(movie, (b"trak", b"tkhd"))]
    return changed(movie, (b"mvhd",), lambda head: _with_duration(b"mvhd", head, max(lengths, default=0)))


def _cut(track: bytes, most: int) -> bytes:
    """Return the content of a `trak` whose edits last for `most` of the movie's units at most."""
    edits = next(found(track, (b"edts", b"elst")), None)
    if edits is None:
        return track
    shorter, length = _shorter(edits, most)
    track = changed(track, (b"edts", b"elst"), lambda _edits: shorter)
    return changed(track, (b"tkhd",), lambda head: _with_duration(b"tkhd", head, length))


def _shorter(edits: bytes, most: int) -> tuple[bytes, int]:
    """Return the content of an `elst` that lasts for `most` at most, and how long it lasts."""
    size = 8 if _is_wide(edits) else 4
    step = 2 * size + 4
    if len(edits) != 8 + _number(edits, 4, 4) * step:
        raise damaged()
    entries, left = [edits[:8]], most
    for at in range(8, len(edits), step):
        length = min(_number(edits, at, size), left)
        left -= length
        entries += [length.to_bytes(size, "big"), edits[at + size : at + step]]
    return b"".join(entries), most - left


def _duration(kind: bytes, content: bytes) -> int:
    wide = _is_wide(content)
    return _number(content, _DURATION_AT[kind][wide], 8 if wide else 4)


def _with_duration(kind: bytes, content: bytes, duration: int) -> bytes:
    wide = _is_wide(content)
    at, size = _DURATION_AT[kind][wide], 8 if wide else 4
    return content[:at] + duration.to_bytes(size, "big") + content[at + size :]


def _is_wide(content: bytes) -> bool:
    """Return whether a full box has times of 64 bits: version 1."""
    return content[:1] == b"\x01"


def _number(content: bytes, at: int, size: int) -> int:
    if at + size > len(content):
        raise damaged()
    return int.from_bytes(content[at : at + size], "big")
