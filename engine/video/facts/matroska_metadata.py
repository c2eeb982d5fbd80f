"""The one fact about a sphere in Matroska and WebM that FFmpeg does not pass on: that a mesh describes it."""

from pathlib import Path
from typing import BinaryIO, Final

_SEGMENT: Final = 0x18538067
_TRACKS: Final = 0x1654AE6B
_TRACK: Final = 0xAE
_VIDEO: Final = 0xE0
_PROJECTION: Final = 0x7670
_PROJECTION_TYPE: Final = 0x7671
_PATH: Final = (_SEGMENT, _TRACKS, _TRACK, _VIDEO, _PROJECTION, _PROJECTION_TYPE)
_MESH: Final = 3
_MOST_ELEMENTS: Final = 5_000


def has_mesh(path: Path) -> bool:
    """Return whether a track of the file has a mesh for a projection."""
    try:
        with open(path, "rb") as file:
            return _Elements(file).has_mesh()
    except OSError:
        return False


class _Elements:
    """EBML elements of an open file; sizes are checked against their containers, and their number is limited."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _MOST_ELEMENTS

    def has_mesh(self) -> bool:
        return self._search(0, self._file.seek(0, 2), 0)

    def _search(self, at: int, end: int, depth: int) -> bool:
        while at < end and self._left > 0:
            self._left -= 1
            kind, at = self._number(at, keep_marker=True)
            size, at = self._number(at, keep_marker=False)
            if kind is None or size is None:
                return False
            inner_end = min(at + size, end)
            if kind == _PATH[depth]:
                if depth == len(_PATH) - 1:
                    self._file.seek(at)
                    return int.from_bytes(self._file.read(min(inner_end - at, 8)), "big") == _MESH
                if self._search(at, inner_end, depth + 1):
                    return True
            at = inner_end
        return False

    def _number(self, at: int, keep_marker: bool) -> tuple[int | None, int]:
        """Return a number of variable length and the position after it; None if it is cut off. An open size is huge."""
        self._file.seek(at)
        first = self._file.read(1)
        if not first or first[0] == 0:
            return None, at
        length = 9 - first[0].bit_length()
        rest = self._file.read(length - 1)
        if len(rest) < length - 1:
            return None, at
        value = first[0] if keep_marker else first[0] & (0xFF >> length)
        for byte in rest:
            value = value << 8 | byte
        return value, at + length
