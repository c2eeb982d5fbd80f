"""Whether a child is alive: its main loop counts, and the watcher notices when the count stands still."""

import time
from collections.abc import Callable
from typing import Final

_MOST_A_LOOK_S: Final = 0.25


class ChildWatch:
    """Measures how long a count has stood still. Call it many times per second.

    The time between two looks counts for at most a quarter of a second: if the watcher itself was held up, as on
    a sleeping or overloaded machine, so were the children.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._looked_s = now()
        self._beats = -1
        self._still_s = 0.0

    def check_hung(self, beats: int, limit_s: float | None) -> bool:
        """Return whether the count has stood still for `limit_s`; None means that it may."""
        now_s = self._now()
        passed_s, self._looked_s = min(now_s - self._looked_s, _MOST_A_LOOK_S), now_s
        if beats != self._beats or limit_s is None:
            self._beats, self._still_s = beats, 0.0
            return False
        self._still_s += passed_s
        return self._still_s >= limit_s
