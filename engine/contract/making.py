"""What a user sees of the making of takes: how much of each block is made, and the position of the film."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.contract.conventions import PATCH_SAMPLES
from engine.contract.scene.blocks import GeneratedBlock


@dataclass(frozen=True)
class Playhead:
    """The sample of the film that is heard next, and whether the film is playing."""

    sample: int = 0
    is_playing: bool = False


@dataclass(frozen=True)
class BlockProgress:
    """How many patches of a block are on disk, from the start of its recipe, and how many it needs.

    `take_id` is the take that holds them, "" if there is none. A take that is being made may be read meanwhile.
    """

    block_id: int
    take_id: str
    made: int
    wanted: int

    @property
    def is_made(self) -> bool:
        """Whether nothing is missing."""
        return self.made >= self.wanted

    def made_until(self, block: GeneratedBlock) -> int:
        """Return the sample of the film up to which the block's sound is there: its start if there is none."""
        until = block.start_sample - block.before_samples + self.made * PATCH_SAMPLES
        return min(max(until, block.start_sample), block.end_sample)


@dataclass(frozen=True)
class RankedTake:
    """A candidate: how near it is to what was asked for, 0 (worst) to 1, and why, in sentences for the user."""

    take_id: str
    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class SoundPeaks:
    """The level of a take or a recording, for drawing: `source` is the take's id or the file's path.

    `peaks` (N,) float32, linear, 1.0 is full scale: value k is the highest of the samples from k * `hop_samples` on.
    Sample 0 is where the take's recipe or the file begins.
    """

    source: str
    peaks: NDArray[np.float32]
    hop_samples: int


@dataclass(frozen=True)
class SilentLanes:
    """The ids of the lanes that are silent now because their sound is not there in time; empty if none is."""

    lane_ids: tuple[int, ...]
