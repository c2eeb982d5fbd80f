"""The time of the film between two reports of the player."""

import time
from collections.abc import Callable
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ

_MOST_BETWEEN_S: Final = 0.3
"""A player that says nothing for longer has stopped."""
_JUMP_S: Final = 0.3


class FilmClock:
    """Goes on from the last position by itself while the film plays, so that a hand's times are exact."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._position_s = 0.0
        self._told_at_s = now_s()
        self.is_playing = False

    @property
    def sample(self) -> int:
        """The sample of the film that is heard now."""
        since_s = min(self._now_s() - self._told_at_s, _MOST_BETWEEN_S) if self.is_playing else 0.0
        return round((self._position_s + since_s) * SAMPLE_RATE_HZ)

    def set_position(self, position_s: float) -> bool:
        """Take a film time in seconds; returns whether the film has jumped."""
        has_jumped = abs(position_s - self.sample / SAMPLE_RATE_HZ) > _JUMP_S
        self._position_s, self._told_at_s = position_s, self._now_s()
        return has_jumped

    def set_playing(self, is_playing: bool) -> None:
        """Go on, or stand still."""
        self._position_s = self.sample / SAMPLE_RATE_HZ
        self._told_at_s, self.is_playing = self._now_s(), is_playing
