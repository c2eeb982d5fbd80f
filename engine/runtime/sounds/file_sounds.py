"""The beginning of a sound file of the user's, for both ears."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from engine.ambisonics.binaural import BinauralRenderer
from engine.ambisonics.binaural_file import load_filters
from engine.contract.conventions import FOA_CHANNELS, SAMPLE_RATE_HZ
from engine.contract.errors import CancelledError, MediaError
from engine.export.reading.recording import RecordingReader
from engine.runtime.sounds.messages import Stereo

LONGEST_S: Final = 20.0
_LOUDEST: Final = 1.0


def file_sound(path: Path, cancelled: Callable[[], bool] = lambda: False) -> Stereo:
    """Return the first 20 s of a file: mono in the middle, stereo as it is, a field facing the front.

    Its level stays, unless its peak would clip. Raises MediaError or CancelledError.
    """
    most = round(LONGEST_S * SAMPLE_RATE_HZ)
    blocks, samples = [], 0
    with RecordingReader(path) as reader:
        for block in reader.blocks():
            if cancelled():
                raise CancelledError("Another sound is wanted.")
            blocks.append(block)
            samples += block.shape[1]
            if samples >= most:
                break
    if not samples:
        raise MediaError(f"{path.name} holds no sound.")
    sound = np.concatenate(blocks, axis=1)[:, :most]
    if len(sound) == FOA_CHANNELS:
        stereo = BinauralRenderer(load_filters()).process(sound)
    else:
        stereo = np.broadcast_to(sound, (2, sound.shape[1]))
    peak = float(np.max(np.abs(stereo)))
    return np.ascontiguousarray((stereo * min(1.0, _LOUDEST / max(peak, 1e-9))).T, np.float32)
