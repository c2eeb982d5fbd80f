"""Reads MIDI clock of another program: its place in seconds, from its Song Position Pointer, clocks and tempo.

Clock counts beats, not seconds: a place is taken at the tempo that its clocks have. While it runs, a change of tempo
does not move the place. A tempo that was typed, or a whole number, counts as exact if the clocks agree.
"""

from dataclasses import dataclass
from typing import Final

from engine.daw.midi_clock import CLOCK, CLOCKS_PER_SIXTEENTH, CONTINUE, SONG_POSITION, START, STOP, clock_s
from engine.daw.tempo_meter import TempoChange, TempoMeter

_DRIFT: Final = 1e-4
"""Clocks of two machines differ by less than this share."""
_TYPED_SHARE: Final = 0.03
_SURE_BPM: Final = 0.05
"""A whole number is taken if the clocks say the same and are sure to this: few tempos are near one by chance."""
_RECENT_S: Final = 10.0
"""For this long two machines agree on how long a second is; after that, clocks are counted."""
_SMALL_S: Final = 0.002
_UNSURE_S: Final = 0.04
_SURE_CLOCKS: Final = 192
"""After so many clocks a place counts, however unsure it is."""


@dataclass(frozen=True)
class ClockPlace:
    """What a message says: where the other program is in seconds (None: it does not say), and whether it plays."""

    position_s: float | None
    runs: bool


class ClockReader:
    """Takes MIDI messages one by one; `bpm` is the tempo that the user expects. Times are of any steady clock."""

    def __init__(self, bpm: float) -> None:
        self._typed = bpm
        self._meter = TempoMeter()
        self._runs = False
        self._clock = 0
        """The number of the next clock, counted from the start."""
        self._base = (0, 0.0)
        """A clock, and its place in seconds: a new tempo counts from there."""
        self._base_at_s: float | None = None
        """When that clock came, if it has come."""
        self._since = 0
        self._last_s: float | None = None

    @property
    def runs(self) -> bool:
        """Whether the other program plays."""
        return self._runs

    @property
    def bpm(self) -> float:
        """The tempo: the measured one, or the expected one before there is one."""
        measured, off = self._meter.bpm, self._meter.off_bpm
        if measured is None:
            return self._typed
        near = max(off, _DRIFT * measured)
        if near < _TYPED_SHARE * self._typed and abs(measured - self._typed) <= near:
            return self._typed
        return round(measured) if near < _SURE_BPM and abs(measured - round(measured)) <= near else measured

    def expect(self, bpm: float) -> None:
        """Expect another tempo from now on."""
        self._typed = bpm

    def is_lost(self, now_s: float) -> bool:
        """Return whether the other program should play but sends no clock; says it once, and then it has stopped."""
        if not self._runs or self._last_s is None or now_s - self._last_s <= self._meter.gap_s:
            return False
        self._runs = False
        return True

    def take(self, message: bytes, at_s: float) -> ClockPlace | None:
        """Take a MIDI message that came at `at_s`; returns what it says, or None if that is nothing yet."""
        kind = message[0] if message else 0
        if kind == SONG_POSITION and len(message) == 3 and message[1] < 0x80 and message[2] < 0x80:
            self._place((message[2] << 7 | message[1]) * CLOCKS_PER_SIXTEENTH)
            return None if self._runs else ClockPlace(self._at(self._clock, self.bpm), runs=False)
        if len(message) != 1:
            return None
        if kind == CLOCK:
            return self._tick(at_s)
        if kind in (START, CONTINUE):
            if kind == START:
                self._place(0)
            self._runs, self._since, self._last_s = True, 0, at_s
            return None
        if kind == STOP:
            self._runs, self._base_at_s = False, None
            return ClockPlace(None, runs=False)
        return None

    def _place(self, clock: int) -> None:
        self._clock, self._base, self._base_at_s, self._since = clock, (0, 0.0), None, 0

    def _tick(self, at_s: float) -> ClockPlace | None:
        before_bpm = self.bpm
        change = self._meter.take(at_s)
        if not self._runs:
            return None
        clock, self._clock, self._since, self._last_s = self._clock, self._clock + 1, self._since + 1, at_s
        if clock == 0:
            self._base_at_s = at_s
        if change is not None:
            self._turn(clock, change, before_bpm)
        position_s = self._sure(clock, at_s)
        return None if position_s is None else ClockPlace(position_s, runs=True)

    def _turn(self, clock: int, change: TempoChange, before_bpm: float) -> None:
        """Count on at a new tempo from the place that playback has reached."""
        if self._base_at_s is not None and change.at_s - self._base_at_s < _RECENT_S:
            place_s = self._base[1] + change.at_s - self._base_at_s
        elif self._since > change.clocks:
            place_s = self._at(clock - change.clocks, before_bpm) + change.seconds
        else:
            return  # it plays from the middle, and has had the new tempo almost since then
        self._base, self._base_at_s = (clock, place_s), change.at_s

    def _at(self, clock: int, bpm: float) -> float:
        return self._base[1] + (clock - self._base[0]) * clock_s(bpm)

    def _sure(self, clock: int, at_s: float) -> float | None:
        """Return the place of a clock in seconds, or None as long as the tempo is not known well enough."""
        measured, bpm = self._meter.bpm, self.bpm
        off = self._meter.off_bpm / bpm if bpm == measured else 0.0
        passed_s = None if self._base_at_s is None else at_s - self._base_at_s
        if passed_s is not None:
            is_rough = passed_s < _RECENT_S and passed_s * off > _SMALL_S
            if is_rough or not self._meter.is_measured:
                return self._base[1] + passed_s
        if measured is None:
            return None
        position_s = self._at(clock, bpm)
        return position_s if position_s * off < _UNSURE_S or self._since > _SURE_CLOCKS else None
