"""MIDI clock: its messages as bytes, and which is due when from the position of playback. It sends nothing.

24 clocks are a quarter note. A Song Position Pointer counts sixteenth notes from the start of the film, and the first
clock after Start or Continue is the moment that it names.
"""

import math
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.daw.running_position import RunningPosition

CLOCK: Final = 0xF8
START: Final = 0xFA
CONTINUE: Final = 0xFB
STOP: Final = 0xFC
SONG_POSITION: Final = 0xF2
CLOCKS_PER_QUARTER: Final = 24
CLOCKS_PER_SIXTEENTH: Final = 6
MOST_SIXTEENTHS: Final = 0x3FFF
SLOWEST_BPM: Final = 20.0
FASTEST_BPM: Final = 400.0
USUAL_BPM: Final = 120.0
_LEAD_S: Final = 0.005
"""A receiver gets this long between its new place and the first clock."""
_MOST_DUE: Final = 24
"""If more are due, the sender was held up: it begins again with a new place."""


def clock_s(bpm: float) -> float:
    """Return the seconds from a clock to the next at a tempo in quarter notes per minute."""
    return 60.0 / (CLOCKS_PER_QUARTER * bpm)


def song_position(sixteenth: int) -> bytes:
    """Return the message that locates to a sixteenth note, at most `MOST_SIXTEENTHS`."""
    return bytes((SONG_POSITION, sixteenth & 0x7F, sixteenth >> 7))


class MidiClock:
    """Follows the position of playback between its reports. Times are seconds of any steady clock."""

    def __init__(self, bpm: float) -> None:
        self._clock_s = clock_s(bpm)
        self._position = RunningPosition()
        self._next: int | None = None
        """The next clock from the start of the film; None until the place of playback is sent."""
        self._runs = False
        self._stopped_at: int | None = None

    @property
    def reach_s(self) -> float:
        """The last place that has a number, in seconds from the start of the film."""
        return MOST_SIXTEENTHS * CLOCKS_PER_SIXTEENTH * self._clock_s

    def follow(self, samples: float, now_s: float) -> None:
        """Take note that playback is so many samples from the start of the film at `now_s`."""
        if self._position.follow(samples / SAMPLE_RATE_HZ, now_s):
            self._next = None

    def stop(self, samples: float) -> list[bytes]:
        """Take note that playback stands; returns what stops a receiver and locates it, once for each place."""
        self._position.stop()
        sent = self.end()
        sixteenth = round(samples / SAMPLE_RATE_HZ / self._clock_s / CLOCKS_PER_SIXTEENTH)
        if sixteenth != self._stopped_at and sixteenth <= MOST_SIXTEENTHS:
            self._stopped_at = sixteenth
            sent.append(song_position(sixteenth))
        return sent

    def end(self) -> list[bytes]:
        """Return the last messages before nothing is sent any more."""
        sent = [bytes((STOP,))] if self._runs else []
        self._runs, self._next = False, None
        return sent

    def due(self, now_s: float) -> list[bytes]:
        """Return what is to be sent by now, in order."""
        at_s = self._position.at(now_s)
        if at_s is None:
            return []
        now = math.floor(at_s / self._clock_s)
        if self._next is None or now - self._next >= _MOST_DUE:
            sent = self._located(at_s)
        else:
            sent = []
        while self._runs and self._next is not None and self._next <= now:
            sent.append(bytes((CLOCK,)))
            self._next += 1
        return sent

    def wait_s(self, now_s: float) -> float:
        """Return how long nothing is due, at most 0.1 s."""
        at_s = self._position.at(now_s)
        if at_s is not None and self._next is None:
            return 0.0
        if at_s is None or self._next is None or not self._runs:
            return 0.1
        return min(0.1, max(0.0, self._next * self._clock_s - at_s))

    def _located(self, at_s: float) -> list[bytes]:
        """Return what takes a receiver to the next sixteenth note, to run from there; nothing if it has no number."""
        sent, self._stopped_at = self.end(), None
        if at_s < self._clock_s:  # the first clock is late by less than its length: not every device knows places
            self._next, self._runs = 0, True
            return [*sent, bytes((START,))]
        sixteenth = math.ceil((at_s + _LEAD_S) / self._clock_s / CLOCKS_PER_SIXTEENTH)
        self._next = sixteenth * CLOCKS_PER_SIXTEENTH
        if sixteenth > MOST_SIXTEENTHS:
            return sent
        self._runs = True
        return [*sent, song_position(sixteenth), bytes((CONTINUE,))]
