"""Streams a CAF file to disk: any length, with the layout of its channels and a note, whole or not at all.

Until it is finished its header says that the length is unknown, which readers take as "to the end of the file".
Source: Apple, "Core Audio Format Specification 1.0"; the layout tags are those of CoreAudioTypes.
"""

import struct
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS
from engine.export.ixml import ORIGINATOR
from engine.export.quantising import SAMPLE_BITS, packed
from engine.export.sound_writer import SoundLayout, SoundWriter

_STEREO: Final = (101 << 16) | 2
_ACN_SN3D: Final = (190 << 16) | FOA_CHANNELS
_DISCRETE: Final = 147 << 16
_IS_FLOAT, _IS_LITTLE_ENDIAN = 1, 2
_EDIT_COUNT: Final = bytes(4)


def caf_header(layout: SoundLayout, frames: int | None) -> bytes:
    """Return everything before the samples; its length does not depend on `frames` (None: not known yet)."""
    bits = SAMPLE_BITS[layout.subtype]
    flags = _IS_LITTLE_ENDIAN | (_IS_FLOAT if layout.subtype == "float" else 0)
    frame_bytes = layout.channels * bits // 8
    described = struct.pack(">d4sIIIII", layout.rate_hz, b"lpcm", flags, frame_bytes, 1, layout.channels, bits)
    notes = {"comments": layout.description, "encoding application": ORIGINATOR}
    if layout.time_reference_samples:
        notes["time reference"] = str(layout.time_reference_samples)
    texts = b"".join(f"{name}\0{text}\0".encode() for name, text in notes.items())
    length = -1 if frames is None else len(_EDIT_COUNT) + frames * frame_bytes
    return (
        struct.pack(">4sHH", b"caff", 1, 0)
        + _chunk(b"desc", described)
        + _chunk(b"chan", struct.pack(">III", layout_tag(layout.channels), 0, 0))
        + _chunk(b"info", struct.pack(">I", len(notes)) + texts)
        + struct.pack(">4sq", b"data", length)
        + _EDIT_COUNT
    )


def layout_tag(channels: int) -> int:
    """Return the tag for the layout of two, four or six channels: stereo, ACN in SN3D, or no layout."""
    return {2: _STEREO, FOA_CHANNELS: _ACN_SN3D}.get(channels, _DISCRETE | channels)


class CafWriter(SoundWriter):
    """A CAF file; see `SoundWriter` for how it opens, fails and finishes."""

    _file: BinaryIO | None = None

    def _open(self, staged: Path) -> None:
        self._file = open(staged, "xb")
        self._file.write(caf_header(self.layout, None))

    def _append(self, interleaved: NDArray[np.float32] | NDArray[np.int32]) -> None:
        assert self._file is not None
        self._file.write(packed(interleaved, self.layout.subtype))

    def _close(self) -> None:
        assert self._file is not None
        self._file.seek(0)
        self._file.write(caf_header(self.layout, self.frames))
        self._file.close()

    def _abandon(self) -> None:
        if self._file is not None:
            self._file.close()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">4sq", name, len(content)) + content
