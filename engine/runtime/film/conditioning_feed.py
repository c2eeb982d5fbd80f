"""The model's view of the film, read one second ahead: inference uses the latest available frame.

Threads: one reads ahead; `begin`, `newest` and `close` belong to the generation thread. They never wait for a missing
frame longer than the caller allows; a reader that falls behind skips frames until it has caught up.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FPS
from engine.contract.errors import EngineError, WorkerError, reason_of
from engine.runtime.film.decode_pace import DecodePace
from engine.video.effort import Effort
from engine.video.grid import index_at

_AHEAD: Final = 4
_LATE_READS: Final = 3
_JOIN_S: Final = 0.5
NEVER: Final = -(10**9)
JUMP: Final = _AHEAD
"""Whoever asks for what lies farther ahead has jumped."""

Frame = tuple[int, NDArray[np.uint8]]


class FrameReader(Protocol):
    """A reader of the film: see `engine.video.conditioning.ConditioningReader`."""

    def spare(self, effort: Effort) -> None:
        """Decode only these frames."""

    def frame_at(self, t_s: float) -> Frame:
        """Return the index and the frame that are current at a time."""

    def close(self) -> None:
        """Close the file."""


class FilmFrames(Protocol):
    """The generation loop's interface to a film."""

    def begin(self, t_s: float) -> None:
        """Forget the past: a take begins at this time."""

    def advance_to(self, t_s: float, patience_s: float) -> "Seen":
        """Return the latest frame at or before a time. Raises MediaError if the film is damaged."""

    def close(self) -> None:
        """Close the film."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A frame with its number on the 4-fps grid, None if there is none yet, and how late it is."""

    frame: Frame | None
    late_s: float


class ConditioningFeed:
    """Reads frames of the 4-fps grid ahead of the requested time."""

    def __init__(self, open_reader: Callable[[], FrameReader]) -> None:
        self._open_reader = open_reader
        self._changed = threading.Condition()
        self._ahead: deque[Frame] = deque()
        self._shown: Frame | None = None
        self._shown_at = (
            NEVER  # its place on the grid of this iteration; `NEVER` if it belongs to the previous iteration
        )
        self._began_at = 0
        self._wanted = 0
        self._next = 0
        self._jumps = 0
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="conditioning", daemon=True)
        self._thread.start()

    def begin(self, t_s: float) -> None:
        """Go to a film time in seconds; frames of another place are dropped."""
        wanted = index_at(t_s)
        with self._changed:
            if self._shown_at != wanted:
                self._shown, self._shown_at = None, NEVER
            self._go_to(wanted)

    def advance_to(self, t_s: float, patience_s: float) -> Seen:
        """Return the frame that is current at a time, or after `patience_s` the latest before it.

        After a jump back (the loop wraps) that is the last one before the jump.
        """
        wanted = index_at(t_s)
        with self._changed:
            if not self._wanted <= wanted <= self._wanted + JUMP:
                self._shown_at = NEVER
                self._go_to(wanted)
            self._wanted = wanted
            self._take_up()
            self._changed.notify_all()
            if self._shown_at != wanted and patience_s > 0.0:
                self._changed.wait_for(self._is_exact_or_failed, patience_s)
            if self._failure is not None and self._shown_at != wanted:
                raise self._failure
            late = wanted - max(self._shown_at, self._began_at - 1)
            frame = None if self._shown is None else (self._shown[0], self._shown[1])
            return Seen(frame, late / CONDITIONING_FPS)

    def close(self) -> None:
        """End the thread and close the film."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_JOIN_S)

    def _is_exact_or_failed(self) -> bool:
        self._take_up()
        return self._shown_at == self._wanted or self._failure is not None

    def _take_up(self) -> None:
        while self._ahead and self._ahead[0][0] <= self._wanted:
            self._shown = self._ahead.popleft()
            self._shown_at = self._shown[0]

    def _go_to(self, wanted: int) -> None:
        self._wanted = self._began_at = wanted
        while self._ahead and self._ahead[0][0] < wanted:
            self._ahead.popleft()
        following = wanted + 1 if self._shown_at == wanted else wanted
        first = self._ahead[0][0] if self._ahead else self._next
        if first != following:
            self._ahead.clear()
            self._next = following
            self._jumps += 1
        self._changed.notify_all()

    def _run(self) -> None:
        try:
            reader = self._open_reader()
            try:
                self._read_ahead(reader)
            finally:
                reader.close()
        except Exception as error:  # raised when the frame is requested
            failure = (
                error
                if isinstance(error, EngineError)
                else WorkerError(f"The film cannot be read any further: {reason_of(error)}. Open it again.")
            )
            failure.__cause__ = None if failure is error else error  # its traceback, for the log
            with self._changed:
                self._failure = failure
                self._changed.notify_all()

    def _read_ahead(self, reader: FrameReader) -> None:
        pace = DecodePace((Effort.EVERY, Effort.KEYS))
        late_reads = 0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or len(self._ahead) < _AHEAD)
                if self._closing:
                    return
                behind = self._wanted - self._next
                if behind > 0:
                    self._next = self._wanted  # frames in between are not requested any more
                due, jumps = self._next, self._jumps
            late_reads = late_reads + 1 if behind > 0 else 0
            if late_reads == _LATE_READS:  # not just one slow read
                reader.spare(pace.note_late())
                late_reads = 0
            elif late_reads == 0:
                reader.spare(pace.note_in_time())
            _, picture = reader.frame_at(due / CONDITIONING_FPS)
            with self._changed:
                if jumps == self._jumps:
                    self._ahead.append((due, picture))
                    self._next = due + 1
                    self._changed.notify_all()
