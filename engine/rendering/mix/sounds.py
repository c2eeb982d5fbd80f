"""The sound of a block before it is mixed: its samples, how loud it is as a whole, and where it shows its sources."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import SourceLevel
from engine.ambisonics.turning.shown import Shown


class Samples(Protocol):
    """Samples at 48 kHz that can be read from anywhere."""

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return samples (C, count) from `start` on; silence before the first and after the last."""


class ArraySamples:
    """The samples of an array (C, N) float32, which may be mapped from a file."""

    def __init__(self, array: NDArray[np.float32]) -> None:
        self._array = array

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return samples (C, count); see `Samples`."""
        total = self._array.shape[1]
        first, last = min(max(start, 0), total), min(max(start + count, 0), total)
        out = np.zeros((self._array.shape[0], count), np.float32)
        out[:, first - start : last - start] = self._array[:, first:last]
        return out


@dataclass(frozen=True, eq=False)
class FieldFacts:
    """What is known about a field: where it shows its sound, and the share of its energy that has a direction (0..1).

    `follows_path`: a path says where the sound is, so the field is turned by what it shows: a take. Otherwise the path
    says where the front of the field is: a recording.
    """

    shown: Shown
    share: float
    follows_path: bool


@dataclass(frozen=True, eq=False)
class BlockSound:
    """The sound of a block, a take or a recording as a whole: before turning, gain and fades.

    `channels` is 1 (mono), 2 (stereo) or 4 (AmbiX, then with `field`). `level` is that of the whole take or file, so
    that trimming and splitting change no level. Raises ValueError if they do not fit together.
    """

    channels: int
    samples: Samples
    level: SourceLevel
    field: FieldFacts | None = None

    def __post_init__(self) -> None:
        """Check the channels."""
        if self.channels not in (1, 2, 4) or (self.channels == 4) != (self.field is not None):
            raise ValueError(f"A sound of {self.channels} channels cannot be mixed, or its field is not known.")
