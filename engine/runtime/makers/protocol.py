"""What another generator is asked, and what it may say while it works: docs/other-generators.md describes both."""

import json
import math
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.errors import InvalidInputError, SceneError
from engine.contract.scene.checks import LONGEST_WORDS, check_text
from engine.contract.scene.recipe import HIGHEST_SEED

PROTOCOL: Final = 1
USUAL_LIMIT_S: Final = 600.0
LONGEST_LIMIT_S: Final = 4 * 3600.0
LONGEST_S: Final = 600.0
"""The longest sound that is asked for."""
SHORTEST_S: Final = 0.1
_LONGEST_COMMAND: Final = 4_000
_LONGEST_MAKER: Final = 60
_LONGEST_SAID: Final = 160


@dataclass(frozen=True)
class Maker:
    """Another generator: its name for people, its command as an argument list, and its time limit in seconds.

    Raises InvalidInputError with a sentence.
    """

    name: str
    command: tuple[str, ...]
    limit_s: float = USUAL_LIMIT_S

    def __post_init__(self) -> None:
        """Check the values."""
        try:
            check_text(self.name, _LONGEST_MAKER, "The name of the generator", may_be_empty=False)
        except SceneError as error:
            raise InvalidInputError(str(error)) from None
        if not self.command:
            raise InvalidInputError(f"{self.name} has no command: write the program and its arguments.")
        if not 1.0 <= self.limit_s <= LONGEST_LIMIT_S:
            raise InvalidInputError(f"The time limit of {self.name} is not between 1 s and {LONGEST_LIMIT_S:g} s.")

    @classmethod
    def of(cls, name: str, command: str, limit_s: float = USUAL_LIMIT_S) -> "Maker":
        """Return the generator of a command as it is typed; quotation marks hold words with spaces together."""
        if len(command) > _LONGEST_COMMAND or "\0" in command:
            raise InvalidInputError("The command of the generator cannot be used: it is too long or not text.")
        try:
            words = tuple(shlex.split(command))
        except ValueError:
            raise InvalidInputError(
                "The command of the generator has a quotation mark without its partner: add the other one."
            ) from None
        return cls(" ".join(name.split()), words, limit_s)


@dataclass(frozen=True)
class MakerRequest:
    """What is asked: words, a length in seconds, and optionally a film from a time on, and a direction.

    Raises InvalidInputError.
    """

    words: str
    seconds: float
    seed: int = 0
    film: Path | None = None
    film_time_s: float = 0.0
    direction: Direction | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        try:
            check_text(self.words, LONGEST_WORDS, "The text for the generator")
        except SceneError as error:
            raise InvalidInputError(str(error)) from None
        if not self.words.strip() and self.film is None:
            raise InvalidInputError("The generator needs words or a film: write what should be heard.")
        if not SHORTEST_S <= self.seconds <= LONGEST_S:
            raise InvalidInputError(
                f"A generator is asked for {SHORTEST_S:g} s to {LONGEST_S:g} s: make the block shorter or longer."
            )
        if not 0 <= self.seed <= HIGHEST_SEED:
            raise InvalidInputError(f"A seed is between 0 and {HIGHEST_SEED}.")

    def text(self, output: Path) -> str:
        """Return the request as one line of JSON; the sound is expected at `output`."""
        direction = self.direction
        return json.dumps(
            {
                "protocol": PROTOCOL,
                "words": self.words,
                "seconds": self.seconds,
                "film": None if self.film is None else str(self.film),
                "film_time_s": None if self.film is None else max(0.0, self.film_time_s),
                "seed": self.seed,
                "direction": None
                if direction is None
                else {"azimuth_deg": direction.azimuth_deg, "elevation_deg": direction.elevation_deg},
                "sample_rate_hz": SAMPLE_RATE_HZ,
                "output": str(output),
            }
        )


@dataclass(frozen=True)
class Said:
    """A line of progress: a share of 0 to 1 or None, words for the user, and an error that it reports itself."""

    progress: float | None = None
    message: str = ""
    error: str = ""


def read_line(line: bytes) -> Said | None:
    """Return what a line of the program's output says; None if it is not one of the protocol."""
    try:
        values = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict):
        return None
    return Said(
        _share(values.get("progress")),
        shown(values.get("message")),
        shown(values.get("error")),
    )


def _share(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(min(1, max(0, value)))


def shown(text: object) -> str:
    """Return untrusted text as one short line that any label can show; "" for anything else."""
    if not isinstance(text, str):
        return ""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[:4_000]).split())
    return line if len(line) <= _LONGEST_SAID else f"{line[: _LONGEST_SAID - 1]}…"
