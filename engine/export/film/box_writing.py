"""Writes boxes of MP4 and MOV files (ISO 14496-12), and puts a changed `moov` into a finished film.

The offsets of the chunks (`stco`, `co64`) follow the sound and the pictures if `moov` moves in front of them. A file
whose boxes do not fit into each other is refused and left as it is.
"""

import shutil
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import MediaError
from engine.media.boxes import BoxReader

ChangeEntry = Callable[[bytes, bytes], bytes]
"""Gets the kind and the content of a sample description; returns its new content."""

_LARGEST_MOVIE_BYTES: Final = 1 << 28
"""A film of two hours needs some 10 MiB."""
_MOST_BOXES: Final = 20_000
_LONGEST_32: Final = 0xFFFFFFFF
_PIECE_BYTES: Final = 1 << 22


def box(kind: bytes, content: bytes) -> bytes:
    """Return a box. Raises ValueError for content of 4 GiB and more."""
    size = 8 + len(content)
    if size > _LONGEST_32:
        raise ValueError("A box in memory is smaller than 4 GiB.")
    return struct.pack(">I4s", size, kind) + content


def full_box(kind: bytes, content: bytes) -> bytes:
    """Return a box of version 0 without flags."""
    return box(kind, bytes(4) + content)


def split(content: bytes, skip: int = 0) -> list[tuple[bytes, bytes]]:
    """Return the boxes in a box as kind and content, from `skip` bytes on. Raises MediaError if they do not fit.

    Up to seven zeros at the end are allowed: QuickTime ends some lists with them.
    """
    found: list[tuple[bytes, bytes]] = []
    at = skip
    while at + 8 <= len(content) and len(found) < _MOST_BOXES:
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1 and at + 16 <= len(content):
            head, size = 16, struct.unpack_from(">Q", content, at + 8)[0]
        if not head <= size <= len(content) - at:
            break
        found.append((kind, content[at + head : at + size]))
        at += size
    if at > len(content) or len(content) - at >= 8 or any(content[at:]):
        raise damaged()
    return found


def changed(content: bytes, path: tuple[bytes, ...], change: Callable[[bytes], bytes]) -> bytes:
    """Return the content of a box in which every box along `path` has changed content; the last of it is given."""
    if not path:
        return change(content)
    kind, *rest = path
    return b"".join(
        box(name, changed(inner, tuple(rest), change) if name == kind else inner) for name, inner in split(content)
    )


def with_entries_changed(movie: bytes, changes: Mapping[bytes, ChangeEntry]) -> bytes:
    """Return the content of a `moov` whose sample descriptions are changed; keys are handlers (b"vide", b"soun")."""

    def track(content: bytes) -> bytes:
        change = changes.get(handler(content))
        if change is None:
            return content
        return changed(content, (b"mdia", b"minf", b"stbl", b"stsd"), lambda table: _table(table, change))

    return changed(movie, (b"trak",), track)


def rewrite_movie(path: Path, change: Callable[[bytes], bytes], *, scratch: Path | None = None) -> None:
    """Change the content of the `moov` of a film in place.

    With `scratch`, the name of a new file on the same disk, `moov` comes first, so that a player can begin before it
    has the whole film. Without it `moov` has to be last. Raises MediaError if the boxes do not fit; OSError.
    """
    with open(path, "r+b") as file:
        parts = _parts(file)
        movie = next(part for part in parts if part.kind == b"moov")
        if movie.end - movie.content > _LARGEST_MOVIE_BYTES:
            raise damaged()
        file.seek(movie.content)
        content = change(file.read(movie.end - movie.content))
        if scratch is None:
            if movie is not parts[-1]:
                raise damaged()
            file.seek(movie.start)
            file.write(box(b"moov", content))
            file.truncate()
            return
        with open(scratch, "xb") as out:
            _write_with_movie_first(file, parts, content, out)
    scratch.replace(path)


@dataclass(frozen=True)
class _Part:
    """A box at the top of a file: where it starts, where its content starts, and where it ends."""

    kind: bytes
    start: int
    content: int
    end: int


def _parts(file: BinaryIO) -> list[_Part]:
    reader = BoxReader(file)
    whole = reader.whole()
    parts, at = [], 0
    for found in reader.inside(whole):
        parts.append(_Part(found.kind, at, found.start, found.end))
        at = found.end
    if at != whole.end or [part.kind for part in parts].count(b"moov") != 1:
        raise damaged()
    return parts


def _write_with_movie_first(file: BinaryIO, parts: list[_Part], movie: bytes, out: BinaryIO) -> None:
    first = [part for part in parts if part.kind == b"ftyp"]
    rest = [part for part in parts if part.kind not in (b"ftyp", b"moov")]
    movie = _with_offsets(movie, first, rest)
    for part in (*first, None, *rest):
        if part is None:
            out.write(box(b"moov", movie))
            continue
        file.seek(part.start)
        left = part.end - part.start
        while left:
            piece = file.read(min(left, _PIECE_BYTES))
            if not piece:
                raise damaged()
            out.write(piece)
            left -= len(piece)
    shutil.copymode(file.name, out.name)


def _with_offsets(movie: bytes, first: list[_Part], rest: list[_Part]) -> bytes:
    """Return the content of `moov` with offsets that are right if it comes between `first` and `rest`.

    Offsets of 64 bits make it longer, and may be needed because it is longer: it grows until it fits.
    """
    wide = False
    length = len(movie)
    while True:
        at = sum(part.end - part.start for part in first) + 8 + length
        places = []
        for part in rest:
            places.append((part.start, part.end, at - part.start))
            at += part.end - part.start
        wide = wide or at > _LONGEST_32
        result = changed(
            movie,
            (b"trak", b"mdia", b"minf", b"stbl"),
            lambda table, places=tuple(places), wide=wide: _table_moved(table, places, wide),  # type: ignore[misc]
        )
        if len(result) == length:
            return result
        length = len(result)


def _table_moved(table: bytes, places: tuple[tuple[int, int, int], ...], wide: bool) -> bytes:
    return b"".join(_offsets_moved(kind, content, places, wide) for kind, content in split(table))


def _offsets_moved(kind: bytes, content: bytes, places: tuple[tuple[int, int, int], ...], wide: bool) -> bytes:
    if kind not in (b"stco", b"co64"):
        return box(kind, content)
    size = 8 if kind == b"co64" else 4
    count = int.from_bytes(content[4:8], "big")
    if len(content) != 8 + size * count:
        raise damaged()
    offsets = np.frombuffer(content, f">u{size}", offset=8).astype(np.uint64)
    moved = _moved(offsets, places)
    if wide:
        kind, size = b"co64", 8
    return box(kind, content[:8] + moved.astype(f">u{size}").tobytes())


def _moved(offsets: NDArray[np.uint64], places: tuple[tuple[int, int, int], ...]) -> NDArray[np.int64]:
    starts = [start for start, _, _ in places]
    out = np.zeros(offsets.size, np.int64)
    for number, offset in enumerate(offsets.tolist()):
        place = bisect_right(starts, offset) - 1
        if place < 0 or offset >= places[place][1]:
            raise damaged()
        out[number] = offset + places[place][2]
    return out


def _table(table: bytes, change: ChangeEntry) -> bytes:
    return table[:8] + b"".join(box(kind, change(kind, content)) for kind, content in split(table, 8))


def handler(track: bytes) -> bytes:
    """Return what the content of a `trak` holds: b"vide", b"soun"."""
    return next(found(track, (b"mdia", b"hdlr")), b"")[8:12]


def found(content: bytes, path: tuple[bytes, ...]) -> Iterator[bytes]:
    """Yield the content of each box at the end of a path of kinds in the content of a box."""
    if not path:
        yield content
        return
    for kind, inner in split(content):
        if kind == path[0]:
            yield from found(inner, path[1:])


def damaged() -> MediaError:
    """Return the error for boxes that do not fit."""
    return MediaError("The film is damaged: its boxes do not fit into each other. Export it again.")
