"""The capture of the silent output as a file, from the first sound to the last, with measurements."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.headless.report import Level
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, MediaError, WorkerError
from engine.export.reading.opening import open_source
from engine.export.sound_writer import SoundLayout
from engine.export.wav_writer import WavWriter

_LEFT_RIGHT = 0x3
_READ_SAMPLES = 48_000
_SHORTEST_GAP_S = 0.005


@dataclass(frozen=True)
class HeardSound:
    """`waited_s` is the silence before the sound, while the engine started; `gaps` are (start_s, length_s) in it."""

    seconds: float
    waited_s: float
    gaps: list[tuple[float, float]]
    level_dbfs: float


class SoundingStretch:
    """Finds the sound between the first and the last non-zero sample, and every gap of at least 5 ms of exact zeros.

    Generated sound is never exactly 0 for that long; a buffer that ran dry is.
    """

    def __init__(self) -> None:
        self.waited = self.length = self._silent = 0
        self.gaps: list[tuple[float, float]] = []

    def feed(self, stereo: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the part of a block (2, n), and of the silence before it, that counts: up to its last sound."""
        sounding = np.flatnonzero(np.any(stereo != 0.0, axis=0))
        if sounding.size == 0:
            self._wait(stereo.shape[1])
            return stereo[:, :0]
        self._wait(int(sounding[0]))
        # Silent stretches lie before the first sound of the block, and between one sound and the next.
        between = np.diff(sounding) - 1
        before = self.length + self._silent - sounding[0]
        for silent, start in ((self._silent, self.length), *zip(between, before + sounding[:-1] + 1, strict=True)):
            if silent >= _SHORTEST_GAP_S * SAMPLE_RATE_HZ:
                self.gaps.append((float(start / SAMPLE_RATE_HZ), float(silent / SAMPLE_RATE_HZ)))
        silence = np.zeros((2, self._silent), np.float32)
        heard = np.concatenate([silence, stereo[:, sounding[0] : sounding[-1] + 1]], axis=1)
        self.length += heard.shape[1]
        self._silent = stereo.shape[1] - int(sounding[-1]) - 1
        return heard

    def _wait(self, samples: int) -> None:
        if self.length:
            self._silent += samples
        else:
            self.waited += samples


def write_heard(capture_dir: Path, file: Path) -> HeardSound:
    """Write the capture of a closed session as a stereo WAV, one second at a time, and return its measures.

    Raises WorkerError if there is no capture, and ExportError if it is silent or the file cannot be written.
    """
    try:
        source = open_source(capture_dir / "played.wav")
    except MediaError:
        message = "The played sound was not recorded: run the command again. If it fails again, see the log."
        raise WorkerError(message) from None
    stretch, level = SoundingStretch(), Level()
    with closing(source), WavWriter(file, SoundLayout(2, _LEFT_RIGHT)) as writer:
        while (block := source.read(_READ_SAMPLES)).shape[1]:
            heard = stretch.feed(block)
            level.feed(heard)
            writer.write(heard)
        if stretch.length == 0:
            raise ExportError(f"{file} was not written, because nothing was heard: play for longer with --seconds.")
    return HeardSound(stretch.length / SAMPLE_RATE_HZ, stretch.waited / SAMPLE_RATE_HZ, stretch.gaps, level.dbfs)
