"""The kinds of sound of `sounds.py`: what is asked for, which real clips they are compared with, and the gates."""

from dataclasses import dataclass
from typing import Final

NAMES: Final = {
    "heard": "heard as what it is",
    "tonal": "tonal share",
    "range_db": "level range, dB",
    "lows_db": "20 to 100 Hz, dB of all",
    "rhythm": "rhythm",
    "decay_db": "last second against the first, dB",
    "nearest_db": "to the nearest clip, dB",
}
"""The figures of a kind; each is the median over takes or clips, `heard` the share."""


@dataclass(frozen=True)
class Kind:
    """A kind of sound.

    `sound` is its key in `text_prompts.ACCEPTED`, None if the tagger does not judge it; `sound_class` is its class in
    `sounds.tsv`. Its takes cycle through the prompts, with the seeds `seed`, `seed + 1` and so on.
    """

    name: str
    sound: str | None
    sound_class: str
    prompts: tuple[str, ...]
    takes: int
    seed: int


KINDS: Final = (
    Kind("bell", "bell", "bell", ("a church bell ringing", "a bell rings"), 20, 7_000),
    Kind("clock", "clock", "clock ticking", ("a clock ticking", "a ticking clock"), 8, 7_100),
    Kind("footsteps", "footsteps", "footsteps", ("footsteps on gravel", "footsteps"), 8, 7_200),
    Kind("door", None, "door", ("a door slams", "a door opens and closes"), 8, 7_300),
    Kind("rain", "rain", "rain", ("rain falling", "rain"), 6, 7_400),
    Kind("wind", "wind", "wind", ("wind howling", "wind blows"), 8, 7_500),
    Kind("bird", "bird", "birdsong", ("birds singing", "birdsong"), 6, 7_600),
)


@dataclass(frozen=True)
class Gate:
    """A bound for a figure of a kind.

    The value is at least `least` and at most `most`. With `to_real` it is the difference from the real clips' figure
    that is bounded.
    """

    kind: str
    figure: str
    least: float | None = None
    most: float | None = None
    to_real: bool = False

    def passes(self, value: float, real: float) -> bool:
        """Return whether a take's figure passes; no figure (NaN) does not."""
        bounded = value - real if self.to_real else value
        least_kept = self.least is None or bounded >= self.least
        return bounded == bounded and least_kept and (self.most is None or bounded <= self.most)

    @property
    def target(self) -> str:
        """The bounds in words."""
        bounds = [f"{word} {v:g}" for word, v in (("at least", self.least), ("at most", self.most)) if v is not None]
        return " and ".join(bounds) + (" from real clips" if self.to_real else "")


GATES: Final = (
    Gate("bell", "heard", least=0.25),
    Gate("bell", "tonal", least=0.40),
    Gate("clock", "rhythm", least=0.18),
    *(Gate(kind, "range_db", least=25.0, most=40.0) for kind in ("clock", "footsteps", "door")),
    *(Gate(kind, "lows_db", least=-6.0, most=6.0, to_real=True) for kind in ("rain", "wind")),
    Gate("wind", "nearest_db", least=5.0),
)

LEAST_KNOWN: Final = 0.4
"""A sound of whose real clips the tagger names fewer than this share says nothing about takes: it is left out."""
LEAST_WORDS: Final = 0.85
"""The gate of words: agreement of takes against agreement of real clips of the same sounds."""
