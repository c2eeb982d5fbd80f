"""Messages between the window's process and the one that makes takes. Frozen values that pickle."""

from dataclasses import dataclass
from pathlib import Path

from engine.contract.making import BlockProgress
from engine.contract.scene.edits.change import Change
from engine.contract.scene.edits.finishing import finish_take
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene

# To the process that makes takes; `Playhead` and `Quit` are messages, too.


@dataclass(frozen=True)
class SceneToMake:
    """The scene as it is now, and the folder of its takes."""

    version: int
    scene: Scene
    folder: Path


@dataclass(frozen=True)
class MakeCandidates:
    """Make takes of a recipe with other seeds, `patches` each. An earlier request that is not finished is dropped."""

    request: int
    recipe: Recipe
    seeds: tuple[int, ...]
    patches: int


@dataclass(frozen=True)
class CancelCandidates:
    """Stop making candidates; what was made of them stays on disk and is continued if they are wanted again."""

    request: int


# From it.


@dataclass(frozen=True)
class MakingProgress:
    """How much of these blocks is made: all blocks of a new scene, or the one in which something changed.

    `version` is the scene's. `working_on` is the block that is being made, None if it is none.
    """

    version: int
    blocks: tuple[BlockProgress, ...]
    working_on: int | None = None
    folder: Path | None = None
    """That of the takes: the numbers of blocks are those of its project."""


@dataclass(frozen=True)
class TakeFinished:
    """A take that has all that a block needs. `replaces` is the current take that is too short for the block, or None.

    `edit` brings it into a scene (History.amended).
    """

    block_id: int
    take: SceneTake
    replaces: str | None = None
    folder: Path | None = None

    def edit(self, scene: Scene) -> Change:
        """Return the scene in which the take is heard. Raises SceneError if the block is gone."""
        return finish_take(scene, self.block_id, self.take, self.replaces)


@dataclass(frozen=True)
class CandidatesProgress:
    """The candidates that are finished, in the order of their seeds, and the share of all their sound that is made."""

    request: int
    takes: tuple[SceneTake, ...]
    share: float

    @property
    def is_over(self) -> bool:
        """Whether all are there."""
        return self.share >= 1.0


@dataclass(frozen=True)
class NotMade:
    """The sound of a block cannot be made: a sentence for the user. The others go on.

    `request` is that of the candidates that are given up, None if it is a block. If both are None, nothing can be made
    at the moment; with "" as the sentence, that is over.
    """

    block_id: int | None
    message: str
    detail: str = ""
    request: int | None = None
    folder: Path | None = None
