"""The progress of work in several steps, each with its share of the time."""

from collections.abc import Callable, Sequence
from typing import Final

from engine.contract.errors import CancelledError

Progress = Callable[[float], None]
Cancelled = Callable[[], bool]
CANCELLED: Final = "The export was cancelled; nothing was written."


class Pacing:
    """Turns the progress of one step after the other into that of the whole; `costs` are about how long each takes."""

    def __init__(self, costs: Sequence[float], progress: Progress, cancelled: Cancelled) -> None:
        self._costs, self._total = list(costs), max(1e-9, sum(costs))
        self._progress, self.cancelled = progress, cancelled
        self._before = 0.0

    def next(self) -> Progress:
        """Begin the next step, and return what takes its progress. Raises CancelledError if the user cancelled."""
        if self.cancelled():
            raise CancelledError(CANCELLED)
        before, cost = self._before, self._costs.pop(0)
        self._before += cost
        self._progress(min(1.0, before / self._total))

        def tell(fraction: float) -> None:
            self._progress(min(1.0, (before + cost * min(1.0, max(0.0, fraction))) / self._total))

        return tell
