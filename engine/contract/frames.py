"""The frames of a film: their samples, and timecode."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ

_NTSC: Final = Fraction(1000, 1001)
_NTSC_TOLERANCE: Final = 0.005
_TIMECODE: Final = re.compile(r"\s*(\d{1,2}):(\d{1,2}):(\d{1,2})([:;.,])(\d{1,3})\s*")


@dataclass(frozen=True)
class FrameGrid:
    """The frames of a film of constant rate.

    Timecode of 29.97 and 59.94 frames per second is drop-frame, with a semicolon: it leaves out numbers, no frames, and
    stays within a frame or two of the clock (SMPTE ST 12-1).
    """

    rate: Fraction

    @classmethod
    def of(cls, fps: float) -> "FrameGrid":
        """Return the grid of a rate such as 25.0, 29.97 or 23.976."""
        whole = round(fps / float(_NTSC))
        if whole % 6 == 0 and abs(fps - float(whole * _NTSC)) < _NTSC_TOLERANCE:
            return cls(whole * _NTSC)
        return cls(Fraction(fps).limit_denominator(1001))

    @property
    def nominal(self) -> int:
        """The frames that timecode counts per second."""
        return max(1, round(self.rate))

    def frame_at(self, sample: int) -> int:
        """Return the number of the frame that a sample falls in, from 0."""
        return int(sample * self.rate // SAMPLE_RATE_HZ)

    def sample_of(self, frame: int) -> int:
        """Return the first sample of a frame."""
        return int(-(-frame * SAMPLE_RATE_HZ // self.rate))

    def nearest(self, sample: int) -> int:
        """Return the first sample of the frame that begins nearest to a sample."""
        frame = self.frame_at(sample)
        before, after = self.sample_of(frame), self.sample_of(frame + 1)
        return before if sample - before <= after - sample else after

    def second_of_timecode(self, second: int) -> int:
        """Return the first frame whose timecode has this many whole seconds since 00:00:00."""
        minute, within = divmod(second, 60)
        skipped = self._dropped if within == 0 and minute % 10 else 0
        return second * self.nominal - self._dropped * (minute - minute // 10) + skipped

    def timecode(self, sample: int) -> str:
        """Return `hh:mm:ss:ff` of a sample."""
        number, drop = self.frame_at(sample), self._dropped
        if drop:
            per_minute = 60 * self.nominal - drop
            tens, rest = divmod(number, 10 * per_minute + drop)
            number += drop * (9 * tens + max(0, rest - drop) // per_minute)
        seconds, frame = divmod(number, self.nominal)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        digits = max(2, len(str(self.nominal - 1)))
        return f"{hour:02d}:{minute:02d}:{second:02d}{';' if drop else ':'}{frame:0{digits}d}"

    def frame_of(self, timecode: str) -> int | None:
        """Return the frame that `hh:mm:ss:ff` names; with ";" it is drop-frame. None if it is no timecode."""
        found = _TIMECODE.fullmatch(timecode)
        if found is None or self.rate <= 0:
            return None
        hours, minutes, seconds, frames = (int(found.group(n)) for n in (1, 2, 3, 5))
        if hours > 23 or minutes > 59 or seconds > 59 or frames >= self.nominal:
            return None
        number = (3600 * hours + 60 * minutes + seconds) * self.nominal + frames
        if found.group(4) != ":":
            # Two numbers (of 30) are skipped at the start of every minute except each tenth.
            whole_minutes = 60 * hours + minutes
            number -= round(self.nominal / 15) * (whole_minutes - whole_minutes // 10)
        return number

    @property
    def _dropped(self) -> int:
        """The numbers that a minute leaves out, 0 if none."""
        return self.nominal // 15 if self.rate.denominator == 1001 and self.nominal % 30 == 0 else 0
