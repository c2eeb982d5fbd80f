"""How the transport follows another program: what to do so that both are at the same place.

Small differences stay: sound never jumps for them. A difference of more than a frame that lasts, or a larger one at
once, is a seek, which cross-fades. How long the engine takes from a seek to the first sound is learned; while its
sound is not there, nothing is judged.
"""

from dataclasses import dataclass
from statistics import median
from typing import Final

TOLERANCE_S: Final = 0.045
"""A frame of 24 per second and a little."""
JUMP_S: Final = 0.3
_SETTLE_S: Final = 0.8
"""Nothing is judged for this long after a seek."""
_REPORTS: Final = 9
_FEW_REPORTS: Final = 3
_MOST_TRIES: Final = 3
_REST_S: Final = 10.0
"""After some tries, a difference that is not large is left alone for this long."""
_MOST_LEAD_S: Final = 2.0
_SILENT_S: Final = 0.5
"""A program that runs and says nothing for this long is no longer compared with."""


@dataclass(frozen=True)
class Order:
    """What the transport has to do: go to a time in seconds, and play or pause; None leaves it as it is."""

    seek_s: float | None = None
    play: bool | None = None


NOTHING: Final = Order()


class Follower:
    """Follows reports of another program. Times `now_s` are of a steady clock, positions are seconds of the film."""

    def __init__(self) -> None:
        self._runs = False
        self._told: tuple[float, float] | None = None
        self._placed: float | None = None
        self._errors: list[float] = []
        self._judged_from_s = 0.0
        self._is_fresh = False
        self._tries = 0
        self._own_s = -1.0
        self._lead_s = 0.0

    @property
    def runs(self) -> bool:
        """Whether the other program plays."""
        return self._runs

    def start(self, now_s: float) -> None:
        """Take note that the other program plays, from where it is."""
        if not self._runs and self._told is not None:
            self._told = (self._told[0], now_s)
        self._runs = True

    def stop(self) -> None:
        """Take note that the other program has stopped."""
        self._runs = False

    def tell(self, position_s: float, now_s: float) -> None:
        """Take note of where the other program is."""
        self._told = (position_s, now_s)
        self._placed = None if self._runs else position_s

    def order(self, own_s: float, plays: bool, now_s: float) -> Order:
        """Return what to do if this transport is at `own_s` seconds, and `plays` or not."""
        moves, self._own_s = own_s != self._own_s, own_s
        if not self._runs:
            return self._standing(plays)
        if self._told is None:
            return NOTHING if plays else Order(play=True)
        there_s = self._told[0] + now_s - self._told[1]
        if now_s < self._judged_from_s:
            return NOTHING
        if not plays:
            return self._go(there_s, now_s, starts=True)
        if now_s - self._told[1] > _SILENT_S or not moves:
            return NOTHING  # it only said "play", or the sound here is not there yet
        self._errors = [*self._errors[1 - _REPORTS :], own_s - there_s]
        if now_s - self._judged_from_s > _REST_S:
            self._tries = 0
        off_s = median(self._errors)
        if not self._is_off(off_s):
            return NOTHING
        if self._is_fresh and abs(off_s) < _MOST_LEAD_S:
            self._lead_s = min(_MOST_LEAD_S, max(0.0, self._lead_s - off_s))
        self._tries += 1
        return self._go(there_s, now_s)

    def _is_off(self, off_s: float) -> bool:
        """Return whether to seek. A machine that needs another time for each seek is not chased."""
        count = len(self._errors)
        if abs(off_s) > JUMP_S:
            return count >= _FEW_REPORTS
        if count < _REPORTS:
            return False
        if abs(off_s) <= TOLERANCE_S:
            self._is_fresh, self._tries = False, 0
            return False
        return self._tries < _MOST_TRIES

    def _standing(self, plays: bool) -> Order:
        placed, self._placed = self._placed, None
        self._errors, self._judged_from_s, self._is_fresh, self._tries = [], 0.0, False, 0
        return Order(placed, False if plays else None)

    def _go(self, there_s: float, now_s: float, *, starts: bool = False) -> Order:
        self._errors, self._is_fresh = [], True
        self._judged_from_s = now_s + _SETTLE_S
        return Order(max(0.0, there_s + self._lead_s), True if starts else None)
