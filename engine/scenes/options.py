"""What scenes are composed of: the user's chances and numbers."""

from dataclasses import dataclass
from typing import Final

from engine.contract.conventions import PATCH_S
from engine.contract.errors import InvalidInputError

FOCUS_CLASSES: Final = (
    "dog",
    "rain",
    "sea waves",
    "clock ticking",
    "car engine",
    "fire",
    "helicopter",
    "chainsaw",
    "baby crying",
    "rooster",
    "sneeze or cough",
    "wind",
    "birdsong",
    "thunder",
    "bell",
    "footsteps",
    "cricket",
    "big cat",
)
"""The classes with the most data; they are drawn three times as often."""

_SHORTEST_S, _LONGEST_S = 1.0, 60.0
_MOST_SOURCES = 4


@dataclass(frozen=True)
class SceneOptions:
    """What to compose; unless noted otherwise, a value is a chance between 0 and 1.

    `counts` are the chances of 0 to 4 placed sources (with 0 there is a bed alone). `bed`: a bed under the sources;
    `room`: a room around them (if the composer has rooms); `moving`: a source moves; `off_screen`: it is not in the
    picture; `change`: the prompt changes on the way; `equalised`: a source passes a random equaliser; `once`:
    it is a single event; `layered`: an ambience is two clips of its class at once; `tone`: under placed sources
    without a bed there is the quiet of a room. `classes` restricts the sources, None allows all, weighted by minutes.
    Raises InvalidInputError for values out of range.
    """

    seconds: float = 8.0
    held_out: bool = False
    counts: tuple[float, ...] = (0.02, 0.7, 0.17, 0.07, 0.04)
    bed: float = 0.3
    room: float = 0.4
    moving: float = 0.35
    off_screen: float = 0.15
    change: float = 0.35
    equalised: float = 0.7
    once: float = 0.2
    layered: float = 0.6
    tone: float = 1.0
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not _SHORTEST_S <= self.seconds <= _LONGEST_S:
            raise InvalidInputError(f"A scene of {self.seconds:g} s cannot be composed: choose 1 to 60 s.")
        if not 1 <= len(self.counts) <= _MOST_SOURCES + 1 or min(self.counts) < 0 or sum(self.counts) <= 0:
            raise InvalidInputError("'counts' are the chances of 0, 1, 2, 3 and 4 sources: give up to five, not all 0.")
        for name in ("bed", "room", "moving", "off_screen", "change", "equalised", "once", "layered", "tone"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InvalidInputError(f"'{name}' is a chance between 0 and 1, not {getattr(self, name):g}.")

    @property
    def patches(self) -> int:
        """Whole patches of 160 ms in a scene."""
        return int(self.seconds / PATCH_S + 1e-6)
