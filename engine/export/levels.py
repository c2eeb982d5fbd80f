"""Levels of a written file: its peak, the number of clipped samples, and the gain of all channels."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

Gain = float | Literal["auto"]
"""Decibels for all channels; "auto" lowers an integer file that would clip, to a peak of -1 dBFS."""

AUTO_PEAK_DBFS: Final = -1.0
MOST_GAIN_DB: Final = 60.0


@dataclass(frozen=True)
class Levels:
    """Levels of a finished file.

    `peak` is that of the samples before clipping (1 = full scale). With it come the number of clipped samples, the gain
    in decibels, and whether the gain was automatic.
    """

    peak: float
    clipped_samples: int
    gain_db: float
    is_auto: bool = False

    @property
    def peak_dbfs(self) -> float:
        """The peak in decibels of full scale; -200 for silence."""
        return 20.0 * math.log10(max(self.peak, 1e-10))

    def sentence(self, name: str) -> str:
        """Return a notice on a file that was clipped or lowered, or an empty text."""
        if self.clipped_samples:
            cut = "1 sample was" if self.clipped_samples == 1 else f"{self.clipped_samples} samples were"
            return f"The loudest sample of {name} is {self.peak_dbfs:.1f} dB above full scale: {cut} clipped."
        if self.is_auto and self.gain_db:
            return f"{name} was lowered by {-self.gain_db:.1f} dB: its peak is at {AUTO_PEAK_DBFS:g} dBFS."
        return ""


@dataclass(frozen=True)
class FileLevels:
    """The levels of one file that was written."""

    name: str
    levels: Levels

    @property
    def sentence(self) -> str:
        """A notice for the user, or an empty text."""
        return self.levels.sentence(self.name)

    def as_json(self) -> dict[str, object]:
        """Return the levels as plain values."""
        levels = self.levels
        return {
            "file": self.name,
            "peak_dbfs": round(levels.peak_dbfs, 2),
            "clipped_samples": levels.clipped_samples,
            "gain_db": round(levels.gain_db, 2),
            "gain_is_auto": levels.is_auto,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Return the levels that `as_json` wrote."""
        peak = 10.0 ** (told["peak_dbfs"] / 20.0)
        return cls(told["file"], Levels(peak, told["clipped_samples"], told["gain_db"], told["gain_is_auto"]))


def auto_gain_db(peak: float) -> float:
    """Return the gain that keeps an integer file from clipping: 0 if it does not clip."""
    return 0.0 if peak <= 1.0 else AUTO_PEAK_DBFS - 20.0 * math.log10(peak)
