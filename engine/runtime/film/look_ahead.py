"""Pictures between the decoder and the display: those that wait as they were decoded, and a few that are ready to show.

Not thread-safe: `VideoWorker` holds its lock around every call.
"""

from collections import deque
from dataclasses import dataclass
from typing import Final

from engine.contract.video import ScreenFrame
from engine.runtime.film.decoding import Place, Seeable
from engine.runtime.shared.epochs import take_of

AHEAD: Final = 8
"""Pictures that are decoded ahead of the display in any case."""
_READY: Final = 6
_FEW_READY: Final = _READY // 2


@dataclass(frozen=True, eq=False)
class Waiting:
    """A picture that waits to be made ready, of an iteration of a take."""

    epoch: int
    picture: Seeable


class LookAhead:
    """What is decoded and not shown yet, in the order of showing."""

    def __init__(self) -> None:
        self._waiting: deque[Waiting] = deque()
        self._ready: deque[ScreenFrame] = deque()
        self._making: Waiting | None = None
        self._shown_epoch = -1
        self._eye: Place = (-1, 0.0)
        self.size_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._ready) + (self._making is not None)

    @property
    def is_short(self) -> bool:
        """Whether the display needs more than it has."""
        return len(self) < AHEAD

    @property
    def wants_work(self) -> bool:
        """Whether a thread is to be woken: for several pictures at once, since each wake has a price."""
        return self.is_short or (len(self._ready) <= _FEW_READY and len(self._waiting) > 0)

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self._ready.clear()
        self._making = None
        self.size_bytes = 0

    def add(self, epoch: int, picture: Seeable) -> None:
        """Put a picture behind those that wait."""
        self._waiting.append(Waiting(epoch, picture))
        self.size_bytes += picture.size_bytes

    def begin_next(self) -> Waiting | None:
        """Return the picture that is to be made ready now: the newest that is due, else the next. None if none is."""
        if self._making is not None or len(self._ready) >= _READY or not self._waiting:
            return None
        while len(self._waiting) > 1 and self._is_due(self._waiting[1], self._eye):
            self._drop()
        self._making = self._drop()
        return self._making

    def finish(self, made: Waiting, frame: ScreenFrame) -> None:
        """Take a picture back that can be shown, unless everything was forgotten meanwhile."""
        if self.is_making(made):
            self._making = None
            self._ready.append(frame)

    def is_making(self, waiting: Waiting) -> bool:
        """Whether a picture that is being made ready is still wanted."""
        return self._making is waiting

    def drop_missed(self, heard: Place) -> bool:
        """Drop the oldest picture if the display has not looked while it was on show; returns whether there was one."""
        if len(self._waiting) > 1 and self._is_due(self._waiting[1], heard):
            self._drop()
            return True
        return False

    def take_due(self, epoch: int, t_s: float) -> ScreenFrame | None:
        """Return the newest picture that is ready and due, or None if that is the one returned before.

        The first picture of a take is due at once: after a seek the display does not wait for the sound.
        """
        self._eye = (epoch, t_s)
        due: ScreenFrame | None = None
        while self._ready and self._is_frame_due(self._ready[0], epoch, t_s):
            due = self._ready.popleft()
            self._shown_epoch = due.epoch
        return due

    def _drop(self) -> Waiting:
        dropped = self._waiting.popleft()
        self.size_bytes -= dropped.picture.size_bytes
        return dropped

    def _is_due(self, waiting: Waiting, at: Place) -> bool:
        return (waiting.epoch, waiting.picture.from_s) <= at and take_of(waiting.epoch) == take_of(at[0])

    def _is_frame_due(self, frame: ScreenFrame, epoch: int, t_s: float) -> bool:
        if frame.epoch != epoch:
            return frame.epoch < epoch
        return frame.pts_s <= t_s or take_of(self._shown_epoch) != take_of(epoch)
