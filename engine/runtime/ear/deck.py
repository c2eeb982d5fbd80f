"""What `Playback` plays from: the live stream's ring, or the mix of a scene."""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.runtime.shared.state import Phase

FADE_SAMPLES: Final = 480
"""10 ms: the length of a fade to silence or back."""


class Deck(Protocol):
    """One take at a time. Everything here runs in the device's callback."""

    @property
    def phase(self) -> Phase:
        """What it does."""

    @property
    def epoch(self) -> int:
        """The take and the iteration that it plays."""

    def begin(self, epoch: int, start: int) -> None:
        """Play another take from a film sample on, from silence."""

    def decide(self, n: int, play: bool, is_silent: bool) -> bool:
        """Return whether the next `n` samples are heard at full level or rising, or fall to silence."""

    def pull(
        self, field: NDArray[np.float32], stereo: NDArray[np.float32], count: int, heard_at_s: float
    ) -> tuple[int, bool]:
        """Put up to `count` samples into a field (4, n) and stereo (2, n) of zeros.

        Returns how many there were, and whether the sound has ended there, so that the fade is at silence.
        """
