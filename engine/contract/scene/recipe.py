"""What a generated block is made from, and the takes that were made of it."""

import itertools
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.checks import (
    LONGEST_NAME,
    LONGEST_WORDS,
    MOST_CUES,
    MOST_SAMPLES,
    MOST_SLOTS,
    check_all,
    check_flag,
    check_most,
    check_number,
    check_text,
    check_time,
    check_whole,
    stored_bytes,
)
from engine.contract.scene.files import FileReference

HIGHEST_WEIGHT: Final = 4.0
HIGHEST_SEED: Final = 2**31 - 1
MOST_STEPS: Final = 64
_TAKE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class PromptSlot:
    """Words, and their weight (0 to 4) beside the other slots of a cue. Raises SceneError."""

    text: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        """Check the values."""
        check_text(self.text, LONGEST_WORDS, "A prompt")
        check_number(self.weight, 0.0, HIGHEST_WEIGHT, "The weight of a prompt")


@dataclass(frozen=True)
class Cue:
    """The words that hold from a sample after the block's start on, reached by a ramp of `ramp_samples` from there.

    No slot means no words. Raises SceneError if a value is out of range.
    """

    slots: tuple[PromptSlot, ...] = ()
    after_samples: int = 0
    ramp_samples: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        check_all(self.slots, PromptSlot, "prompts of a block")
        check_most(self.slots, MOST_SLOTS, "prompts at the same time")
        check_time(self.after_samples, "The time of a change of words")
        check_time(self.ramp_samples, "The ramp between two prompts")

    @property
    def words(self) -> str:
        """The words of all slots that weigh something, for people."""
        return ", ".join(slot.text.strip() for slot in self.slots if slot.weight > 0.0 and slot.text.strip())


@dataclass(frozen=True)
class Recipe:
    """Everything of a block that the key of its sound reads; the rest of the scene only mixes.

    `cues` are the words over time; the first starts with the block. `steps` is the number of flow steps per patch,
    None for the engine's default. `film_sample` is the sample of the film at which the recipe starts if the model sees
    the film (it may lie before the film), None if it does not. `direction` is given to the model; it stays when
    the lane is moved, which only turns the sound. `continued` is a recording whose end the sound continues. Raises
    SceneError if a value is out of range, or if there are neither words nor a film to follow.
    """

    cues: tuple[Cue, ...] = (Cue(),)
    seed: int = 0
    steps: int | None = None
    film_sample: int | None = None
    direction: Direction | None = None
    continued: FileReference | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        check_all(self.cues, Cue, "words of a block")
        check_most(self.cues, MOST_CUES, "changes of words in one block")
        if not self.cues or self.cues[0].after_samples != 0 or self.cues[0].ramp_samples != 0:
            raise SceneError("The first words of a block must start with it.")
        times = [cue.after_samples for cue in self.cues]
        if any(then <= before for before, then in itertools.pairwise(times)):
            raise SceneError("Two changes of words in a block are at the same time or out of order.")
        check_whole(self.seed, 0, HIGHEST_SEED, "A seed")
        if self.steps is not None:
            check_whole(self.steps, 1, MOST_STEPS, "The number of flow steps")
        if self.film_sample is not None:
            check_whole(self.film_sample, -MOST_SAMPLES, MOST_SAMPLES, "The time of the film that a block follows")
        if not (self.direction is None or isinstance(self.direction, Direction)):
            raise SceneError("The direction that a block tells the model is not a direction.")
        if not (self.continued is None or isinstance(self.continued, FileReference)):
            raise SceneError("The recording that a block continues is not a file.")
        if self.film_sample is None and not self.words:
            raise SceneError("A block needs words, or a film to follow: write what should be heard.")

    @classmethod
    def of(cls, words: str, seed: int = 0, *, film_sample: int | None = None) -> "Recipe":
        """Return the recipe of plain words. Raises SceneError."""
        return cls((Cue((PromptSlot(words),) if words.strip() else ()),), seed, film_sample=film_sample)

    @cached_property
    def stored_bytes(self) -> int:
        """Its size in a project file, about."""
        file = 0 if self.continued is None else 200 + stored_bytes(self.continued.path)
        return 180 + file + sum(70 + sum(40 + stored_bytes(slot.text) for slot in cue.slots) for cue in self.cues)

    @property
    def words(self) -> str:
        """The first words that it has, for people."""
        return next((cue.words for cue in self.cues if cue.words), "")


@dataclass(frozen=True)
class SceneTake:
    """A take of a block: sound on disk, made from a recipe that it keeps.

    `take_id` names it in the project's takes folder: letters, digits, dots, hyphens and underscores. A take that is
    not kept may be removed when the disk is full. Raises SceneError.
    """

    take_id: str
    recipe: Recipe
    name: str = ""
    is_kept: bool = False

    def __post_init__(self) -> None:
        """Check the values."""
        if not isinstance(self.take_id, str) or _TAKE_ID.fullmatch(self.take_id) is None or ".." in self.take_id:
            raise SceneError("A take has an id that cannot be the name of a file.")
        if not isinstance(self.recipe, Recipe):
            raise SceneError("A take has no words that it was made from.")
        check_text(self.name, LONGEST_NAME, "The name of a take")
        check_flag(self.is_kept, "Whether a take is kept")
