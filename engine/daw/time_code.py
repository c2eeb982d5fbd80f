"""MIDI time code: its messages as bytes, written and read (MIDI Time Code, RP-004/008).

A time goes out in eight quarter frames, which take two frames to send; a full frame message locates. Times are times of
day in samples at 48 kHz.
"""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.frames import FrameGrid

QUARTER_FRAME: Final = 0xF1
_FULL_FRAME: Final = bytes((0xF0, 0x7F, 0x7F, 0x01, 0x01))
_END: Final = 0xF7
_PIECES: Final = 8
_MOST_OFF_FPS: Final = 0.03
_LATE_FRAMES: Final = Fraction(7, 4)
"""The last of eight pieces comes this long after the time that they name."""


class MtcRate(Enum):
    """The rates of time code. MIDI has four numbers for them: 23.976 counts as 24 does, and takes 0.1 % longer."""

    FPS_23_976 = "23.976"
    FPS_24 = "24"
    FPS_25 = "25"
    FPS_29_97_DROP = "29.97"
    FPS_30 = "30"

    @property
    def number(self) -> int:
        """Its number in messages of MIDI."""
        return _NUMBERS[self]

    @property
    def grid(self) -> FrameGrid:
        """The frames of this rate."""
        return FrameGrid(_RATES[self])

    @classmethod
    def of(cls, fps: float) -> "MtcRate":
        """Return the rate that fits a film best: that of its frames or of half of them; 30 if none does."""
        off, rate = min(
            ((abs(fps / times - float(_RATES[rate])), rate) for rate in cls for times in (1, 2)),
            key=lambda each: each[0],
        )
        return rate if off < _MOST_OFF_FPS else cls.FPS_30


_NUMBERS: Final = {
    MtcRate.FPS_23_976: 0,
    MtcRate.FPS_24: 0,
    MtcRate.FPS_25: 1,
    MtcRate.FPS_29_97_DROP: 2,
    MtcRate.FPS_30: 3,
}
_RATES: Final = {
    MtcRate.FPS_23_976: Fraction(24_000, 1001),
    MtcRate.FPS_24: Fraction(24),
    MtcRate.FPS_25: Fraction(25),
    MtcRate.FPS_29_97_DROP: Fraction(30_000, 1001),
    MtcRate.FPS_30: Fraction(30),
}


@dataclass(frozen=True)
class MtcTime:
    """A time of day in samples at 48 kHz that a message names; `is_running` if it came in quarter frames."""

    rate: MtcRate
    at_sample: int
    is_running: bool


def full_frame(rate: MtcRate, frame: int) -> bytes:
    """Return the message that locates to a frame of the day."""
    hours, minutes, seconds, frames = digits_of(rate, frame)
    return _FULL_FRAME + bytes((rate.number << 5 | hours, minutes, seconds, frames, _END))


def quarter_frame(rate: MtcRate, frame: int, piece: int) -> bytes:
    """Return one of the eight pieces (0 to 7) of a frame of the day."""
    hours, minutes, seconds, frames = digits_of(rate, frame)
    value = (frames, seconds, minutes, rate.number << 5 | hours)[piece // 2]
    return bytes((QUARTER_FRAME, piece << 4 | (value >> 4 if piece % 2 else value & 0x0F)))


class MtcReader:
    """Puts pieces together. Backward playback, gaps and impossible times are nothing.

    Messages do not tell 23.976 from 24: `slow` says that 24 stands for 23.976, as beside a film of that rate.
    """

    def __init__(self, *, slow: bool = False) -> None:
        self.slow = slow
        self._nibbles: list[int] = []

    def take(self, message: bytes) -> MtcTime | None:
        """Take a MIDI message; returns a time if it completes one. For quarter frames that is the time now."""
        if len(message) == 2 and message[0] == QUARTER_FRAME and message[1] < 0x80:
            return self._piece(message[1] >> 4, message[1] & 0x0F)
        if len(message) == 10 and message[:2] == _FULL_FRAME[:2] and message[3:5] == _FULL_FRAME[3:]:
            self._nibbles = []
            return self._time(*message[5:9], is_running=False)
        return None

    def _piece(self, piece: int, nibble: int) -> MtcTime | None:
        if piece == 0:
            self._nibbles = []
        if piece != len(self._nibbles):
            self._nibbles = []
            return None
        self._nibbles.append(nibble)
        if len(self._nibbles) < _PIECES:
            return None
        low, high = self._nibbles[::2], self._nibbles[1::2]
        frames, seconds, minutes, hours = (b << 4 | a for a, b in zip(low, high, strict=True))
        self._nibbles = []
        return self._time(hours, minutes, seconds, frames, is_running=True)

    def _time(self, hours: int, minutes: int, seconds: int, frames: int, *, is_running: bool) -> MtcTime | None:
        number = hours >> 5 & 0x03
        rate = next(
            r for r in MtcRate if r.number == number and (r is MtcRate.FPS_23_976) == (number == 0 and self.slow)
        )
        mark = ";" if rate is MtcRate.FPS_29_97_DROP else ":"
        frame = rate.grid.frame_of(f"{hours & 0x1F:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:02d}")
        if frame is None:
            return None
        late = round(_LATE_FRAMES * SAMPLE_RATE_HZ / rate.grid.rate) if is_running else 0
        return MtcTime(rate, rate.grid.sample_of(frame) + late, is_running)


def digits_of(rate: MtcRate, frame: int) -> tuple[int, int, int, int]:
    """Return hours, minutes, seconds and frames of a frame of the day, as its rate counts them."""
    hours, minutes, seconds, frames = map(
        int, rate.grid.timecode(rate.grid.sample_of(frame)).replace(";", ":").split(":")
    )
    return hours % 24, minutes, seconds, frames
