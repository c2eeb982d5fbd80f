"""Messages between the window and the process of known sounds. Frozen values that pickle."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from engine.contract.generation import PatchSource
from engine.contract.known_sounds import KnownAs


class PromptReader(Protocol):
    """Says what a prompt is read as; see PromptEncoder."""

    def read_as(self, text: str) -> tuple[KnownAs, ...]:
        """Return what a prompt that is not empty is read as."""


@dataclass(frozen=True)
class SoundsSetup:
    """What the process is started with.

    `reader` and `model` load weights in it, when they are needed, and must pickle. `identify` returns a text that other
    weights do not have. `folder` keeps what was made. `output` is "device", or "null" for a clock without one.
    """

    reader: Callable[[], PromptReader]
    model: Callable[[], PatchSource]
    identify: Callable[[], str]
    folder: Path
    output: Literal["device", "null"] = "device"


# To the process.


@dataclass(frozen=True)
class ReadWords:
    """Say what these texts are read as. A newer question replaces one that waits.

    With `may_place` they are prompts of the live stream: each source is read without its place, as it is generated.
    """

    number: int
    texts: tuple[str, ...]
    may_place: bool = False


@dataclass(frozen=True)
class Audition:
    """Make a few seconds of these words, unless they are kept, and play them; ends the audition before.

    With a `file`, the beginning of that sound file is played instead, and nothing is made.

    `device` is the name of the output device, None for the system's default; `volume` is linear. Empty words end what
    plays.
    """

    number: int
    words: str
    device: str | None = None
    volume: float = 1.0
    file: Path | None = None


# From the process.


@dataclass(frozen=True)
class WordsRead:
    """The answer to ReadWords: for each text what it is read as."""

    number: int
    read_as: tuple[tuple[KnownAs, ...], ...]


@dataclass(frozen=True)
class AuditionState:
    """How far an audition is: `made` is 0 to 1, and then it plays; `problem` is a sentence if it cannot be."""

    number: int
    made: float = 0.0
    is_playing: bool = False
    has_ended: bool = False
    problem: str = ""


Stereo = NDArray[np.float32]
"""Sound for both ears, (n, 2) at 48 kHz."""
