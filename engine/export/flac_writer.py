"""FLAC files for sound fields and binaural sound; a note in the file describes its channels."""

import errno
import os
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
from numpy.typing import NDArray

from engine.export.quantising import SAMPLE_BITS
from engine.export.sound_writer import SoundWriter
from engine.files.native_name import native_name

_SUBTYPES: Final = {24: "PCM_24", 16: "PCM_16"}


class FlacWriter(SoundWriter):
    """A FLAC file; see `SoundWriter` for how it opens, fails and finishes."""

    _file: soundfile.SoundFile | None = None

    def _open(self, staged: Path) -> None:
        self._staged = staged
        open(staged, "xb").close()  # the system gives the reason for a failure, libsndfile does not
        rate_hz, channels = self.layout.rate_hz, self.layout.channels
        bits = SAMPLE_BITS[self.layout.subtype]
        self._file = soundfile.SoundFile(
            native_name(staged), "w", rate_hz, channels, subtype=_SUBTYPES[bits], format="FLAC"
        )
        note = self.layout.description
        if self.layout.time_reference_samples:
            note += f" Time reference: {self.layout.time_reference_samples} samples."
        self._file.comment = note
        self._file.software = "SwanSphere"

    def _append(self, interleaved: NDArray[np.float32] | NDArray[np.int32]) -> None:
        assert self._file is not None
        try:
            shift = 32 - SAMPLE_BITS[self.layout.subtype]
            self._file.write(np.left_shift(interleaved.astype(np.int32, copy=False), shift))
        except (soundfile.SoundFileError, AssertionError) as error:  # libsndfile gives no reason
            raise _unwritten() from error

    def _close(self) -> None:
        assert self._file is not None
        try:
            self._file.close()
            there = soundfile.info(native_name(self._staged)).frames
        except soundfile.SoundFileError as error:
            raise _unwritten() from error
        if there != self.frames:  # a full disk may only show up here
            raise _unwritten()

    def _abandon(self) -> None:
        if self._file is not None and not self._file.closed:
            try:
                self._file.close()
            except soundfile.SoundFileError as error:
                raise _unwritten() from error


def _unwritten() -> OSError:
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
