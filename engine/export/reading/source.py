"""An open sound file of any format: channels, rate, and its samples from start to end."""

from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.errors import MediaError

Convention = Literal["ambix", "fuma", "n3d", "a-format"]
"""The convention of four channels: AmbiX (ACN, SN3D), classic FuMa (W, X, Y, Z), ACN with N3D, or the four capsules
of a tetrahedral microphone (FLU, FRD, BLD, BRU)."""

Block = NDArray[np.float32]

MOST_CHANNELS: Final = 256
LOWEST_RATE_HZ: Final = 4_000
HIGHEST_RATE_HZ: Final = 768_000
_LARGEST_SAMPLE: Final = 1e12
"""240 dB above full scale: some programs write floating point in the range of whole numbers, up to 2**31."""


class SoundSource(Protocol):
    """An open sound file.

    `frames` are the available ones (a compressed file may hold a few more or less), `promised` those in its header:
    more if the file is cut off. `has_pictures` marks a film.

    `notices` describe oddities: each becomes a sentence if the file's name is put before it.

    `container` and `subtype` are display names ("WAV", "24-bit PCM"). `says` is the convention that the file
    itself states, or None.
    """

    channels: int
    rate_hz: int
    frames: int
    promised: int
    has_pictures: bool
    can_seek: bool
    container: str
    subtype: str
    says: Convention | None
    notices: tuple[str, ...]

    def read(self, frames: int) -> Block:
        """Return the next samples (C, n), n at most `frames` and 0 only at the end. Raises MediaError for damage."""

    def seek(self, frame: int) -> None:
        """Continue reading from a frame; only from 0 unless `can_seek`. Raises MediaError."""

    def close(self) -> None:
        """Close the file."""


def check_source(source: SoundSource, name: str) -> None:
    """Raise MediaError for a number of channels or a rate that no recording has: a header is not to be trusted."""
    if not 1 <= source.channels <= MOST_CHANNELS:
        raise MediaError(f"{name} has {source.channels} channels: use first-order sound (4 channels).")
    if not LOWEST_RATE_HZ <= source.rate_hz <= HIGHEST_RATE_HZ:
        raise MediaError(f"{name} states an impossible rate of {source.rate_hz} Hz: export it at 48000 Hz.")


def seek_last(source: SoundSource, seconds: float) -> None:
    """Continue reading some seconds before the end; from the start if the file cannot be seeked. Raises MediaError."""
    source.seek(max(0, source.frames - round(seconds * source.rate_hz)) if source.can_seek else 0)


def check_samples(block: Block, path: Path) -> None:
    """Raise MediaError for samples that no sound has: not numbers, or too large to be measured."""
    if not np.all(np.abs(block) <= _LARGEST_SAMPLE):  # also for NaN
        what = "values that no sound has" if np.all(np.isfinite(block)) else "values that are not numbers"
        raise MediaError(f"{path} is damaged: it holds {what}.")
