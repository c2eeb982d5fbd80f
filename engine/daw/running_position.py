"""Where playback is between its reports. It has no clock: times are seconds of any steady clock."""

from typing import Final

_JUMP_S: Final = 0.1
"""A larger difference is a jump; a smaller one is followed."""
_SHARE: Final = 0.1
"""So much of a small difference is made up at each report."""


class RunningPosition:
    """Stands until the first report."""

    def __init__(self) -> None:
        self._anchor: tuple[float, float] | None = None

    def follow(self, position_s: float, now_s: float) -> bool:
        """Take note of where playback is at `now_s`; returns whether it began or jumped."""
        expected_s = self.at(now_s)
        if expected_s is None or abs(position_s - expected_s) > _JUMP_S:
            self._anchor = (position_s, now_s)
            return True
        self._anchor = (expected_s + _SHARE * (position_s - expected_s), now_s)
        return False

    def stop(self) -> None:
        """Take note that playback stands."""
        self._anchor = None

    def at(self, now_s: float) -> float | None:
        """Return the position in seconds at `now_s`, or None while playback stands."""
        return None if self._anchor is None else self._anchor[0] + now_s - self._anchor[1]
