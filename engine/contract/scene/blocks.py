"""Blocks: stretches of sound at a time of the film, generated or recorded."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from engine.contract.errors import SceneError
from engine.contract.scene.checks import (
    LONGEST_NAME,
    MOST_ID,
    MOST_SAMPLES,
    MOST_TAKES,
    check_all,
    check_gain,
    check_most,
    check_text,
    check_time,
    check_whole,
    stored_bytes,
)
from engine.contract.scene.files import FileReference as FileReference
from engine.contract.scene.recipe import HIGHEST_SEED, Recipe, SceneTake

SHORTEST_SAMPLES: Final = 480
"""The shortest block: 10 ms."""


class Convention(Enum):
    """The channels of a recording."""

    MONO = "mono"
    STEREO = "stereo"
    AMBIX = "ambix"
    FUMA = "fuma"
    N3D = "n3d"
    A_FORMAT = "a-format"

    @property
    def channels(self) -> int:
        """How many channels it has."""
        return {Convention.MONO: 1, Convention.STEREO: 2}.get(self, 4)


@dataclass(frozen=True, kw_only=True)
class _Block:
    """What all blocks share; times are samples of the film. Blocks of a lane may overlap: then they add up."""

    block_id: int
    name: str = ""
    start_sample: int = 0
    length_samples: int
    gain_db: float = 0.0
    fade_in_samples: int = 0
    fade_out_samples: int = 0

    def __post_init__(self) -> None:
        """Check the values."""
        check_whole(self.block_id, 1, MOST_ID, "The number of a block")
        check_text(self.name, LONGEST_NAME, "The name of a block")
        check_time(self.start_sample, "The start of a block")
        check_time(self.length_samples, "The length of a block", SHORTEST_SAMPLES)
        if self.end_sample > MOST_SAMPLES:
            raise SceneError("A block ends after 24 hours: move it or make it shorter.")
        check_gain(self.gain_db, "The gain of a block")
        check_time(self.fade_in_samples, "The fade-in of a block")
        check_time(self.fade_out_samples, "The fade-out of a block")
        if self.fade_in_samples + self.fade_out_samples > self.length_samples:
            raise SceneError("The fades of a block are longer than the block: make them shorter.")

    @property
    def end_sample(self) -> int:
        """The sample after its last."""
        return self.start_sample + self.length_samples


@dataclass(frozen=True, kw_only=True)
class GeneratedBlock(_Block):
    """Sound that the model makes.

    `takes` are those made of it, the oldest first; `current` is the id of the one that is heard, None if its sound has
    not been made yet. The current take has the recipe of the block. `before_samples` is how far the first sample of
    the recipe lies before the block's start: trimming and splitting move it and keep the take. Raises SceneError.
    """

    recipe: Recipe
    before_samples: int = 0
    takes: tuple[SceneTake, ...] = ()
    current: str | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        if not isinstance(self.recipe, Recipe):
            raise SceneError("A generated block has no words.")
        check_time(self.before_samples, "The beginning of a generated block before its trim")
        check_all(self.takes, SceneTake, "takes of a block")
        check_most(self.takes, MOST_TAKES, "takes of one block")
        if len({take.take_id for take in self.takes}) < len(self.takes):
            raise SceneError("Two takes of a block have the same id.")
        if self.current is not None:
            if (take := self.take(self.current)) is None:
                raise SceneError("The current take of a block is not one of its takes.")
            if take.recipe != self.recipe:
                raise SceneError("The current take of a block was made from other words.")

    @cached_property
    def stored_bytes(self) -> int:
        """Its size in a project file, about."""
        takes = sum(320 + stored_bytes(take.name) + take.recipe.stored_bytes for take in self.takes)
        return 420 + stored_bytes(self.name) + self.recipe.stored_bytes + takes

    @property
    def is_generated(self) -> bool:
        """Whether a machine made it: always."""
        return True

    @property
    def title(self) -> str:
        """Its name, or its words."""
        return self.name or self.recipe.words or "the film's sound"

    def take(self, take_id: str) -> SceneTake | None:
        """Return one of its takes, or None."""
        return next((take for take in self.takes if take.take_id == take_id), None)


@dataclass(frozen=True, kw_only=True)
class RecordingBlock(_Block):
    """A sound in a file: a recording of the user's, or what another generator made.

    `offset_samples` is where in the file the block starts, and `file_samples` how long the file is, both at 48 kHz. A
    block that reaches beyond its file is silent there: the file was replaced by a shorter one. With a `bed_seed` it is
    a bed: grains of the file, drawn by that seed, without an end; then `offset_samples` is where in the bed it starts.
    `made_by` names the generator that made the file; it is "" for a recording. Raises SceneError.
    """

    file: FileReference
    file_samples: int
    offset_samples: int = 0
    convention: Convention = Convention.MONO
    made_by: str = ""
    bed_seed: int | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        super().__post_init__()
        check_text(self.made_by, LONGEST_NAME, "The name of the generator of a block")
        if not isinstance(self.file, FileReference):
            raise SceneError("A recording has no file.")
        if not isinstance(self.convention, Convention):
            raise SceneError("The convention of a recording is not known.")
        check_time(self.file_samples, "The length of a recording", SHORTEST_SAMPLES)
        check_time(self.offset_samples, "The offset in a recording")
        if self.bed_seed is not None:
            check_whole(self.bed_seed, 0, HIGHEST_SEED, "The seed of a bed")

    @cached_property
    def stored_bytes(self) -> int:
        """Its size in a project file, about."""
        return 770 + stored_bytes(self.name) + stored_bytes(self.file.path) + stored_bytes(self.made_by)

    @property
    def title(self) -> str:
        """Its name, or the file's."""
        return self.name or self.file.name

    @property
    def is_generated(self) -> bool:
        """Whether a machine made it."""
        return bool(self.made_by)


Block = GeneratedBlock | RecordingBlock
