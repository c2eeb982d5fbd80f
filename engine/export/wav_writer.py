"""Streams a WAV file to disk: WAVE_FORMAT_EXTENSIBLE, a chosen channel mask, RF64 beyond 4 GiB, whole or not at all.

Written by hand because the usual libraries stamp a loudspeaker layout on every file of four channels.
Sources: Microsoft "Multiple channel audio data and WAVE files" (2007); EBU Tech 3306 (RF64), 3285 (bext).
"""

import contextlib
import struct
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Literal, Self, get_args

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, InvalidInputError
from engine.files.staging import Staging, refused

Subtype = Literal["float", "pcm24"]

_FORMAT_TAG: Final = {"float": 3, "pcm24": 1}
_SAMPLE_BYTES: Final = {"float": 4, "pcm24": 3}
_PLAIN_GUID_TAIL: Final = bytes.fromhex("00001000800000aa00389b71")
_EXTENSIBLE: Final = 0xFFFE
_UNKNOWN_32: Final = 0xFFFFFFFF


@dataclass(frozen=True)
class WavLayout:
    """What a WAV file holds.

    `channel_mask` 0 means "no loudspeakers". `description` goes into the bext chunk (256 ASCII characters at most),
    `time_reference_samples` is the file's start on the film's timeline; `ixml` is a text that follows the sound.
    No date is written, so that the same sound is the same bytes.
    """

    channels: int
    channel_mask: int
    subtype: Subtype = "float"
    rate_hz: int = SAMPLE_RATE_HZ
    description: str = ""
    time_reference_samples: int = 0
    ixml: str = ""

    def __post_init__(self) -> None:
        if self.subtype not in get_args(Subtype):
            raise InvalidInputError(f"'{self.subtype}' is not a sample format: choose float or pcm24.")

    @property
    def frame_bytes(self) -> int:
        return self.channels * _SAMPLE_BYTES[self.subtype]


def wav_header(layout: WavLayout, frames: int) -> bytes:
    """Return everything before the samples; its length does not depend on `frames`, so that it can be written again."""
    data_bytes = frames * layout.frame_bytes
    body = _bext(layout) + _fmt(layout) + _chunk(b"fact", struct.pack("<I", min(frames, _UNKNOWN_32)))
    size_chunk_bytes, riff_header_bytes, data_header_bytes = 36, 12, 8
    before_data = riff_header_bytes + size_chunk_bytes + len(body) + data_header_bytes
    riff_bytes = before_data - 8 + data_bytes + data_bytes % 2 + len(_ixml(layout))
    if riff_bytes < _UNKNOWN_32:
        riff = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE")
        sizes = _chunk(b"JUNK", bytes(28))
        return riff + sizes + body + struct.pack("<4sI", b"data", data_bytes)
    riff = struct.pack("<4sI4s", b"RF64", _UNKNOWN_32, b"WAVE")
    sizes = _chunk(b"ds64", struct.pack("<QQQI", riff_bytes, data_bytes, frames, 0))
    return riff + sizes + body + struct.pack("<4sI", b"data", _UNKNOWN_32)


class WavWriter:
    """Appends blocks to a WAV file that takes its name only when it is whole.

    With a `staging` the file is one of several outputs: its owner commits them together, after `finish`. Use as a
    context manager: leaving it finishes the file; leaving it by an exception removes what was written. Raises
    ExportError if the place cannot be written, the disk is full, or a block holds values that are no numbers.
    """

    def __init__(self, path: Path, layout: WavLayout, *, staging: Staging | None = None) -> None:
        self._layout = layout
        self._path = path
        outputs = Staging() if staging is None else staging
        self._own = outputs if staging is None else None
        self.frames = 0
        self.clipped_samples = 0
        """Samples beyond full scale that 24-bit PCM cut off; floating point keeps them."""
        self._file: BinaryIO | None = None
        staged = outputs.add_file(path)
        try:
            self._file = open(staged, "wb")
            self._file.write(wav_header(layout, 0))
        except OSError as error:
            self.discard()
            raise refused(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        else:
            self.discard()

    def write(self, samples: NDArray[np.float32]) -> None:
        """Append a block (channels, n)."""
        if self._file is None:
            raise ExportError(f"{self._path} is finished already: nothing more can be written to it.")
        if samples.ndim != 2 or samples.shape[0] != self._layout.channels:
            raise ValueError(f"A block for this file is ({self._layout.channels}, n), not {samples.shape}.")
        if not np.all(np.isfinite(samples)):
            raise ExportError(f"{self._path.name} was not written: the sound holds values that are not numbers.")
        try:
            self._file.write(self._encoded(samples))
        except OSError as error:
            raise refused(self._path, error) from error
        self.frames += samples.shape[1]

    def finish(self) -> None:
        """Write the sizes and give the file its name, unless it waits for others; a second call does nothing."""
        if self._file is None:
            return
        try:
            if self.frames * self._layout.frame_bytes % 2:
                self._file.write(b"\0")
            self._file.write(_ixml(self._layout))
            self._file.seek(0)
            self._file.write(wav_header(self._layout, self.frames))
            self._file.close()
        except OSError as error:
            self.discard()
            raise refused(self._path, error) from error
        self._file = None
        if self._own is not None:
            self._own.commit()

    def discard(self) -> None:
        """Remove what was written; nothing happens if the file is finished."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # a full disk refuses the last buffered bytes
            self._file.close()
        self._file = None
        if self._own is not None:
            self._own.discard()

    def _encoded(self, samples: NDArray[np.float32]) -> bytes:
        interleaved = np.ascontiguousarray(samples.T, "<f4")
        if self._layout.subtype == "float":
            return interleaved.tobytes()
        scaled = np.rint(interleaved.astype(np.float64) * 2.0**23)
        self.clipped_samples += int(np.count_nonzero((scaled > 2**23 - 1) | (scaled < -(2**23))))
        words = np.clip(scaled, -(2**23), 2**23 - 1).astype("<i4")
        return np.ascontiguousarray(words.view(np.uint8).reshape(-1, 4)[:, :3]).tobytes()


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content + b"\0" * (len(content) % 2)


def _fmt(layout: WavLayout) -> bytes:
    bits = 8 * _SAMPLE_BYTES[layout.subtype]
    frame = layout.frame_bytes
    basic = struct.pack("<HHIIHH", _EXTENSIBLE, layout.channels, layout.rate_hz, layout.rate_hz * frame, frame, bits)
    sub_format = struct.pack("<I", _FORMAT_TAG[layout.subtype]) + _PLAIN_GUID_TAIL
    return _chunk(b"fmt ", basic + struct.pack("<HHI", 22, bits, layout.channel_mask) + sub_format)


def _bext(layout: WavLayout) -> bytes:
    description = layout.description.encode("ascii", "replace")[:256]
    version, umid_loudness_reserved = 1, bytes(64 + 10 + 180)
    fields = struct.pack(
        "<256s32s32s10s8sQH", description, b"SwanSphere", b"", b"", b"", layout.time_reference_samples, version
    )
    return _chunk(b"bext", fields + umid_loudness_reserved)


def _ixml(layout: WavLayout) -> bytes:
    return _chunk(b"iXML", layout.ixml.encode("utf-8")) if layout.ixml else b""
