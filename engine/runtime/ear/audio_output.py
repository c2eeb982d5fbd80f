"""The output: a sound device, or a clock without one."""

from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

BLOCK_SAMPLES: Final = 512
"""Frames per block: 10.7 ms. Set explicitly, because a host's own choice changes from block to block."""

Render = Callable[[NDArray[np.float32], float], None]
"""Fills (n, 2) float32 with the sound to be heard that many seconds from now. Called from one thread."""


class AudioOutput(Protocol):
    """Calls a `Render` for stereo at 48 kHz, at its own pace."""

    @property
    def rate_hz(self) -> int:
        """The rate of the device: the rendered sound is resampled to it."""

    @property
    def latency_s(self) -> float:
        """The time from the request of a block until it is heard."""

    @property
    def gaps(self) -> int:
        """How often the device had nothing to play although sound was ready."""

    @property
    def name(self) -> str:
        """The display name."""

    @property
    def problem(self) -> str:
        """Empty during playback; otherwise a sentence on what happened to the device."""

    @property
    def fault(self) -> Exception | None:
        """An internal error, which no other device would solve."""

    def start(self, render: Render) -> None:
        """Start requesting blocks. Raises DeviceError if the device cannot be opened."""

    def stop(self) -> None:
        """Stop requesting blocks, within a second even if the device has disappeared. May be called twice."""
