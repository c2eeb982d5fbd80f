"""A sound of a scene's mix, read from the pool of pieces. What is not there in time is silence, faded and counted.

Threads: belongs to the device's callback; the audio process's main thread reads the counts.
"""

import numpy as np
from numpy.typing import NDArray

from engine.rendering.mix.ticks import RAMP
from engine.runtime.shared.sound_pool import PIECE_SAMPLES, PoolReader, piece_key


class FedSamples:
    """Implements `Samples` for one block. `samples` is the length of its sound, None while it grows.

    A tick is faded out if the next one is not there, and the first one after a pause is faded in: nothing clicks. With
    nothing missing, the samples are those of the take.
    """

    def __init__(self, pool: PoolReader, number: int, channels: int, samples: int | None) -> None:
        self.missed_samples = 0
        """How many samples were due and not there."""
        self.misses = 0
        """How often the sound fell silent for that."""
        self._pool, self._number, self._channels, self._samples = pool, number, channels, samples
        self._next, self._is_heard = -1, True
        self._place = 0

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Return samples (C, count), count up to 480; see `Samples`."""
        out = np.zeros((self._channels, count), np.float32)
        was_heard = self._is_heard or start != self._next
        self._next = start + count
        is_there = self._fill(out, start, count)
        self._is_heard = is_there and self._is_there(start + count, count)
        if not is_there or not (was_heard or self._is_heard):
            out[:] = 0.0
            self.missed_samples += count
            self.misses += was_heard
        elif was_heard and not self._is_heard:
            out *= RAMP[count - 1 :: -1]
            self.misses += 1
        elif not was_heard:
            out *= RAMP[:count]
        return out

    def _fill(self, out: NDArray[np.float32], start: int, count: int) -> bool:
        first, last = self._within(start, count)
        while first < last:
            piece, offset = divmod(first, PIECE_SAMPLES)
            length = min(PIECE_SAMPLES - offset, last - first)
            key = piece_key(self._number, piece)
            place = self._pool.place_of(key, self._place)
            if place < 0 or not self._pool.copy(place, key, offset, out[:, first - start : first - start + length]):
                return False
            self._place = place
            first += length
        return True

    def _is_there(self, start: int, count: int) -> bool:
        first, last = self._within(start, count)
        return first >= last or all(
            self._pool.place_of(piece_key(self._number, sample // PIECE_SAMPLES), self._place) >= 0
            for sample in (first, last - 1)
        )

    def _within(self, start: int, count: int) -> tuple[int, int]:
        """Return the part of a stretch in which there is sound: before its start and after its end there is none."""
        end = start + count
        return max(start, 0), end if self._samples is None else min(end, self._samples)
