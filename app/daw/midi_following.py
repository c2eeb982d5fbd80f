"""What MIDI time code and MIDI clock say to the transport: one of them is read at a time."""

from collections.abc import Callable
from typing import Final, Protocol

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.daw.clock_reader import ClockReader
from engine.daw.following import Follower
from engine.daw.time_code import MtcReader

_SILENT_S: Final = 0.3
"""MIDI time code that stops coming for this long has stopped."""
CLOCK_LOST: Final = "The MIDI clock stopped coming without a Stop: playback was stopped."


class MidiFollowing(Protocol):
    """Tells a follower what messages say. Times are of a steady clock."""

    def take(self, message: bytes, at_s: float, follower: Follower) -> str | None:
        """Take a message that came at `at_s`; returns a sentence if it said something."""

    def is_silent(self, now_s: float) -> bool:
        """Return, once, that what was running no longer comes."""

    @property
    def loss(self) -> str:
        """A sentence for the user if nothing should have ended here; empty if silence is the usual end."""


class TimeCodeFollowing:
    """MIDI time code; `begin_s` gives the time of day of the film's time 0, `slow` whether 24 stands for 23.976."""

    loss = ""

    def __init__(self, begin_s: Callable[[], float], slow: Callable[[], bool]) -> None:
        self._reader, self._begin_s, self._slow = MtcReader(), begin_s, slow
        self._at_s: float | None = None

    def take(self, message: bytes, at_s: float, follower: Follower) -> str | None:
        """See MidiFollowing."""
        self._reader.slow = self._slow()
        found = self._reader.take(message)
        if found is None:
            return None
        day_s, begin_s = found.at_sample / SAMPLE_RATE_HZ, self._begin_s()
        follower.tell(day_s - begin_s if day_s >= begin_s else day_s, at_s)
        if found.is_running:
            self._at_s = at_s
            follower.start(at_s)
        return f"Follows {found.rate.grid.timecode(found.at_sample)}."

    def is_silent(self, now_s: float) -> bool:
        """See MidiFollowing."""
        if self._at_s is None or now_s - self._at_s <= _SILENT_S:
            return False
        self._at_s = None
        return True


class ClockFollowing:
    """MIDI clock; `bpm` is the tempo that the user expects."""

    loss = CLOCK_LOST

    def __init__(self, bpm: float) -> None:
        self._reader = ClockReader(bpm)

    def take(self, message: bytes, at_s: float, follower: Follower) -> str | None:
        """See MidiFollowing."""
        place = self._reader.take(message, at_s)
        if place is None:
            return None
        if place.runs:
            follower.start(at_s)
        else:
            follower.stop()
        if place.position_s is not None:
            follower.tell(place.position_s, at_s)
        return f"Follows at {self._reader.bpm:.1f} BPM." if place.runs else "Follows: stopped."

    def expect(self, bpm: float) -> None:
        """Expect another tempo from now on."""
        self._reader.expect(bpm)

    def is_silent(self, now_s: float) -> bool:
        """See MidiFollowing."""
        return self._reader.is_lost(now_s)
