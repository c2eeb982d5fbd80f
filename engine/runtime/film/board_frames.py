"""The film as the model sees it while the window's decoder serves both: what hangs on the board, else a reader's.

Threads: belongs to the generation thread.
"""

import time
from collections.abc import Callable
from typing import Final

from engine.contract.conventions import CONDITIONING_FPS
from engine.runtime.film.conditioning_feed import JUMP, NEVER, FilmFrames, Frame, Seen
from engine.runtime.film.picture_board import BoardReader
from engine.video.grid import index_at

_LOOK_S: Final = 0.005


class BoardFrames:
    """Pictures of one film from the board. Once the film is not served any more, it is read here, and to its end."""

    def __init__(self, board: BoardReader, film_number: int, open_own: Callable[[], FilmFrames]) -> None:
        self._board = board
        self._film_number = film_number
        self._open_own = open_own
        self._own: FilmFrames | None = None
        self._shown: Frame | None = None
        self._shown_at = NEVER  # its place on the grid of this iteration; `NEVER` if it belongs to the iteration before
        self._began_at = 0
        self._wanted = 0

    def begin(self, t_s: float) -> None:
        """Go to a film time in seconds."""
        wanted = index_at(t_s)
        if self._shown_at != wanted:
            self._shown, self._shown_at = None, NEVER
        self._wanted = self._began_at = wanted
        if self._own is not None:
            self._own.begin(t_s)

    def advance_to(self, t_s: float, patience_s: float) -> Seen:
        """Return the picture on show at a time, or after `patience_s` the newest before it.

        After a jump back (the loop goes round) that is the last one before the jump. Raises MediaError if the film is
        read here and is damaged.
        """
        wanted = index_at(t_s)
        if not self._wanted <= wanted <= self._wanted + JUMP:
            self._shown_at = NEVER
            self._began_at = wanted
        self._wanted = wanted
        until_s = time.perf_counter() + patience_s
        while self._is_served():
            self._look()
            left_s = until_s - time.perf_counter()
            if self._shown_at == wanted or left_s <= 0.0:
                return self._seen()
            time.sleep(min(_LOOK_S, left_s))
        if self._own is None:
            if self._board.is_past(self._film_number):
                return self._seen()
            self._own = self._open_own()
            self._own.begin(t_s)
        seen = self._own.advance_to(t_s, max(0.0, until_s - time.perf_counter()))
        return seen if seen.frame is not None else Seen(self._shown, seen.late_s)

    def close(self) -> None:
        """Close the own decoder, if there is one."""
        if self._own is not None:
            self._own.close()

    def _is_served(self) -> bool:
        return self._own is None and self._board.is_served(self._film_number)

    def _look(self) -> None:
        if self._shown_at == self._wanted:
            return
        pinned = self._board.newest(self._film_number, self._began_at, self._wanted)
        if pinned is None:
            return
        at = min(pinned.last, self._wanted)
        if at > self._shown_at:
            self._shown, self._shown_at = (at, pinned.picture), at

    def _seen(self) -> Seen:
        late = self._wanted - max(self._shown_at, self._began_at - 1)
        return Seen(self._shown, late / CONDITIONING_FPS)
