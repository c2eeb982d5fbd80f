"""Tells a workstation what the transport does, in the messages of Reaper: `/play`, `/stop` and `/time`."""

from collections.abc import Callable
from typing import Final

_JUMP_S: Final = 0.3
_QUIET_S: Final = 1.0
"""After the workstation itself moved the transport, nothing is sent back to it for this long."""


class TransportOut:
    """Compares reports of the transport; `send` gets an address and a value."""

    def __init__(self, send: Callable[[str, float], None]) -> None:
        self._send = send
        self._before: tuple[float, bool, float] | None = None
        self._quiet_until_s = 0.0

    def hush(self, now_s: float) -> None:
        """Take note that the workstation moved the transport."""
        self._quiet_until_s = now_s + _QUIET_S

    def report(self, position_s: float, plays: bool, now_s: float) -> None:
        """Take note of where the transport is, and send what changed."""
        before, self._before = self._before, (position_s, plays, now_s)
        if before is None or now_s < self._quiet_until_s:
            return
        if plays != before[1]:
            for address, value in (("/time", position_s), ("/play", 1.0)) if plays else (
                ("/stop", 1.0), ("/time", position_s),
            ):  # fmt: skip
                self._send(address, value)
            return
        expected_s = before[0] + (now_s - before[2] if plays else 0.0)
        if abs(position_s - expected_s) > (_JUMP_S if plays else 0.001):
            self._send("/time", position_s)
