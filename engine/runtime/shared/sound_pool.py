"""Pieces of a scene's sounds in shared memory: one process writes them, one reads, and neither ever waits.

A piece is 40 ms of a take or recording, before turning and gain, and is found by the number of its sound and its own.
So a seek, a loop or a moved block has nothing to reset, and blocks that share a take share its pieces.

Threads: one writer (the feeder's process) and one reader (the audio process). The writer takes away the key of a place
before it writes there and puts the new one afterwards; the reader looks at the key before and after it copies.
"""

from collections import OrderedDict
from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import FOA_CHANNELS, LATENT_SAMPLES
from engine.runtime.shared.block import Fence, SharedBlock

PIECE_SAMPLES: Final = LATENT_SAMPLES
POOL_PIECES: Final = 800
"""2 s of 16 sounds, or 1 s of 32: 24.6 MB."""
_NOTHING: Final = 0


def piece_key(number: int, piece: int) -> int:
    """Return the key of a piece: `number` is that of its sound (1 or more), `piece` counts from the sound's start."""
    return (number << 32) + piece


class _Pool:
    def __init__(self, pieces: int, name: str | None) -> None:
        self._block = SharedBlock(name, 8 * pieces + 4 * FOA_CHANNELS * PIECE_SAMPLES * pieces)
        self._keys: NDArray[np.int64] = self._block.array(np.int64, (pieces,), 0)
        self._samples: NDArray[np.float32] = self._block.array(
            np.float32, (pieces, FOA_CHANNELS, PIECE_SAMPLES), 8 * pieces
        )
        self._fence = Fence()

    @property
    def name(self) -> str:
        return self._block.name

    @property
    def pieces(self) -> int:
        return len(self._keys)

    def close(self) -> None:
        """Close the memory; the process that made it removes it."""
        if hasattr(self, "_keys"):
            del self._keys, self._samples
        self._block.close()


class PoolOwner(_Pool):
    """Makes the memory and removes it."""

    def __init__(self, pieces: int = POOL_PIECES) -> None:
        super().__init__(pieces, None)


class PoolWriter(_Pool):
    """The writing end. It begins with an empty pool."""

    def __init__(self, name: str, pieces: int = POOL_PIECES) -> None:
        super().__init__(pieces, name)
        self._keys[:] = _NOTHING
        self._free = list(range(pieces))
        self._places: OrderedDict[int, int] = OrderedDict()

    def has(self, key: int) -> bool:
        """Return whether a piece is there."""
        return key in self._places

    def put(self, key: int, samples: NDArray[np.float32], wanted: Collection[int]) -> bool:
        """Write a piece (C, n), n up to 1920; returns False if all places are taken by pieces that are `wanted`."""
        place = self._place(wanted)
        if place is None:
            return False
        channels, n = samples.shape
        self._samples[place, :channels, :n] = samples
        self._samples[place, :channels, n:] = 0.0
        self._fence.pass_through()
        self._keys[place] = key
        self._places[key] = place
        return True

    def drop(self, number: int) -> None:
        """Take away all pieces of a sound."""
        for key in [key for key in self._places if key >> 32 == number]:
            place = self._places.pop(key)
            self._keys[place] = _NOTHING
            self._free.append(place)

    def _place(self, wanted: Collection[int]) -> int | None:
        if self._free:
            return self._free.pop()
        for key in self._places:  # the oldest first
            if key not in wanted:
                place = self._places.pop(key)
                self._keys[place] = _NOTHING
                self._fence.pass_through()
                return place
        return None


class PoolReader(_Pool):
    """The reading end. Nothing here waits, locks against the writer or touches a file."""

    def __init__(self, name: str, pieces: int = POOL_PIECES) -> None:
        super().__init__(pieces, name)
        self._found = np.zeros(pieces, bool)

    def place_of(self, key: int, near: int = 0) -> int:
        """Return the place of a piece, -1 if it is not there; `near` is where it was last."""
        if near >= 0 and self._keys[near] == key:
            return near
        np.equal(self._keys, key, out=self._found)
        place = int(self._found.argmax())
        return place if self._found[place] else -1

    def copy(self, place: int, key: int, first: int, out: NDArray[np.float32]) -> bool:
        """Copy samples of a piece from `first` on into `out` (C, n); returns False if it is not there any more."""
        self._fence.pass_through()
        out[:] = self._samples[place, : out.shape[0], first : first + out.shape[1]]
        self._fence.pass_through()
        return bool(self._keys[place] == key)
