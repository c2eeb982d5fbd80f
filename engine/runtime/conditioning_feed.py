"""The film as the model sees it, read a second ahead, so that decoding does not add to the time of a patch.

Threads: one reads ahead; `frame_at` belongs to the generation thread. A frame that is not there yet is waited for.
"""

import threading
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import CONDITIONING_FPS
from engine.contract.errors import EngineError, MediaError, WorkerError

_AHEAD: Final = 4
_PATIENCE_S: Final = 20.0
_JOIN_S: Final = 0.5
_EPSILON: Final = 1e-6

Frame = tuple[int, NDArray[np.uint8]]


class FrameReader(Protocol):
    """What reads the film: see `engine.video.conditioning.ConditioningReader`."""

    def frame_at(self, t_s: float) -> Frame:
        """Return the index and the picture that hold at a time."""

    def close(self) -> None:
        """Let go of the file."""


class FilmFrames(Protocol):
    """What the generation loop needs of a film."""

    def frame_at(self, t_s: float) -> Frame:
        """Return the newest conditioning frame at or before a time; raises MediaError where the film is damaged."""

    def close(self) -> None:
        """Let go of the film."""


class ConditioningFeed:
    """Reads frames of the 4-fps grid ahead of where they are asked for."""

    def __init__(self, open_reader: Callable[[], FrameReader]) -> None:
        self._open_reader = open_reader
        self._changed = threading.Condition()
        self._frames: deque[tuple[int, Frame]] = deque()
        self._next = 0
        self._closing = False
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="conditioning", daemon=True)
        self._thread.start()

    def frame_at(self, t_s: float) -> Frame:
        wanted = max(0, int(np.floor(t_s * CONDITIONING_FPS + _EPSILON)))
        with self._changed:
            while self._frames and self._frames[0][0] < wanted:
                self._frames.popleft()
            first = self._frames[0][0] if self._frames else self._next
            if wanted < first or wanted > first + _AHEAD:
                self._frames.clear()
                self._next = wanted
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._has(wanted) or self._failure is not None, _PATIENCE_S)
            if not self._has(wanted):
                if self._failure is not None:
                    raise self._failure
                raise MediaError(f"The film gave no picture at {t_s:.1f} s for {_PATIENCE_S:.0f} s: is its disk well?")
            return self._frames[0][1]

    def close(self) -> None:
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_JOIN_S)

    def _has(self, wanted: int) -> bool:
        while self._frames and self._frames[0][0] < wanted:
            self._frames.popleft()
        return bool(self._frames) and self._frames[0][0] == wanted

    def _run(self) -> None:
        try:
            reader = self._open_reader()
            try:
                self._read_ahead(reader)
            finally:
                reader.close()
        except Exception as error:  # raised where the frame is asked for
            failure = error if isinstance(error, EngineError) else WorkerError(f"Reading the film failed: {error!r}.")
            with self._changed:
                self._failure = failure
                self._changed.notify_all()

    def _read_ahead(self, reader: FrameReader) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closing or len(self._frames) < _AHEAD)
                if self._closing:
                    return
                wanted = self._next
            frame = reader.frame_at(wanted / CONDITIONING_FPS)
            with self._changed:
                if self._next == wanted:
                    self._frames.append((wanted, frame))
                    self._next += 1
                    self._changed.notify_all()
