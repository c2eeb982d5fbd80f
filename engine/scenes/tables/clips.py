"""Reads a clip: by libsndfile, or by FFmpeg if that stops. libsndfile refuses some sound Opus files as malformed."""

from pathlib import Path
from typing import Final

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import MediaError
from engine.media.container import MediaFile, decoded_sound
from engine.media.sounds import samples_of

LONGEST_S: Final = 900.0
"""Longer clips are refused: a file may state any length, and a clip is held in memory whole."""


def read_clip(path: Path) -> NDArray[np.float32]:
    """Return the samples (N, C) of a clip at 48 kHz.

    Raises MediaError if it cannot be read, is longer than 15 minutes or has another rate.
    """
    if not path.is_file():
        raise MediaError(f"{path} cannot be read (there is no such file): add it or remove its row.")
    try:
        with sf.SoundFile(path) as file:
            _check(path, file.samplerate, file.frames)
            # Without it libsndfile does not leave out the first samples of an Opus file that are not part of it.
            file.seek(0)
            wave: NDArray[np.float32] = file.read(dtype="float32", always_2d=True)
            return wave
    except (sf.LibsndfileError, OSError) as error:
        return _by_ffmpeg(path, error)


def _by_ffmpeg(path: Path, error: Exception) -> NDArray[np.float32]:
    unreadable = f"{path} cannot be read ({error}): repair it or remove its row."
    try:
        with MediaFile(path) as media:
            sound = next(iter(media.sounds), None)
            if sound is None:
                raise MediaError(unreadable)
            blocks, count = [], 0
            for packet in media.packets(sound):
                for frame in decoded_sound(packet):
                    block = samples_of(frame)
                    _check(path, frame.sample_rate, count := count + block.shape[1])
                    blocks.append(block)
    except MediaError as reason:
        if str(path) in str(reason):
            raise
        raise MediaError(unreadable) from error
    if not blocks or len({len(block) for block in blocks}) != 1:
        raise MediaError(unreadable) from error
    return np.ascontiguousarray(np.concatenate(blocks, axis=1).T)


def _check(path: Path, rate_hz: int, frames: int) -> None:
    if rate_hz != SAMPLE_RATE_HZ:
        raise MediaError(f"{path} is at {rate_hz} Hz: convert it to {SAMPLE_RATE_HZ} Hz.")
    if frames > LONGEST_S * SAMPLE_RATE_HZ:
        raise MediaError(f"{path} is longer than {LONGEST_S / 60:.0f} minutes: cut it into pieces.")
