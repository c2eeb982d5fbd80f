"""Formats that libsndfile reads: FLAC, AIFF, CAF, Ogg, Opus, and WAV that is not plain PCM."""

import contextlib
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from engine.contract.errors import MediaError
from engine.export.reading.source import Block, Convention
from engine.export.reading.wave_notes import caf_notes
from engine.files.native_name import native_name

_LARGEST_READ_SAMPLES: Final = 1 << 22


class SndfileSource:
    """Implements SoundSource. Raises SoundFileError if libsndfile cannot read the file."""

    can_seek, has_pictures = True, False

    def __init__(self, path: Path, says: Convention | None = None) -> None:
        self._path = path
        self._file = soundfile.SoundFile(native_name(path))
        if self._file.format == "OGG":
            # Before the first seek, libsndfile reads the samples of an Opus file that come before its beginning.
            self._file.seek(0)
        self.channels, self.rate_hz = self._file.channels, self._file.samplerate
        self.frames = self.promised = self._file.frames
        self.container, self.subtype = self._file.format, self._file.subtype_info
        self.says: Convention | None = says or self._said()
        self.notices: tuple[str, ...] = ()

    def read(self, frames: int) -> Block:
        """Return the next samples (C, n)."""
        most = max(1, _LARGEST_READ_SAMPLES // self.channels)
        try:
            block = self._file.read(min(frames, most), dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, ValueError) as error:
            raise MediaError(f"{self._path} is damaged: it could not be read to its end.") from error
        return np.ascontiguousarray(block.T)

    def seek(self, frame: int) -> None:
        """Continue reading from a frame."""
        try:
            self._file.seek(frame)
        except (soundfile.SoundFileError, ValueError) as error:
            raise MediaError(f"{self._path} is damaged: it could not be read to its end.") from error

    def close(self) -> None:
        """Close the file."""
        with contextlib.suppress(soundfile.SoundFileError):
            self._file.close()

    def _said(self) -> Convention | None:
        if self.container == "OGG":
            return "ambix" if _is_ambisonic_opus(self._path) else None
        if self.container == "CAF":
            notes = caf_notes(self._path)
            if notes is None:
                return None
            return "n3d" if notes.says_n3d else "ambix" if notes.says_ambix else None
        return "ambix" if self.container == "FLAC" and "AmbiX" in self._file.comment else None


def _is_ambisonic_opus(path: Path) -> bool:
    """Return whether an Opus file has channel mapping family 2 or 3, ambisonics in AmbiX (RFC 8486)."""
    first_packet, family = 28, 18
    with open(path, "rb") as file:
        start = file.read(first_packet + family + 1)
    return start[first_packet:].startswith(b"OpusHead") and start[-1] in (2, 3)
