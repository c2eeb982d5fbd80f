"""The notes in a WAV (bext, iXML) and in a CAF (desc, chan), read in place and unjudged. No size is trusted."""

import os
import struct
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from engine.export.reading.riff import wave_chunks

_LONGEST_NOTE_BYTES: Final = 65_536
_BEXT: Final = "<256s32s32s10s8sQ"
_CHNA: Final = "<H12s14s11sx"
_MOST_CHUNKS: Final = 1_000
_ACN_SN3D: Final = 190
"""The layout tag of Core Audio for ambisonics in ACN order and SN3D, before the number of its channels."""
_ACN_N3D: Final = 191
"""The same in N3D."""


@dataclass(frozen=True)
class WaveNotes:
    """The chunks of a WAV by name, in order, and what bext and iXML say; None is not said.

    `functions` are those of the tracks in iXML. Both time references are in samples.
    """

    chunks: tuple[str, ...] = ()
    description: str | None = None
    originator: str | None = None
    time_reference: int | None = None
    ixml_time_reference: int | None = None
    ixml_description: str | None = None
    functions: tuple[str, ...] = ()


def wave_notes(path: Path) -> WaveNotes | None:
    """Return the notes in a WAV; None for other files. Raises OSError."""
    found = wave_chunks(path, _LONGEST_NOTE_BYTES)
    if found is None:
        return None
    names = tuple(name.decode("ascii", "replace").strip() for name, _ in found)
    bext = next((content for name, content in found if name == b"bext"), b"")
    said: tuple[str | None, str | None, int | None] = (None, None, None)
    if len(bext) >= struct.calcsize(_BEXT):
        description, originator, _, _, _, reference = struct.unpack_from(_BEXT, bext)
        said = (_text(description), _text(originator), reference)
    tree = _tree(next((content for name, content in found if name == b"iXML"), b""))
    if tree is None:
        return WaveNotes(names, *said)
    return WaveNotes(
        names,
        *said,
        ixml_time_reference=_whole(tree, "BEXT/BWF_TIME_REFERENCE_HIGH", "BEXT/BWF_TIME_REFERENCE_LOW"),
        ixml_description=tree.findtext("BEXT/BWF_DESCRIPTION"),
        functions=tuple(function.text or "" for function in tree.iterfind("TRACK_LIST/TRACK/FUNCTION")),
    )


@dataclass(frozen=True)
class AdmNotes:
    """The Audio Definition Model of a BW64 file: packs and track formats of its channels, in order, from chna.

    `agrees` says whether axml describes the same tracks, in an object of the same pack.
    """

    packs: tuple[str, ...]
    track_formats: tuple[str, ...]
    agrees: bool


def adm_notes(path: Path) -> AdmNotes | None:
    """Return the model in a WAV; None if it has no chunk chna. Raises OSError."""
    found = dict(wave_chunks(path, _LONGEST_NOTE_BYTES) or [])
    chna = found.get(b"chna", b"")
    size = struct.calcsize(_CHNA)
    if len(chna) < 4:
        return None
    count = min(struct.unpack_from("<HH", chna)[1], (len(chna) - 4) // size)
    entries = sorted(struct.unpack_from(_CHNA, chna, 4 + size * number) for number in range(count))
    rows = [(_text(uid), _text(track), _text(pack)) for _, uid, track, pack in entries]
    return AdmNotes(
        packs=tuple(pack for _, _, pack in rows),
        track_formats=tuple(track for _, track, _ in rows),
        agrees=_is_described(_tree(found.get(b"axml", b"")), rows),
    )


def _is_described(tree: ElementTree.Element | None, rows: list[tuple[str, str, str]]) -> bool:
    if tree is None:
        return False
    tracks = []
    for track in tree.iterfind(".//{*}audioTrackUID"):
        names = (track.findtext("{*}audioTrackFormatIDRef"), track.findtext("{*}audioPackFormatIDRef"))
        tracks.append((track.get("UID"), *names))
    referred = [uid.text for uid in tree.iterfind(".//{*}audioObject/{*}audioTrackUIDRef")]
    packs = {pack.text for pack in tree.iterfind(".//{*}audioObject/{*}audioPackFormatIDRef")}
    return tracks == rows and referred == [uid for uid, _, _ in rows] and packs == {pack for _, _, pack in rows}


@dataclass(frozen=True)
class CafNotes:
    """The layout tag of a CAF (None: it has none), its chunks, and whether the tag or a text names AmbiX, or N3D."""

    layout_tag: int | None
    chunks: tuple[str, ...]
    says_ambix: bool

    @property
    def says_n3d(self) -> bool:
        """Whether the layout tag names ACN with N3D."""
        return self.layout_tag is not None and self.layout_tag >> 16 == _ACN_N3D


def caf_notes(path: Path) -> CafNotes | None:
    """Return the notes in a CAF; None for other files. Raises OSError."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(4) != b"caff":
            return None
        return _caf(file, size)


def _caf(file: BinaryIO, size: int) -> CafNotes:
    at = 8
    tag: int | None = None
    names: list[str] = []
    says_ambix = False
    while at + 12 <= size and len(names) < _MOST_CHUNKS:
        file.seek(at)
        name, length = struct.unpack(">4sq", file.read(12))
        names.append(name.decode("ascii", "replace"))
        if name == b"chan" and 4 <= length <= size - at - 12:
            tag = int.from_bytes(file.read(4), "big")
            says_ambix |= tag >> 16 == _ACN_SN3D
        elif name == b"info":
            says_ambix |= b"AmbiX" in file.read(max(0, min(length, _LONGEST_NOTE_BYTES)))
        if not 0 <= length <= size - at - 12:
            break
        at += 12 + length
    return CafNotes(tag, tuple(names), says_ambix)


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode("ascii", "replace")


def _tree(text: bytes) -> ElementTree.Element | None:
    """Return the elements of an iXML text; None if it is no XML, or declares entities."""
    text = text.rstrip(b"\0 \r\n")
    if not text or b"<!" in text:  # entities could grow without end
        return None
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None


def _whole(tree: ElementTree.Element, high: str, low: str) -> int | None:
    try:
        upper, lower = int(tree.findtext(high, "x")[:20]), int(tree.findtext(low, "x")[:20])
    except ValueError:
        return None
    return (upper << 32) + lower if upper >= 0 and lower >= 0 else None
