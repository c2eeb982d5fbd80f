"""What the silent output would have played, as a file from the first sound on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import ExportError, WorkerError
from engine.export.sound_writer import SoundLayout
from engine.export.wav_writer import WavWriter

_LEFT_RIGHT = 0x3


@dataclass(frozen=True, eq=False)
class HeardSound:
    """`samples` is (2, N) float32 at 48 kHz; `waited_s` is the silence before it, while the engine got ready."""

    samples: NDArray[np.float32]
    waited_s: float


def read_heard(capture_dir: Path) -> HeardSound:
    """Return the capture of a session that has been closed. Raises WorkerError where there is none."""
    try:
        played, _ = soundfile.read(capture_dir / "played.wav", dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError):
        message = "The silent output left no recording: run it again, and see the log if it stays so."
        raise WorkerError(message) from None
    return _from_first_sound(played.T)


def _from_first_sound(played: NDArray[np.float32]) -> HeardSound:
    sounding = np.flatnonzero(np.any(played != 0.0, axis=0))
    if sounding.size == 0:
        return HeardSound(played[:, :0], played.shape[1] / SAMPLE_RATE_HZ)
    first, last = int(sounding[0]), int(sounding[-1])
    return HeardSound(np.ascontiguousarray(played[:, first : last + 1]), first / SAMPLE_RATE_HZ)


def write_heard(file: Path, heard: HeardSound) -> None:
    """Write a stereo WAV. Raises ExportError."""
    if heard.samples.shape[1] == 0:
        raise ExportError(f"{file} was not written: nothing could be heard.")
    with WavWriter(file, SoundLayout(2, _LEFT_RIGHT)) as writer:
        writer.write(heard.samples)
