"""Sends MIDI time code or MIDI clock while the transport runs.

Threads: one thread sends; the GUI thread calls `follow`, `stop` and `use`. A lock guards the clock, which is used for
microseconds at a time.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Protocol

from app.daw.midi_ports import OutputPort

logger = logging.getLogger(__name__)


class SentClock(Protocol):
    """What is due when: `MtcClock` counts samples of the day, `MidiClock` samples of the film."""

    def follow(self, samples: float, now_s: float, /) -> None:
        """Take note that playback is at a place at `now_s`."""

    def stop(self, samples: float, /) -> list[bytes]:
        """Take note that playback stands at a place; returns what says so."""

    def end(self) -> list[bytes]:
        """Return the last messages before nothing is sent any more."""

    def due(self, now_s: float) -> list[bytes]:
        """Return what is to be sent by now, in order."""

    def wait_s(self, now_s: float) -> float:
        """Return how long nothing is due."""


class MidiSender:
    """Runs from construction until `close`, which also closes the port."""

    def __init__(self, port: OutputPort, clock: SentClock, now_s: Callable[[], float] = time.monotonic) -> None:
        self._port, self._now_s = port, now_s
        self._clock = clock
        self._lock = threading.Lock()
        self._said: list[bytes] = []
        self._wake = threading.Event()
        self._ends = self._has_failed = False
        self._thread = threading.Thread(target=self._run, name="midi-out", daemon=True)
        self._thread.start()

    @property
    def has_failed(self) -> bool:
        """Whether the port could not be sent to: nothing is sent any more."""
        return self._has_failed

    def follow(self, samples: float) -> None:
        """Take note that playback is at a place now."""
        with self._lock:
            self._clock.follow(samples, self._now_s())
        self._wake.set()

    def stop(self, samples: float) -> None:
        """Take note that playback stands at a place."""
        with self._lock:
            self._said += self._clock.stop(samples)
        self._wake.set()

    def use(self, clock: SentClock) -> None:
        """Send by another clock from now on; the port stays open, with what others have connected to it."""
        with self._lock:
            self._said += self._clock.end()
            self._clock = clock
        self._wake.set()

    def close(self) -> None:
        """Say that it ends, end the thread and close the port. May be called twice."""
        self._ends = True
        self._wake.set()
        self._thread.join(1.0)
        self._port.close()

    def _run(self) -> None:
        import mido  # the window opens without it

        while True:
            ends = self._ends
            with self._lock:
                due = self._said + (self._clock.end() if ends else self._clock.due(self._now_s()))
                self._said = []
                wait_s = self._clock.wait_s(self._now_s())
            try:
                for message in due:
                    self._port.send(mido.Message.from_bytes(message))
            except Exception:  # the device was unplugged: errors of rtmidi share no type
                logger.exception("MIDI cannot be sent")
                self._has_failed = True
                return
            if ends:
                return
            if wait_s > 0.0:
                self._wake.wait(wait_s)
                self._wake.clear()
