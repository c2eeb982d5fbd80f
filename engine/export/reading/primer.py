"""The first or last seconds of a recording as the past that a take continues."""

from collections.abc import Iterator
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
from engine.export.reading.source import SoundSource, check_samples, seek_last

MOST_PATCHES: Final = 20
"""3.2 s: the model remembers 5 s, and has to find its own way in them."""
_LEVEL: Final = 0.05
"""Root mean square of W, that of the scenes the model was trained on. A clip keeps its course, not its level."""
_SILENCE: Final = 1e-3
"""A peak below -60 dB of full scale."""
_SEARCHED_S: Final = 10.0
_READ: Final = round(_SEARCHED_S * SAMPLE_RATE_HZ)
_FRONT: Final = Direction(0.0, 0.0)


def read_primer(path: Path, direction: Direction | None = None, *, from_end: bool = False) -> NDArray[np.float32]:
    """Return up to 3.2 s of a sound file as AmbiX (4, n) at 48 kHz, in whole patches of 160 ms.

    They are the first after any silence at its start, or with `from_end` the last before any silence at its end.

    Mono and stereo are one point source at `direction` (None: the front). Four and more channels are first-order
    sound and keep their own places. Raises MediaError if the file cannot be read, or is too short or silent.
    """
    with closing(open_source(path)) as source:
        channels = source.channels
    if channels == 3:
        raise MediaError(f"{path} has 3 channels: prime with a mono, stereo or first-order recording.")
    if channels >= FOA_CHANNELS:
        field = _field(path, from_end=from_end)
    else:
        field = encode_point(_mono(path, from_end=from_end), direction or _FRONT)
    sounds = np.abs(field[AcnChannel.W]) > _SILENCE
    if field.shape[1] >= PATCH_SAMPLES and not sounds.any():
        which = "last" if from_end else "first"
        raise MediaError(f"{path} is silent for its {which} {_SEARCHED_S:.0f} s: prime with a recording that sounds.")
    if from_end:
        field = field[:, : field.shape[1] - int(sounds[::-1].argmax())]
    else:
        field = field[:, int(sounds.argmax()) :]
    samples = min(field.shape[1] // PATCH_SAMPLES, MOST_PATCHES) * PATCH_SAMPLES
    if samples == 0:
        raise MediaError(f"{path} is shorter than 0.16 s: prime with a recording of 3 s or more.")
    field = field[:, field.shape[1] - samples :] if from_end else field[:, :samples]
    level = float(np.sqrt(np.square(field[AcnChannel.W]).mean()))
    return np.ascontiguousarray(field * np.float32(_LEVEL / level))


def _field(path: Path, *, from_end: bool) -> NDArray[np.float32]:
    with AmbixReader(path, rate_hz=SAMPLE_RATE_HZ) as reader:
        return _found(reader.blocks(_READ, last_s=_SEARCHED_S if from_end else None), FOA_CHANNELS, from_end)


def _mono(path: Path, *, from_end: bool) -> NDArray[np.float32]:
    with closing(open_source(path)) as source:
        if from_end:
            seek_last(source, _SEARCHED_S)
        at_rate = resampled(_mixed(source, path), 1, source.rate_hz, SAMPLE_RATE_HZ)
        mono: NDArray[np.float32] = _found(in_blocks(at_rate, 1, _READ), 1, from_end)[0]
        return mono


def _mixed(source: SoundSource, path: Path) -> Iterator[NDArray[np.float32]]:
    while (block := source.read(_READ)).shape[1]:
        check_samples(block, path)
        yield np.ascontiguousarray(block.mean(axis=0, keepdims=True), np.float32)


def _found(blocks: Iterator[NDArray[np.float32]], channels: int, from_end: bool) -> NDArray[np.float32]:
    """Return the first 10 s of blocks of 10 s, or the last 10 s of all of them."""
    found = next(blocks, np.zeros((channels, 0), np.float32))
    if from_end:
        for block in blocks:
            found = np.concatenate([found, block], axis=1)[:, -_READ:]
    return found
