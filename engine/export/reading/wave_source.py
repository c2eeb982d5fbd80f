"""Plain PCM and floating point from a WAV or Wave64 file, at the position given by its chunks."""

from pathlib import Path
from typing import Final

import numpy as np

from engine.contract.errors import MediaError
from engine.export.reading.riff import FLOAT, WaveFacts
from engine.export.reading.source import Block, Convention

_LARGEST_READ_BYTES: Final = 1 << 24


class WaveSource:
    """Implements SoundSource for a file whose `WaveFacts.is_plain`. Raises OSError if it cannot be opened."""

    can_seek, has_pictures = True, False

    def __init__(self, path: Path, facts: WaveFacts) -> None:
        self._path, self._facts = path, facts
        self._frame_bytes = facts.channels * facts.sample_bytes
        self._file = open(path, "rb")
        self._at = 0
        self.channels, self.rate_hz, self.frames = facts.channels, facts.rate_hz, facts.frames
        self.promised = facts.promised_bytes // self._frame_bytes
        self.container = "WAV"
        kind = "floating point" if facts.format_tag == FLOAT else "PCM"
        self.subtype = f"{8 * facts.sample_bytes}-bit {kind}"
        self.says: Convention | None = None
        if facts.says_fuma:
            self.says = "fuma"
        elif facts.says_n3d or facts.says_ambix:
            self.says = "n3d" if facts.says_n3d else "ambix"
        self.notices: tuple[str, ...] = (facts.notice,) if facts.notice else ()
        self.seek(0)

    def read(self, frames: int) -> Block:
        """Return the next samples (C, n) as floating point in -1..1."""
        most = max(1, _LARGEST_READ_BYTES // self._frame_bytes)
        wanted = max(0, min(frames, most, self._facts.frames - self._at))
        try:
            raw = self._file.read(wanted * self._frame_bytes)
        except OSError as error:
            raise MediaError(f"{self._path} is damaged: it could not be read to its end.") from error
        whole = len(raw) // self._frame_bytes
        self._at += whole
        raw = raw[: whole * self._frame_bytes]
        return np.ascontiguousarray(self._decoded(raw).reshape(whole, self.channels).T)

    def seek(self, frame: int) -> None:
        """Continue reading from a frame."""
        self._at = min(frame, self._facts.frames)
        self._file.seek(self._facts.data_at + self._at * self._frame_bytes)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _decoded(self, raw: bytes) -> Block:
        """Return the samples of a stretch of the file, still interleaved; scaled as libsndfile does."""
        size, order = self._facts.sample_bytes, ">" if self._facts.big_endian else "<"
        if self._facts.format_tag == FLOAT:
            with np.errstate(over="ignore"):  # beyond float32 it is infinite, and the reader reports it as damage
                return np.frombuffer(raw, f"{order}f{size}").astype(np.float32)
        if size == 1:
            return (np.frombuffer(raw, np.uint8).astype(np.float32) - 128.0) / 128.0
        if size == 3:
            words = np.zeros((len(raw) // 3, 4), np.uint8)
            words[:, slice(0, 3) if order == ">" else slice(1, 4)] = np.frombuffer(raw, np.uint8).reshape(-1, 3)
            raw, size = words.tobytes(), 4
        scale = np.float32(2.0 ** (1 - 8 * size))
        return np.frombuffer(raw, f"{order}i{size}").astype(np.float32) * scale
