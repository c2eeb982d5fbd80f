"""Streams a WAV file to disk: WAVE_FORMAT_EXTENSIBLE, a chosen channel mask, RF64 beyond 4 GiB, whole or not at all.

Written by hand because the usual libraries put a loudspeaker layout on every file with four channels.
Sources: Microsoft "Multiple channel audio data and WAVE files" (2007); EBU Tech 3306 (RF64), 3285 (bext);
R. Dobson "AMB" (2001) for FuMa; ITU-R BS.2088 (BW64).
"""

import struct
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from engine.export.adm import chna_content
from engine.export.ixml import ORIGINATOR
from engine.export.quantising import SAMPLE_BITS, packed
from engine.export.sound_writer import SoundLayout, SoundWriter

_FORMAT_TAG: Final = {"float": 3, "pcm24": 1, "pcm16": 1}
_PLAIN_GUID_TAIL: Final = bytes.fromhex("00001000800000aa00389b71")
_AMB_GUID_TAIL: Final = bytes.fromhex("2107d3118644c8c1ca000000")
_EXTENSIBLE: Final = 0xFFFE
_UNKNOWN_32: Final = 0xFFFFFFFF


def frame_bytes(layout: SoundLayout) -> int:
    """Return the size in bytes of one frame, the samples of all channels."""
    return layout.channels * SAMPLE_BITS[layout.subtype] // 8


def wav_header(layout: SoundLayout, frames: int | None) -> bytes:
    """Return everything before the samples; its length does not depend on `frames`, so that it can be rewritten.

    None: the length is not known yet. Then it is written as 2**32 - 1, which readers take as "to the end of the file".
    """
    known = 0 if frames is None else frames
    data_bytes = known * frame_bytes(layout)
    chna = _chunk(b"chna", chna_content()) if layout.axml else b""
    body = _bext(layout) + _fmt(layout) + chna + _chunk(b"fact", struct.pack("<I", min(known, _UNKNOWN_32)))
    size_chunk_bytes, riff_header_bytes, data_header_bytes = 36, 12, 8
    before_data = riff_header_bytes + size_chunk_bytes + len(body) + data_header_bytes
    riff_bytes = before_data - 8 + data_bytes + data_bytes % 2 + len(_behind(layout))
    if frames is None:
        riff = struct.pack("<4sI4s", b"RIFF", _UNKNOWN_32, b"WAVE")
        return riff + _chunk(b"JUNK", bytes(28)) + body + struct.pack("<4sI", b"data", _UNKNOWN_32)
    if riff_bytes < _UNKNOWN_32:
        riff = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE")
        sizes = _chunk(b"JUNK", bytes(28))
        return riff + sizes + body + struct.pack("<4sI", b"data", data_bytes)
    riff = struct.pack("<4sI4s", b"BW64" if layout.axml else b"RF64", _UNKNOWN_32, b"WAVE")
    sizes = _chunk(b"ds64", struct.pack("<QQQI", riff_bytes, data_bytes, frames, 0))
    return riff + sizes + body + struct.pack("<4sI", b"data", _UNKNOWN_32)


class WavWriter(SoundWriter):
    """A WAV file; see `SoundWriter` for how it opens, fails and finishes."""

    _file: BinaryIO | None = None

    def add_note(self, note: str) -> None:
        """Add a sentence to the description, which is written again at the end."""
        before = self.layout.description
        after = f"{before} {note}"
        ixml = self.layout.ixml.replace(escape(before), escape(after))
        self.layout = replace(self.layout, description=after, ixml=ixml)

    def _open(self, staged: Path) -> None:
        self._file = open(staged, "wb")
        self._file.write(wav_header(self.layout, None))

    def _append(self, interleaved: NDArray[np.float32] | NDArray[np.int32]) -> None:
        assert self._file is not None
        self._file.write(packed(interleaved, self.layout.subtype))

    def _close(self) -> None:
        assert self._file is not None
        if self.frames * frame_bytes(self.layout) % 2:
            self._file.write(b"\0")
        self._file.write(_behind(self.layout))
        self._file.seek(0)
        self._file.write(wav_header(self.layout, self.frames))
        self._file.close()

    def _abandon(self) -> None:
        if self._file is not None:
            self._file.close()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)


def _fmt(layout: SoundLayout) -> bytes:
    bits = SAMPLE_BITS[layout.subtype]
    frame = frame_bytes(layout)
    basic = struct.pack("<HHIIHH", _EXTENSIBLE, layout.channels, layout.rate_hz, layout.rate_hz * frame, frame, bits)
    sub_format = struct.pack("<I", _FORMAT_TAG[layout.subtype]) + (
        _AMB_GUID_TAIL if layout.is_fuma else _PLAIN_GUID_TAIL
    )
    return _chunk(b"fmt ", basic + struct.pack("<HHI", 22, bits, layout.channel_mask) + sub_format)


def _bext(layout: SoundLayout) -> bytes:
    description = layout.description.encode("ascii", "replace")[:256]
    version, umid_loudness_reserved = 1, bytes(64 + 10 + 180)
    fields = struct.pack(
        "<256s32s32s10s8sQH", description, ORIGINATOR.encode(), b"", b"", b"", layout.time_reference_samples, version
    )
    return _chunk(b"bext", fields + umid_loudness_reserved)


def _behind(layout: SoundLayout) -> bytes:
    """Return the chunks that follow the sound."""
    texts = ((b"iXML", layout.ixml), (b"axml", layout.axml))
    return b"".join(_chunk(name, text.encode("utf-8")) for name, text in texts if text)
