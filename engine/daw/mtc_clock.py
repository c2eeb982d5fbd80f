"""When which message of MIDI time code is due, from the position of playback. It sends nothing and has no clock."""

import math
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.daw.running_position import RunningPosition
from engine.daw.time_code import MtcRate, full_frame, quarter_frame

_PER_FRAME: Final = 4
_GROUP: Final = 8
_MOST_DUE: Final = 16
"""If more are due, the sender was held up: it begins again with a full frame message."""


class MtcClock:
    """Follows the position of playback between its reports. Times are seconds of any steady clock."""

    def __init__(self, rate: MtcRate) -> None:
        self._rate = rate
        self._quarters_per_s = float(_PER_FRAME * rate.grid.rate)
        self._position = RunningPosition()
        self._next = 0
        self._located = False
        self._stopped_at: int | None = None

    def follow(self, day_samples: float, now_s: float) -> None:
        """Take note that playback is at a time of day at `now_s`."""
        if self._position.follow(day_samples / SAMPLE_RATE_HZ, now_s):
            self._located = False

    def stop(self, day_samples: float) -> list[bytes]:
        """Take note that playback stands; returns the message that locates there, once for each place."""
        self._position.stop()
        frame = self._rate.grid.frame_at(round(day_samples))
        if frame == self._stopped_at:
            return []
        self._stopped_at = frame
        return [full_frame(self._rate, frame)]

    def due(self, now_s: float) -> list[bytes]:
        """Return what is to be sent by now, in order."""
        at_s = self._position.at(now_s)
        if at_s is None:
            return []
        now = math.floor(at_s * self._quarters_per_s)
        if not self._located or now - self._next >= _MOST_DUE:
            self._located, self._stopped_at = True, None
            self._next = now + _GROUP - now % _GROUP
            return [full_frame(self._rate, now // _PER_FRAME)]
        sent = []
        while self._next <= now:
            piece = self._next % _GROUP
            sent.append(quarter_frame(self._rate, (self._next - piece) // _PER_FRAME, piece))
            self._next += 1
        return sent

    def wait_s(self, now_s: float) -> float:
        """Return how long nothing is due, at most 0.1 s."""
        at_s = self._position.at(now_s)
        if at_s is None or not self._located:
            return 0.0 if at_s is not None else 0.1
        return min(0.1, max(0.0, self._next / self._quarters_per_s - at_s))

    def end(self) -> list[bytes]:
        """Return the last messages before nothing is sent any more: none, time code just stops."""
        return []
