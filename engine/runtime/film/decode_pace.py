"""How much of a film is decoded: less when its frames are late, more again after a while in time."""

import time
from collections.abc import Callable
from typing import Final

from engine.contract.telemetry import EngineNotice
from engine.video.effort import Effort

_FIRST_TRIAL_S: Final = 5.0
_LONGEST_TRIAL_S: Final = 120.0
_TOO_LARGE: Final = (
    "This machine cannot decode every frame of the film in time: fewer are shown, and the sound continues."
)


class DecodePace:
    """Steps down through `efforts` at once, and up after a time that doubles whenever stepping up was too early.

    Not thread-safe.
    """

    def __init__(self, efforts: tuple[Effort, ...], now: Callable[[], float] = time.monotonic) -> None:
        self._efforts = efforts
        self._now = now
        self._level = 0
        self._trial_s = _FIRST_TRIAL_S
        self._since_s = now()

    @property
    def effort(self) -> Effort:
        """What to decode now."""
        return self._efforts[self._level]

    def note_late(self) -> Effort:
        """Frames are late: return what to decode from now on."""
        now_s = self._now()
        was_too_early = now_s - self._since_s < 2.0 * self._trial_s
        self._trial_s = min(_LONGEST_TRIAL_S, 2.0 * self._trial_s) if was_too_early else _FIRST_TRIAL_S
        self._since_s = now_s
        self._level = min(self._level + 1, len(self._efforts) - 1)
        return self.effort

    def note_in_time(self) -> Effort:
        """Frames are in time: return what to decode from now on."""
        if self._level > 0 and self._now() - self._since_s >= self._trial_s:
            self._level -= 1
            self._since_s = self._now()
        return self.effort


class PaceNotice:
    """Tells the user once when fewer frames are decoded, and once when all are again."""

    def __init__(self, tell: Callable[[EngineNotice], None]) -> None:
        self._tell = tell
        self._is_sparing = False

    def update(self, effort: Effort) -> None:
        """Note what is decoded from now on."""
        spares = effort is not Effort.EVERY
        if spares == self._is_sparing:
            return
        self._is_sparing = spares
        self._tell(EngineNotice(_TOO_LARGE if spares else "", topic="pictures", lasts=spares))
