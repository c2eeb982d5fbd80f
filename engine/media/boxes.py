"""The boxes of an MP4 or MOV file (ISO 14496-12), read in place; sizes are checked against their containers."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

_MOST_BOXES: Final = 20_000
"""Limit per file; a film has hundreds."""
_SAMPLE_ENTRY_BYTES: Final = {b"vide": 78, b"soun": 28, b"tmcd": 8}
"""Bytes before the boxes inside a sample description."""
_MORE_OF_SOUND: Final = {1: 16, 2: 36}
"""Further bytes in a QuickTime sound description, by its version."""


@dataclass(frozen=True)
class Box:
    """A box: its four letters, and the range of its content in the file."""

    kind: bytes
    start: int
    end: int


class BoxReader:
    """Finds boxes in an open file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        self._left = _MOST_BOXES

    def whole(self) -> Box:
        """Return the file as if it were a box."""
        return Box(b"", 0, self._size)

    def inside(self, box: Box, skip: int = 0) -> Iterator[Box]:
        """Yield the boxes in a box, from `skip` bytes on, until one does not fit."""
        at = box.start + skip
        while at + 8 <= box.end and self._left > 0:
            self._left -= 1
            size, kind = struct.unpack(">I4s", self._bytes(at, 8))
            head = 8
            if size == 1 and at + 16 <= box.end:
                head, size = 16, struct.unpack(">Q", self._bytes(at + 8, 8))[0]
            elif size == 0:
                size = box.end - at
            if not head <= size <= box.end - at:
                return
            yield Box(kind, at + head, at + size)
            at += size

    def first(self, box: Box | None, *path: bytes) -> Box | None:
        """Return the first box along a path of kinds, each inside the one before."""
        for kind in path:
            if box is None:
                return None
            box = next((inner for inner in self.inside(box) if inner.kind == kind), None)
        return box

    def content(self, box: Box, most: int) -> bytes:
        """Return the first bytes of a box's content, at most `most`."""
        return self._bytes(box.start, min(most, box.end - box.start))

    def tracks(self) -> Iterator["Track"]:
        """Yield the tracks of the film."""
        movie = self.first(self.whole(), b"moov")
        for box in self.inside(movie) if movie is not None else ():
            if box.kind == b"trak":
                handler = self.first(box, b"mdia", b"hdlr")
                kind = self.content(handler, 12)[8:] if handler is not None else b""
                yield Track(box, self._number(box), kind, self._descriptions(box, kind))

    def _number(self, track: Box) -> int:
        header = self.first(track, b"tkhd")
        data = self.content(header, 24) if header is not None else b""
        place = 20 if data[:1] == b"\1" else 12
        return int.from_bytes(data[place : place + 4], "big") if len(data) >= place + 4 else 0

    def _descriptions(self, track: Box, kind: bytes) -> tuple[Box, ...]:
        """Return the content of each sample description, after the common header of this kind."""
        table = self.first(track, b"mdia", b"minf", b"stbl", b"stsd")
        skip = _SAMPLE_ENTRY_BYTES.get(kind)
        if table is None or skip is None:
            return ()
        found = []
        for entry in self.inside(table, 8):
            start = entry.start + skip
            if kind == b"soun":
                version = int.from_bytes(self.content(entry, 10)[8:], "big")
                start += _MORE_OF_SOUND.get(version, 0)
            if start <= entry.end:
                found.append(Box(entry.kind, start, entry.end))
        return tuple(found)

    def _bytes(self, at: int, count: int) -> bytes:
        self._file.seek(at)
        data = self._file.read(count)
        return data + bytes(count - len(data))


@dataclass(frozen=True)
class Track:
    """A track: its box, its number in the file, its kind (b"vide", b"soun", b"tmcd") and its sample descriptions."""

    box: Box
    number: int
    kind: bytes
    descriptions: tuple[Box, ...]
