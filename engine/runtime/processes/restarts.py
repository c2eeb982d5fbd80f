"""How soon a process that stopped is started again: later each time, and not for ever."""

import time
from collections.abc import Callable
from typing import Final

from engine.runtime.processes.messages import GO_ON

_WAITS_S: Final = (0.5, 4.0, 16.0)
"""A machine that is short of memory needs time; a file that ends the process each time must not do so for ever."""
_STEADY_S: Final = 60.0
"""A process that lived this long was all right."""


class Restarts:
    """Counts the starts of one process. Not thread-safe."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._began_s = now()
        self._again = 0

    def begin(self) -> None:
        """Note that the process was started."""
        self._began_s = self._now()

    def wait_s(self) -> float | None:
        """Return after how many seconds it is started again, now that it has stopped; None if it is not."""
        if self._now() - self._began_s >= _STEADY_S:
            self._again = 0
        if self._again == len(_WAITS_S):
            return None
        self._again += 1
        return _WAITS_S[self._again - 1]


def reason_without_advice(message: str) -> str:
    """Return the message of a fatal failure without its end, which tells the user to restart the engine."""
    return message.removesuffix(GO_ON).strip()
