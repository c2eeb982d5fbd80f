"""What was heard, on its way from the device's callback to the meter in the same process.

Threads: `write` and `rest` belong to the callback: they copy and count, nothing else. `next_piece` belongs to the main
thread. Each count has one writer. A reader that comes too late for a piece skips to the newest.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import SAMPLE_RATE_HZ

PIECE_SAMPLES: Final = SAMPLE_RATE_HZ // 10
CHANNELS: Final = 3
"""Left, right and W."""
_PIECES: Final = 10
_SILENCE_SAMPLES: Final = 31 * PIECE_SAMPLES
"""So much silence is passed on after a sound that its short loudness (3 s) falls to nothing; then the meter rests."""


class HeardTap:
    """A ring of one second, allocated before the first block."""

    def __init__(self) -> None:
        self._ring = np.zeros((CHANNELS, _PIECES * PIECE_SAMPLES), np.float32)
        self._written = 0
        self._read = 0
        self._silent_samples = _SILENCE_SAMPLES

    def write(self, ears: NDArray[np.float32], w: NDArray[np.float32]) -> None:
        """Add a block: what both ears hear (2, n), and W (n,)."""
        self._silent_samples = 0
        self._put(ears, w)

    def rest(self, samples: int) -> None:
        """Add silence, for three seconds after the last sound."""
        if self._silent_samples < _SILENCE_SAMPLES:
            self._silent_samples += samples
            self._put(None, None, samples)

    def next_piece(self) -> NDArray[np.float32] | None:
        """Return the next 100 ms (3, 4800), left, right and W, or None if they are not complete."""
        ready = self._written - self._read
        if ready < PIECE_SAMPLES:
            return None
        if ready > (_PIECES - 1) * PIECE_SAMPLES:  # the callback may be writing over the oldest piece
            self._read += (ready // PIECE_SAMPLES - 1) * PIECE_SAMPLES
        begin = self._read % self._ring.shape[1]
        piece = self._ring[:, begin : begin + PIECE_SAMPLES].copy()
        self._read += PIECE_SAMPLES
        return piece

    def _put(self, ears: NDArray[np.float32] | None, w: NDArray[np.float32] | None, samples: int = 0) -> None:
        n = samples if w is None else w.shape[0]
        at, size = self._written % self._ring.shape[1], self._ring.shape[1]
        done = 0
        while done < n:
            count = min(n - done, size - at)
            self._ring[:2, at : at + count] = 0.0 if ears is None else ears[:, done : done + count]
            self._ring[2, at : at + count] = 0.0 if w is None else w[done : done + count]
            done, at = done + count, (at + count) % size
        self._written += n
