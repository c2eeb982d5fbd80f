"""The requested part of a film: its start, its length, and a notice if the film is shorter."""

from dataclasses import dataclass
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.video import VideoInfo

SECONDS_WITHOUT_FILM: Final = 10.0
_EPSILON_S: Final = 0.01


@dataclass(frozen=True)
class FilmStretch:
    """A stretch of `samples` at 48 kHz from `start_sample` of the film on; `remark` is a sentence, or "" for none."""

    start_sample: int
    samples: int
    remark: str = ""

    @property
    def start_s(self) -> float:
        """The film time at which it begins."""
        return self.start_sample / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        """The film time at which it ends."""
        return (self.start_sample + self.samples) / SAMPLE_RATE_HZ


def film_stretch(film: VideoInfo | None, start_s: float, seconds: float | None) -> FilmStretch:
    """Return the stretch from `start_s` on; `seconds` None is to the film's end.

    A still panorama, or no film, is as long as requested. Raises InvalidInputError if the film ends before the start.
    """
    start = round(start_s * SAMPLE_RATE_HZ)
    wanted_s, remark = seconds, ""
    # A still panorama is shown for as long as requested.
    if film is not None and (seconds is None or film.times != "still"):
        left_s = film.duration_s - start_s
        if left_s <= 0.0 < start_s:
            raise InvalidInputError(f"The film ends at {film.duration_s:.1f} s: choose a start before that.")
        if seconds is not None and seconds > left_s + _EPSILON_S:
            remark = f"The film ends at {film.duration_s:.1f} s: the sound is {left_s:.1f} s long, not {seconds:g} s."
        wanted_s = left_s if seconds is None else min(seconds, left_s)
    samples = round((wanted_s if wanted_s is not None else SECONDS_WITHOUT_FILM) * SAMPLE_RATE_HZ)
    return FilmStretch(start, max(1, samples), remark)
