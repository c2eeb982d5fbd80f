"""A camera as the model sees it: the newest picture that has come, whatever the film time.

The model works ahead of the listener, and never ahead of the camera. Threads: belongs to the generation thread.
"""

import time
from typing import Final

from engine.runtime.film.conditioning_feed import Frame, Seen
from engine.runtime.film.picture_board import BoardReader
from engine.video.grid import index_at

_FIRST_S: Final = 3.0
"""So long the first patch waits for the first picture; then the sound begins without one."""
_LOOK_S: Final = 0.01


class LiveFrames:
    """Pictures of one camera from the board, at most 4 per second of film time."""

    def __init__(self, board: BoardReader, film_number: int) -> None:
        self._board = board
        self._film_number = film_number
        self._shown: Frame | None = None
        self._first_until_s = time.perf_counter() + _FIRST_S

    def begin(self, t_s: float) -> None:
        """Go on at another film time: the camera shows the same."""

    def advance_to(self, t_s: float, patience_s: float) -> Seen:
        """Return the newest picture; before the first one, wait for it for at most `patience_s`."""
        index = index_at(t_s)
        until_s = min(time.perf_counter() + patience_s, self._first_until_s)
        while True:
            if self._shown is None or self._shown[0] != index:
                pinned = self._board.newest(self._film_number, 0, index)
                if pinned is not None:
                    self._shown = (index, pinned.picture)
            if self._shown is not None:
                return Seen(self._shown, 0.0)
            left_s = until_s - time.perf_counter()
            if left_s <= 0.0:
                is_waiting = time.perf_counter() < self._first_until_s
                return Seen(None, _LOOK_S if is_waiting else 0.0)
            time.sleep(min(_LOOK_S, left_s))

    def close(self) -> None:
        """Nothing is open here."""
