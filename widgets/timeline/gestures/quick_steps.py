"""Steps of a value that follow each other quickly are one step of undo."""

import time
from collections.abc import Callable
from typing import Final

_ONE_CHANGE_S: Final = 1.0
"""Steps of keys or of the wheel that follow each other this fast are one gesture."""


class QuickSteps:
    """Numbers the gestures of a hand that steps one value after the other."""

    def __init__(self, begin_gesture: Callable[[], int], now_s: Callable[[], float] = time.monotonic) -> None:
        self._begin_gesture, self._now_s = begin_gesture, now_s
        self._last: tuple[tuple[object, ...], int, float] = ((), 0, 0.0)

    def gesture_of(self, target: tuple[object, ...]) -> int:
        """Return the number of a gesture for one more step of a value; steps in quick succession share it."""
        last, gesture, at_s = self._last
        now_s = self._now_s()
        if target != last or now_s - at_s > _ONE_CHANGE_S:
            gesture = self._begin_gesture()
        self._last = (target, gesture, now_s)
        return gesture
