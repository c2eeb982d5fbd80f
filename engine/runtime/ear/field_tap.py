"""The field of a scene's mix on its way from the callback to the meters in the same process: pieces of 40 ms.

Threads: `write` belongs to the callback: it copies and counts, nothing else. `next_block` belongs to the main thread.
Each count has one writer. A reader that comes too late skips to the newest.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.audio import FoaBlock
from engine.contract.conventions import FOA_CHANNELS, LATENT_SAMPLES

_BLOCKS: Final = 16


class FieldTap:
    """A ring of 0.64 s, allocated before the first block."""

    def __init__(self) -> None:
        self._samples = np.zeros((_BLOCKS, FOA_CHANNELS, LATENT_SAMPLES), np.float32)
        self._places: list[tuple[int, int]] = [(0, 0)] * _BLOCKS
        self._written = self._read = 0
        self._epoch, self._start, self._filled = -1, 0, 0

    def write(self, epoch: int, start: int, field: NDArray[np.float32]) -> None:
        """Add a field (4, n) that begins at a sample of the film; one that does not continue begins a new block."""
        if epoch != self._epoch or start != self._start + self._filled:
            self._epoch, self._start, self._filled = epoch, start, 0
        done, n = 0, field.shape[1]
        while done < n:
            count = min(n - done, LATENT_SAMPLES - self._filled)
            block = self._written % _BLOCKS
            self._samples[block, :, self._filled : self._filled + count] = field[:, done : done + count]
            done += count
            self._filled += count
            if self._filled == LATENT_SAMPLES:
                self._places[block] = (self._epoch, self._start)
                self._written += 1
                self._start += LATENT_SAMPLES
                self._filled = 0

    def next_block(self) -> FoaBlock | None:
        """Return the next 40 ms, or None if they are not complete."""
        if self._written - self._read > _BLOCKS - 2:  # the callback may be writing over the oldest
            self._read = self._written - 1
        if self._read == self._written:
            return None
        block = self._read % _BLOCKS
        epoch, start = self._places[block]
        samples = self._samples[block].copy()
        self._read += 1
        return FoaBlock(epoch, start, samples)
