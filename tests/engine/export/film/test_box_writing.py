"""Boxes are written whole; offsets follow what they point at; what does not fit is refused and left as it was."""

import contextlib
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.contract.errors import MediaError
from engine.export.film.box_writing import box, changed, full_box, rewrite_movie, split, with_entries_changed

PIECES = (b"first chunk", b"second, longer chunk", b"third")


def movie(offsets: list[int], wide: bool, entry: bytes = b"") -> bytes:
    table = struct.pack(f">I{len(offsets)}{'Q' if wide else 'I'}", len(offsets), *offsets)
    stsd = full_box(b"stsd", struct.pack(">I", 1) + box(b"mp4a", bytes(28) + entry))
    tables = box(b"stbl", stsd + full_box(b"co64" if wide else b"stco", table))
    handler = full_box(b"hdlr", b"\0\0\0\0soun" + bytes(12))
    return box(b"trak", box(b"mdia", handler + box(b"minf", tables)))


def film(path: Path, wide: bool = False) -> Path:
    """Write two boxes with chunks, one before the index and one behind it."""
    start = box(b"ftyp", b"isom" + bytes(8))
    before = box(b"mdat", PIECES[0] + PIECES[1])
    at = len(start) + 8
    length = len(box(b"moov", movie([0, 0, 0], wide)))
    behind = len(start) + len(before) + length + 8
    index = box(b"moov", movie([at, at + len(PIECES[0]), behind], wide))
    path.write_bytes(start + before + index + box(b"mdat", PIECES[2]))
    return path


def chunks(path: Path) -> list[bytes]:
    """Return what the offsets of a file point at."""
    data = path.read_bytes()
    at = max(data.find(b"stco"), data.find(b"co64"))
    kind = "Q" if data[at : at + 4] == b"co64" else "I"
    offsets = struct.unpack_from(f">3{kind}", data, at + 12)
    return [data[offset : offset + len(piece)] for offset, piece in zip(offsets, PIECES, strict=True)]


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("added", [0, 1, 1_000])
def test_offsets_follow_their_chunks(tmp_path: Path, wide: bool, added: int) -> None:
    path = film(tmp_path / "f.mp4", wide)
    assert chunks(path) == list(PIECES)
    grow = {b"soun": lambda _kind, content: content + (box(b"SA3D", bytes(added)) if added else b"")}
    rewrite_movie(path, lambda content: with_entries_changed(content, grow), scratch=tmp_path / "new.mp4")
    assert [kind for kind, _ in split(path.read_bytes())] == [b"ftyp", b"moov", b"mdat", b"mdat"]
    assert chunks(path) == list(PIECES)
    assert (path.read_bytes().count(b"SA3D") == 1) == bool(added)


def test_offsets_become_wide_if_the_file_does(tmp_path: Path) -> None:
    path = tmp_path / "big.mp4"
    start = box(b"ftyp", b"isom" + bytes(8))
    length = (1 << 32) - 100
    data_at = len(start) + 16
    with open(path, "wb") as file:
        file.write(start + struct.pack(">I4sQ", 1, b"mdat", 16 + length))
        file.write(b"here")
        file.seek(data_at + length - 4)
        file.write(b"last")
        file.write(box(b"moov", movie([data_at, data_at + length - 4, data_at], wide=False)[:]))
    offset = data_at + length - 4
    assert offset < 1 << 32
    # Copying 4 GiB is left out: only the index is worked out.
    from engine.export.film import box_writing

    with open(path, "rb") as file:
        parts = box_writing._parts(file)
        index = next(part for part in parts if part.kind == b"moov")
        file.seek(index.content)
        content = file.read(index.end - index.content)
    rest = [part for part in parts if part.kind == b"mdat"]
    first = [part for part in parts if part.kind == b"ftyp"]
    moved = box_writing._with_offsets(content, first, rest)
    at = moved.find(b"co64")
    assert at > 0
    assert struct.unpack_from(">3Q", moved, at + 12) == tuple(
        place + 8 + len(moved) for place in (data_at, offset, data_at)
    )


def test_damage_is_refused_and_the_file_stays(tmp_path: Path) -> None:
    path = film(tmp_path / "f.mp4")
    whole = path.read_bytes()
    at = whole.find(b"stco") + 8
    for damaged in (
        whole[:-3],
        whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :],
        whole[: at + 4] + b"\xff\xff\xff\xf0" + whole[at + 8 :],
        whole.replace(b"moov", b"moof"),
        whole + box(b"moov", b""),
    ):
        path.write_bytes(damaged)
        with pytest.raises(MediaError, match="boxes do not fit"):
            rewrite_movie(path, lambda content: content, scratch=tmp_path / "new.mp4")
        assert path.read_bytes() == damaged
        (tmp_path / "new.mp4").unlink(missing_ok=True)
    path.write_bytes(whole)
    with pytest.raises(MediaError):
        rewrite_movie(path, lambda content: content)  # the index is not the last
    assert path.read_bytes() == whole


@given(st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.binary(max_size=40)), max_size=5), st.integers(0, 7))
def test_split_is_the_inverse_of_box(boxes: list[tuple[bytes, bytes]], zeros: int) -> None:
    joined = b"".join(box(kind, content) for kind, content in boxes)
    assert split(joined + bytes(zeros)) == boxes
    assert changed(joined, (b"none",), lambda _content: b"") == joined or (b"none", b"") in boxes


@given(st.binary(max_size=200))
def test_any_bytes_are_split_or_refused(data: bytes) -> None:
    with contextlib.suppress(MediaError):
        assert len(b"".join(box(kind, content) for kind, content in split(data))) <= len(data)
