"""Sends MIDI time code while the transport runs.

Threads: one thread sends; the GUI thread calls `follow` and `stop`. A lock guards the clock, which is used for
microseconds at a time.
"""

import logging
import threading
import time
from collections.abc import Callable

from app.daw.midi_ports import OutputPort
from engine.daw.mtc_clock import MtcClock
from engine.daw.time_code import MtcRate

logger = logging.getLogger(__name__)


class MtcSender:
    """Runs from construction until `close`, which also closes the port."""

    def __init__(self, port: OutputPort, rate: MtcRate, now_s: Callable[[], float] = time.monotonic) -> None:
        self._port, self._now_s = port, now_s
        self._clock = MtcClock(rate)
        self._lock = threading.Lock()
        self._stopped: list[bytes] = []
        self._wake = threading.Event()
        self._ends = self._has_failed = False
        self._thread = threading.Thread(target=self._run, name="midi-time-code", daemon=True)
        self._thread.start()

    @property
    def has_failed(self) -> bool:
        """Whether the port could not be sent to: nothing is sent any more."""
        return self._has_failed

    def follow(self, day_samples: float) -> None:
        """Take note that playback is at a time of day now."""
        with self._lock:
            self._clock.follow(day_samples, self._now_s())
        self._wake.set()

    def stop(self, day_samples: float) -> None:
        """Take note that playback stands at a time of day."""
        with self._lock:
            self._stopped += self._clock.stop(day_samples)
        self._wake.set()

    def close(self) -> None:
        """End the thread and close the port. May be called twice."""
        self._ends = True
        self._wake.set()
        self._thread.join(1.0)
        self._port.close()

    def _run(self) -> None:
        import mido  # the window opens without it

        while not self._ends:
            with self._lock:
                due = self._stopped + self._clock.due(self._now_s())
                self._stopped = []
                wait_s = self._clock.wait_s(self._now_s())
            try:
                for message in due:
                    self._port.send(mido.Message.from_bytes(message))
            except Exception:  # the device was unplugged: errors of rtmidi share no type
                logger.exception("MIDI time code cannot be sent")
                self._has_failed = True
                return
            if wait_s > 0.0:
                self._wake.wait(wait_s)
                self._wake.clear()
