"""Content of a WAV (RIFF, RIFX, RF64, BW64) or Wave64 file: its chunks are walked, and no size is trusted.

Recorders that crash leave a length of 0, pipes one of ffffffff, old writers one that wrapped at 4 GiB. The sound then
continues to the end of the file, and `WaveFacts.notice` says so.
Sources: Microsoft "Multiple channel audio data and WAVE files" (2007); EBU Tech 3306 (RF64); Sony Wave64 (2006);
R. Dobson "AMB" (2001) for the GUID of FuMa.
"""

import os
import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

PCM: Final = 1
FLOAT: Final = 3
_EXTENSIBLE: Final = 0xFFFE
_UNKNOWN_32: Final = 0xFFFFFFFF
_AMB_GUID_TAIL: Final = bytes.fromhex("2107d3118644c8c1ca000000")
_W64_TAIL: Final = bytes.fromhex("f3acd3118cd100c04f8edb8a")
_W64_RIFF_TAIL: Final = bytes.fromhex("2e91cf11a5d628db04c10000")
_HEADER_BYTES: Final = 40
_MOST_CHUNKS: Final = 10_000
"""Files with more chunks are built to keep a reader busy."""
_LONGEST_NOTE_BYTES: Final = 65_536
_NOTES: Final = (b"bext", b"iXML", b"chna", b"axml")
_N3D: Final = re.compile(rb"(?<![A-Za-z])N3D(?![A-Za-z])|AP_0004001[1-6]")
"""N3D as a word, not as the end of SN3D, or a pack of the common definitions of ITU-R BS.2094 in N3D."""
_SN3D: Final = re.compile(rb"SN3D|AP_0004000[1-6]")
_COMMON_PACK: Final = b"AP_00040"
"""How the numbers of the common definitions begin; a file's own packs are defined in its chunk axml."""
_NO_SOUND: Final = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS")
"""Tags of MP3 players that some programs append after the last chunk."""
_KNOWN_CHUNKS: Final = frozenset(
    name.ljust(4).encode()
    for name in "LIST list bext iXML JUNK junk FLLR PAD fact cue smpl inst plst labl note id3 ID3 _PMX axml chna acid "
    "umid levl link DISP cart MD5 PEAK LGWV ResU afsp SAUR dbmd minf elm1 regn ovwf strc".split()
)


@dataclass(frozen=True)
class WaveFacts:
    """The facts in the chunks. `sample_bytes` is the size of a sample; the sound begins at `data_at`.

    `says_n3d`: notes or the Audio Definition Model (chna, axml) name N3D, in ACN order.
    `format_tag` is that of the sub-format; `channel_mask` 0 means "no loudspeakers"; `promised_bytes` are more than
    `data_bytes` if the file is cut off. `notice` describes a problem with the lengths, as in `SoundSource.notices`, or
    is empty.
    """

    format_tag: int
    channels: int
    rate_hz: int
    sample_bytes: int
    channel_mask: int
    big_endian: bool
    says_fuma: bool
    says_ambix: bool
    says_n3d: bool
    data_at: int
    data_bytes: int
    promised_bytes: int
    notice: str = ""

    @property
    def frames(self) -> int:
        """The number of whole frames."""
        return self.data_bytes // (self.channels * self.sample_bytes)

    @property
    def is_plain(self) -> bool:
        """Whether the samples are plain PCM or floating point, so that their number follows from their bytes."""
        return self.sample_bytes in {PCM: (1, 2, 3, 4), FLOAT: (4, 8)}.get(self.format_tag, ())


@dataclass(frozen=True)
class _Dialect:
    """How a file format writes its chunks."""

    order: str
    first_at: int
    header_bytes: int
    alignment: int
    is_wave64: bool = False

    def header(self, raw: bytes) -> tuple[bytes, int]:
        """Return a chunk's name and the size of its content; an impossible Wave64 size is negative."""
        if self.is_wave64:
            name = raw[:4] if raw[4:16] in (_W64_TAIL, _W64_RIFF_TAIL) else raw[:16]
            return name, struct.unpack("<Q", raw[16:24])[0] - self.header_bytes
        return raw[:4], struct.unpack(self.order + "I", raw[4:8])[0]


@dataclass(frozen=True)
class _Chunk:
    name: bytes
    at: int
    size: int


def wave_facts(path: Path) -> WaveFacts | None:
    """Return the facts of a WAV or Wave64 file, or None if it is neither or has no format or sound. Raises OSError."""
    with open(path, "rb") as file:
        return _facts(file, os.fstat(file.fileno()).st_size)


def is_wave(path: Path) -> bool:
    """Return whether the first bytes are those of a WAV or Wave64 file. Raises OSError."""
    with open(path, "rb") as file:
        return _dialect(file.read(_HEADER_BYTES)) is not None


def wave_chunks(path: Path, most: int) -> list[tuple[bytes, bytes]] | None:
    """Return names and contents (of the sound: nothing, of others: at most `most` bytes) of all chunks of a file.

    None if it is neither WAV nor Wave64. Raises OSError.
    """
    with open(path, "rb") as file:
        file_bytes = os.fstat(file.fileno()).st_size
        facts = _facts(file, file_bytes)
        file.seek(0)
        dialect = _dialect(file.read(_HEADER_BYTES))
        if dialect is None or facts is None:
            return None
        found = []
        for chunk in _walk(file, dialect, dialect.first_at, file_bytes):
            if chunk.at >= facts.data_at:
                break
            found.append((chunk.name, _content(file, chunk, most)))
        found.append((b"data", b""))
        behind = _behind(dialect, _Chunk(b"data", facts.data_at, facts.data_bytes))
        found += [(chunk.name, _content(file, chunk, most)) for chunk in _walk(file, dialect, behind, file_bytes)]
        return found


def _facts(file: BinaryIO, file_bytes: int) -> WaveFacts | None:
    dialect = _dialect(file.read(_HEADER_BYTES))
    if dialect is None:
        return None
    fmt: bytes | None = None
    sound: _Chunk | None = None
    stated_64: int | None = None
    notes: dict[bytes, bytes] = {}
    promised, notice = 0, ""
    for chunk in _walk(file, dialect, dialect.first_at, file_bytes):
        if chunk.name == b"ds64":
            content = _content(file, chunk, 16)
            stated_64 = struct.unpack("<Q", content[8:16])[0] if len(content) == 16 else None
        elif chunk.name == b"fmt " and fmt is None:
            fmt = _content(file, chunk, 40)
        elif chunk.name in _NOTES:
            notes[chunk.name] = _content(file, chunk, _LONGEST_NOTE_BYTES)
        elif chunk.name == b"data" and sound is None:
            stated = stated_64 if chunk.size == _UNKNOWN_32 and stated_64 is not None else chunk.size
            length, promised, notice = _extent(file, dialect, chunk.at, stated, file_bytes)
            sound = _Chunk(chunk.name, chunk.at, length)
            behind = _behind(dialect, sound)
            for later in _walk(file, dialect, behind, file_bytes):
                if later.name in _NOTES:
                    notes[later.name] = _content(file, later, _LONGEST_NOTE_BYTES)
                elif later.name == b"fmt " and fmt is None:
                    fmt = _content(file, later, 40)
            break
    if fmt is None or sound is None or len(fmt) < 16:
        return None
    tag, channels, rate_hz, _, frame_bytes, bits = struct.unpack(dialect.order + "HHIIHH", fmt[:16])
    mask, says_fuma = 0, False
    if tag == _EXTENSIBLE and len(fmt) >= 40:
        mask, sub_format = struct.unpack(dialect.order + "II", fmt[20:28])
        tag = sub_format & 0xFFFF
        says_fuma = fmt[28:40] == _AMB_GUID_TAIL
    if channels == 0:
        return None
    says_n3d = not says_fuma and _speak_of_n3d(notes)
    sample_bytes = frame_bytes // channels if frame_bytes % channels == 0 and frame_bytes else (bits + 7) // 8
    return WaveFacts(
        format_tag=tag,
        channels=channels,
        rate_hz=rate_hz,
        sample_bytes=max(sample_bytes, 1),
        channel_mask=mask,
        big_endian=dialect.order == ">",
        says_fuma=says_fuma,
        says_ambix=not (says_fuma or says_n3d) and any(map(_speaks_of_ambix, notes.values())),
        says_n3d=says_n3d,
        data_at=sound.at,
        data_bytes=sound.size,
        promised_bytes=promised,
        notice=notice,
    )


def _dialect(start: bytes) -> _Dialect | None:
    if start[:4] in (b"RIFF", b"RF64", b"BW64") and start[8:12] == b"WAVE":
        return _Dialect("<", 12, 8, 2)
    if start[:4] == b"RIFX" and start[8:12] == b"WAVE":
        return _Dialect(">", 12, 8, 2)
    if start[:16] == b"riff" + _W64_RIFF_TAIL and start[24:40] == b"wave" + _W64_TAIL:
        return _Dialect("<", 40, 24, 8, is_wave64=True)
    return None


def _walk(file: BinaryIO, dialect: _Dialect, at: int, file_bytes: int) -> Iterator[_Chunk]:
    """Yield chunks with their stated sizes: the last one may claim more than the file has."""
    for _ in range(_MOST_CHUNKS):
        if at + dialect.header_bytes > file_bytes:
            return
        file.seek(at)
        name, size = dialect.header(file.read(dialect.header_bytes))
        if size < 0 and name != b"data":
            return
        chunk = _Chunk(name, at + dialect.header_bytes, max(size, 0))
        yield chunk
        at = _behind(dialect, chunk)


def _behind(dialect: _Dialect, chunk: _Chunk) -> int:
    end = chunk.at + chunk.size
    return end + -end % dialect.alignment if dialect.is_wave64 else end + chunk.size % 2


def _content(file: BinaryIO, chunk: _Chunk, most: int) -> bytes:
    file.seek(chunk.at)
    return file.read(min(chunk.size, most))


def _speaks_of_ambix(note: bytes) -> bool:
    """Return whether a note names its tracks or its format as AmbiX does (iXML: ACN0-FOA; our bext: AmbiX)."""
    return b"ACN0" in note or b"AP_0004000" in note or b"AmbiX" in note[:256]


def _speak_of_n3d(notes: Mapping[bytes, bytes]) -> bool:
    """Return whether the notes name N3D and not SN3D: chna alone if it names a common pack, else all of them."""
    chna = notes.get(b"chna", b"")
    text = chna if _COMMON_PACK in chna else b" ".join(notes.values())
    return _N3D.search(text) is not None and _SN3D.search(text) is None


def _extent(file: BinaryIO, dialect: _Dialect, at: int, stated: int, file_bytes: int) -> tuple[int, int, str]:
    """Return how many bytes of sound begin at `at`, how many were promised, and a notice."""
    there = file_bytes - at
    if stated > there:
        if _UNKNOWN_32 - 256 <= stated <= _UNKNOWN_32:  # some writers leave room for the header
            return there, there, "does not state its length in its header: it is read to its end."
        return there, stated, "is cut off (its header promises more sound than there is): the rest is read."
    rest = there - stated
    if rest <= dialect.alignment or _no_sound_follows(file, dialect, at + stated, file_bytes):
        return stated, stated, ""
    what = "states in its header that it is empty" if stated == 0 else "continues after the length in its header"
    return there, there, f"{what}, as if the recorder crashed: it is read to its end."


def _no_sound_follows(file: BinaryIO, dialect: _Dialect, end: int, file_bytes: int) -> bool:
    file.seek(end)
    start = file.read(65_536)
    if start.startswith(_NO_SOUND) or start[1:].startswith(_NO_SOUND):
        return True
    if not any(start) and file_bytes - end <= len(start):  # padded to a whole sector
        return True
    padded = end + (-end % dialect.alignment)
    return any(_are_chunks(file, dialect, place, file_bytes) for place in {end, padded})


def _are_chunks(file: BinaryIO, dialect: _Dialect, at: int, file_bytes: int) -> bool:
    """Return whether chunks begin here: a known one that fits, or any that lead to the end of the file."""
    for chunk in _walk(file, dialect, at, file_bytes):
        fits = chunk.at + chunk.size <= file_bytes
        if not fits or not all(32 <= byte < 127 for byte in chunk.name[:4]):
            return False
        if chunk.name in _KNOWN_CHUNKS:
            return True
        at = _behind(dialect, chunk)
    return at >= file_bytes
