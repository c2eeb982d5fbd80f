"""Progress and cancelling of a delivery."""

from collections.abc import Callable
from typing import Final

from engine.contract.errors import CancelledError

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]

PASSES: Final = 5
"""How often the sound is gone through: measured twice, written once, read back twice."""


def no_progress(_fraction: float) -> None:
    """Ignore the progress."""


def never() -> bool:
    """Return False: there is no way to cancel."""
    return False


class Steps:
    """Counts the samples of all passes; `frames` is about how many one pass has."""

    def __init__(self, frames: int, progress: Progress = no_progress, cancelled: Cancelled = never) -> None:
        self._total, self._done = PASSES * max(1, frames), 0
        self._progress, self._cancelled = progress, cancelled

    def advance(self, frames: int) -> None:
        """Count samples. Raises CancelledError if the user cancelled."""
        if self._cancelled():
            raise CancelledError("The export was cancelled; nothing was written.")
        self._done += frames
        self._progress(min(1.0, self._done / self._total))
