"""How loud a file became: its peak, what was cut off, and the gain that was given to all of its channels."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

Gain = float | Literal["auto"]
"""Decibels for all channels alike; "auto" lowers a file of whole numbers if it would be cut, to a peak of -1 dBFS."""

AUTO_PEAK_DBFS: Final = -1.0
MOST_GAIN_DB: Final = 60.0


@dataclass(frozen=True)
class Levels:
    """Of a finished file: `peak` of the samples that were to be written (1 = full scale), how many were cut off, the
    gain in decibels that they had, and whether it was found automatically.
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
        """Return what a user should know of a file: that samples were cut, or that it was lowered; else nothing."""
        if self.clipped_samples:
            cut = "1 sample was" if self.clipped_samples == 1 else f"{self.clipped_samples} samples were"
            return f"The loudest sample of {name} is {self.peak_dbfs:.1f} dB above full scale: {cut} cut."
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
        """What a user should know of them, or nothing."""
        return self.levels.sentence(self.name)

    def as_json(self) -> dict[str, object]:
        """Return them as plain values."""
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
        """Return what `as_json` told."""
        peak = 10.0 ** (told["peak_dbfs"] / 20.0)
        return cls(told["file"], Levels(peak, told["clipped_samples"], told["gain_db"], told["gain_is_auto"]))


def auto_gain_db(peak: float) -> float:
    """Return the gain that keeps a file of whole numbers from being cut: 0 if it is not."""
    return 0.0 if peak <= 1.0 else AUTO_PEAK_DBFS - 20.0 * math.log10(peak)
