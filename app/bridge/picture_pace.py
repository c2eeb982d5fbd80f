"""When the window asks for the film's next picture."""

from typing import Final

_AGAIN_MS: Final = 8
_SOON_AGAIN: Final = 2
"""A picture that was not due yet is asked for so many times in quick succession."""


class PicturePace:
    """Asks once per picture of the film, between `least_ms` and `most_ms`, and sooner again if none was due."""

    def __init__(self, least_ms: int, most_ms: int) -> None:
        self._least_ms, self._most_ms = least_ms, most_ms
        self._in_vain = 0

    def wait_ms(self, has_come: bool, fps: float) -> int:
        """Return after how many milliseconds to ask again."""
        self._in_vain = 0 if has_come else self._in_vain + 1
        if has_come:
            return max(self._least_ms, min(self._most_ms, int(1000 / fps)))
        return _AGAIN_MS if self._in_vain <= _SOON_AGAIN else self._least_ms
