"""The edit list ends with the part, in boxes with times of 32 bits and of 64."""

import struct

import pytest

from engine.contract.errors import MediaError
from engine.export.film.box_writing import box, found
from engine.export.film.edit_end import ending_at

TIMESCALE = 1_000


def movie(*, wide: bool, edits: list[tuple[int, int]], sound: int = 900) -> bytes:
    """Return a `moov` with pictures that have these edits (length, begin) and a track of sound without edits."""
    time, version = ("Q", 1) if wide else ("I", 0)

    def head(kind: bytes, duration: int) -> bytes:
        middle = struct.pack(">I", TIMESCALE) if kind == b"mvhd" else struct.pack(">II", 1, 0)
        return box(kind, bytes([version, 0, 0, 0]) + struct.pack(f">2{time}", 1, 2) + middle
                   + struct.pack(f">{time}", duration) + b"rest")  # fmt: skip

    def track(handler: bytes, duration: int, lists: bytes) -> bytes:
        media = box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12)))
        return box(b"trak", head(b"tkhd", duration) + lists + media)

    rows = b"".join(struct.pack(f">{time}{time.lower()}I", length, begin, 0x10000) for length, begin in edits)
    lists = box(b"edts", box(b"elst", bytes([version, 0, 0, 0]) + struct.pack(">I", len(edits)) + rows))
    length = sum(length for length, _ in edits)
    return head(b"mvhd", max(length, sound)) + track(b"vide", length, lists) + track(b"soun", sound, b"")


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([(1_100, 512)], [(1_000, 512)]),
        ([(1_000, 512)], [(1_000, 512)]),
        ([(40, -1), (1_100, 0)], [(40, -1), (960, 0)]),
        ([(900, 0), (80, 5), (80, 9)], [(900, 0), (80, 5), (20, 9)]),
        ([(700, 3)], [(700, 3)]),
    ],
)
def test_pictures_end_with_the_part(wide, before, after) -> None:
    assert ending_at(movie(wide=wide, edits=before), 1.0) == movie(wide=wide, edits=after)


def test_without_edits_nothing_changes() -> None:
    whole = movie(wide=False, edits=[(1_100, 0)])
    bare = whole.replace(b"elst", b"free")
    assert ending_at(bare, 1.0) == bare


@pytest.mark.parametrize("wide", [False, True])
def test_a_list_that_does_not_fit_is_refused(wide) -> None:
    whole = movie(wide=wide, edits=[(1_100, 0)])
    edits = next(found(whole, (b"trak", b"edts", b"elst")))
    with pytest.raises(MediaError, match="boxes do not fit"):
        ending_at(whole.replace(edits, edits[:7] + b"\2" + edits[8:]), 1.0)
    with pytest.raises(MediaError, match="boxes do not fit"):
        ending_at(b"", 1.0)
