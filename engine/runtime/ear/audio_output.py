"""What plays: a sound device, or a clock without one."""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK_SAMPLES: Final = 512
"""Frames a block: 10.7 ms. Set explicitly, because a host's own choice changes from block to block."""

Render = Callable[[NDArray[np.float32], float], None]
"""Fills (n, 2) float32 with what is heard so many seconds from now. Called from one thread."""


class AudioOutput(Protocol):
    """Asks a `Render` for stereo at 48 kHz, at the pace of its own clock."""

    @property
    def rate_hz(self) -> int:
        """The rate that the device takes: what is rendered is resampled to it."""

    @property
    def latency_s(self) -> float:
        """How long after it was asked for a block is heard."""

    @property
    def gaps(self) -> int:
        """How often the device had nothing to play, though the sound was there."""

    @property
    def name(self) -> str:
        """What the user knows it by."""

    @property
    def problem(self) -> str:
        """Empty while it plays; else a sentence that says what happened to the device."""

    @property
    def fault(self) -> Exception | None:
        """An error of the program itself, which no other device would mend."""

    def start(self, render: Render) -> None:
        """Begin to ask. Raises DeviceError where the device cannot be opened."""

    def stop(self) -> None:
        """Ask no more, within a second even where the device has gone. May be called twice."""
