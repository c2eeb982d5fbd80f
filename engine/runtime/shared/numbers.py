"""The memory of the numbers that processes share, by name: see `state.py` for what they mean."""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS
from engine.runtime.shared.block import Fence, SharedBlock


class Whole(IntEnum):
    """The whole numbers, 8 bytes each."""

    WANTED_EPOCH = 0
    WANTED_START = 1
    PLAY = 2
    LOOP = 3
    CLOCK_SEQUENCE = 4
    CLOCK_EPOCH = 5
    CLOCK_FROM = 6
    CLOCK_UNTIL = 7
    LAP_START = 8
    PHASE = 9
    UNDERRUNS = 10
    UNDERRUN_SAMPLES = 11
    PLAYED_SAMPLES = 12
    CALLBACKS = 13
    PRODUCED_EPOCH = 14
    PRODUCED_UNTIL = 15
    AUDIBLE = 16
    GENERATION_BEATS = 17
    AUDIO_BEATS = 18
    OPENING_DEVICE = 19
    DEVICE_GAPS = 20
    WANTED_SCENE = 21
    PRIMED_EPOCH = 22
    MISSING_SAMPLES = 23
    MISSES = 24
    LOOP_START = 25
    LOOP_END = 26
    SCENE_VERSION = 27
    PRIMED_VERSION = 28


class Real(IntEnum):
    """The real numbers, 8 bytes each."""

    CLOCK_HEARD_AT = 0
    VOLUME = 1
    YAW = 2
    PITCH = 3
    ROLL = 4
    UPRIGHT_YAW = 5
    UPRIGHT_PITCH = 6
    UPRIGHT_ROLL = 7
    CHANNEL_GAINS = 8  # four, in ACN order; the last


_WHOLE_BYTES: Final = 8 * len(Whole)
_REALS: Final = Real.CHANNEL_GAINS + FOA_CHANNELS


class SharedNumbers:
    """The numbers as arrays. Made by the session (name None), attached to by the children."""

    def __init__(self, name: str | None = None) -> None:
        self._block = SharedBlock(name, _WHOLE_BYTES + 8 * _REALS)
        self._ints = self._block.array(np.int64, (len(Whole),), 0)
        self._floats = self._block.array(np.float64, (_REALS,), _WHOLE_BYTES)
        self.channel_gains: NDArray[np.float64] = self._floats[Real.CHANNEL_GAINS :]
        """The gains (4,) of the channels at the ear; written by the session, without a copy."""
        self._fence = Fence()

    @property
    def name(self) -> str:
        """The name by which another process opens the numbers."""
        return self._block.name

    def close(self) -> None:
        """Close them; after this nothing may be read or written."""
        if hasattr(self, "_ints"):
            del self._ints, self._floats, self.channel_gains
        self._block.close()
