"""The first seconds of a recording as the past that a generated bed continues."""

from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.encoding import encode_point
from engine.contract.conventions import FOA_CHANNELS, PATCH_SAMPLES, SAMPLE_RATE_HZ, AcnChannel
from engine.contract.directions import Direction
from engine.contract.errors import MediaError
from engine.export.reading.ambix_reader import AmbixReader
from engine.export.reading.opening import open_source
from engine.export.reading.resample import in_blocks, resampled

MOST_PATCHES: Final = 20
"""3.2 s: the model remembers 5 s, and has to find its own way in them."""
_LEVEL: Final = 0.05
"""Root mean square of W, that of the scenes the model was trained on. A clip keeps its course, not its level."""
_SILENCE: Final = 1e-3
"""A peak below -60 dB of full scale."""
_SEARCHED_S: Final = 10.0
_READ: Final = round(_SEARCHED_S * SAMPLE_RATE_HZ)
_FRONT: Final = Direction(0.0, 0.0)


def read_primer(path: Path, direction: Direction | None = None) -> NDArray[np.float32]:
    """Return up to 3.2 s of a sound file, from where it begins to sound, as AmbiX (4, n) at 48 kHz.

    They are whole patches of 160 ms.

    Mono and stereo are one point source at `direction` (None: the front). Four and more channels are first-order
    sound and keep their own places. Raises MediaError if the file cannot be read, or is too short or silent.
    """
    with closing(open_source(path)) as source:
        channels = source.channels
    if channels == 3:
        raise MediaError(f"{path} has 3 channels: prime with a mono, stereo or first-order recording.")
    field = _field(path) if channels >= FOA_CHANNELS else encode_point(_mono(path), direction or _FRONT)
    sounds = np.abs(field[AcnChannel.W]) > _SILENCE
    if field.shape[1] >= PATCH_SAMPLES and not sounds.any():
        raise MediaError(f"{path} is silent for its first {_SEARCHED_S:.0f} s: prime with a recording that sounds.")
    field = field[:, int(sounds.argmax()) :]
    samples = min(field.shape[1] // PATCH_SAMPLES, MOST_PATCHES) * PATCH_SAMPLES
    if samples == 0:
        raise MediaError(f"{path} is shorter than 0.16 s: prime with a recording of 3 s or more.")
    level = float(np.sqrt(np.square(field[AcnChannel.W, :samples]).mean()))
    return np.ascontiguousarray(field[:, :samples] * np.float32(_LEVEL / level))


def _field(path: Path) -> NDArray[np.float32]:
    with AmbixReader(path, rate_hz=SAMPLE_RATE_HZ) as reader:
        return next(reader.blocks(_READ), np.zeros((FOA_CHANNELS, 0), np.float32))


def _mono(path: Path) -> NDArray[np.float32]:
    with closing(open_source(path)) as source:
        block = source.read(round(_SEARCHED_S * source.rate_hz))
        if not np.all(np.isfinite(block)):
            raise MediaError(f"{path} is damaged: it holds values that are not numbers.")
        mono = np.ascontiguousarray(block.mean(axis=0, keepdims=True), np.float32)
        at_rate = resampled(iter([mono]), 1, source.rate_hz, SAMPLE_RATE_HZ)
        found = next(in_blocks(at_rate, 1, _READ), np.zeros((1, 0), np.float32))
        mono_found: NDArray[np.float32] = found[0]
        return mono_found
