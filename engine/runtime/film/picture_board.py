"""Pictures for the model in shared memory: the process that decodes the film writes them, the model reads them.

Threads: one writing process (the window's: whoever opens films says which one is served, the thread that decodes it
pins) and one reader (the generation thread). Neither ever waits for the other: a picture is written over the oldest
one, and its number tells a reader that it has changed meanwhile.
"""

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FRAME_SIZE
from engine.runtime.shared.block import Fence, SharedBlock

PLACES: Final = 16
"""More than the decoder is ahead of the model, in pictures that differ."""

_SERVED: Final = 0
_HEADER_BYTES: Final = 128
_FIELDS: Final = 4
_NUMBER, _FILM, _FIRST, _LAST = range(_FIELDS)
_PICTURE: Final = (CONDITIONING_FRAME_SIZE[1], CONDITIONING_FRAME_SIZE[0], 3)
_EMPTY: Final = 0


@dataclass(frozen=True, eq=False)
class Pinned:
    """A picture (128, 256, 3) and the indices of the 4-fps grid at which it is on show."""

    first: int
    last: int
    picture: NDArray[np.uint8]


class _Board:
    def __init__(self, name: str | None) -> None:
        labels_bytes = 8 * PLACES * _FIELDS
        picture_bytes = int(np.prod(_PICTURE))
        self._block = SharedBlock(name, _HEADER_BYTES + labels_bytes + PLACES * picture_bytes)
        self._header: NDArray[np.int64] = self._block.array(np.int64, (_HEADER_BYTES // 8,), 0)
        self._labels: NDArray[np.int64] = self._block.array(np.int64, (PLACES, _FIELDS), _HEADER_BYTES)
        self._pictures: NDArray[np.uint8] = self._block.array(
            np.uint8, (PLACES, *_PICTURE), _HEADER_BYTES + labels_bytes
        )
        self._fence = Fence()

    @property
    def name(self) -> str:
        return self._block.name

    def close(self) -> None:
        """Let go of the memory; the process that made it removes it."""
        if hasattr(self, "_labels"):
            del self._header, self._labels, self._pictures
        self._block.close()


class PictureBoard(_Board):
    """The writing end, which makes the memory and removes it."""

    def __init__(self) -> None:
        super().__init__(None)
        self._pinned = 0
        self._pinning = threading.Lock()  # the decoder of a film may end while that of the next one begins

    def serve(self, film_number: int) -> None:
        """Say that pictures of this film will come here."""
        self._header[_SERVED] = film_number

    def refuse(self, film_number: int) -> None:
        """Say that pictures of this film do not come here, or not any more: the model reads it for itself."""
        self._header[_SERVED] = -film_number

    def pin(self, film_number: int, first: int, last: int, picture: NDArray[np.uint8]) -> None:
        """Put up a picture for the indices `first` to `last`, in place of the oldest one."""
        with self._pinning:
            place = self._pinned % PLACES
            self._pinned += 1
            label = self._labels[place]
            label[_NUMBER] = _EMPTY
            self._fence.pass_through()
            self._pictures[place] = picture
            label[_FILM], label[_FIRST], label[_LAST] = film_number, first, last
            self._fence.pass_through()
            label[_NUMBER] = self._pinned


class BoardReader(_Board):
    """The reading end."""

    def __init__(self, name: str) -> None:
        super().__init__(name)

    def is_served(self, film_number: int) -> bool:
        """Tell whether pictures of a film come here."""
        return int(self._header[_SERVED]) == film_number

    def is_past(self, film_number: int) -> bool:
        """Tell whether a later film is open already: pictures of this one are no longer needed."""
        return abs(int(self._header[_SERVED])) > film_number

    def newest(self, film_number: int, begin: int, wanted: int) -> Pinned | None:
        """Return the picture on show at index `wanted`, else the newest one that was on show since `begin`.

        None if there is no such picture.
        """
        for _ in range(PLACES):
            labels = self._labels.copy()
            fits = (labels[:, _NUMBER] != _EMPTY) & (labels[:, _FILM] == film_number)
            fits &= (labels[:, _FIRST] <= wanted) & (labels[:, _LAST] >= begin)
            if not np.any(fits):
                return None
            places = np.flatnonzero(fits)
            until = np.minimum(labels[places, _LAST], wanted)
            place = int(max(zip(until, labels[places, _NUMBER], places, strict=True))[2])
            self._fence.pass_through()
            picture = self._pictures[place].copy()
            self._fence.pass_through()
            if np.array_equal(self._labels[place], labels[place]):
                return Pinned(int(labels[place, _FIRST]), int(labels[place, _LAST]), picture)
        return None
