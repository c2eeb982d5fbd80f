"""Messages about the scene that plays: from the session to the audio process and the feeder, and between these two.

Frozen values that pickle.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.loudness import SourceLevel
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import FoaLevels

# From the session.


@dataclass(frozen=True)
class SceneToPlay:
    """The scene as it is now, without its words; `folder` holds its takes. For the audio process and the feeder.

    `version` grows with every scene that is sent.
    """

    version: int
    scene: Scene
    folder: Path


@dataclass(frozen=True)
class PoolAddress:
    """The name of the pool of pieces, for the audio process, once there is a feeder."""

    name: str
    pieces: int


@dataclass(frozen=True)
class TakesUnderWay:
    """The takes that hold most of some blocks' sound while it is made, by block."""

    take_ids: Mapping[int, str]


# From the feeder to the audio process.


@dataclass(frozen=True)
class KnownSound:
    """What is known about a sound: for a new `number`, or more about one that is known already.

    `samples` is its length, None while it grows. A field (4 channels) has `pieces` of 40 ms at most and the `share` of
    its energy that has a direction; `follows_path` is that of FieldFacts.
    """

    number: int
    channels: int
    level: SourceLevel
    samples: int | None
    pieces: int = 0
    share: float = 1.0
    follows_path: bool = False


@dataclass(frozen=True, eq=False)
class PiecesShown:
    """Where a field shows its sound from a piece on: unit vectors or zeros (P, 3), and how sure that is (P,)."""

    number: int
    first: int
    directions: NDArray[np.float64]
    sure: NDArray[np.float64]


@dataclass(frozen=True)
class SoundsOfScene:
    """Which sound each block has, or the lane of the film's own sound: numbers by id. Those missing are silent."""

    numbers: Mapping[int, int]


@dataclass(frozen=True)
class ForgetSound:
    """A sound is gone, and its number is not used again."""

    number: int


# From the audio process to the session.


@dataclass(frozen=True)
class LevelsHeard:
    """The levels of 40 ms of the mix, before the view turns it."""

    levels: FoaLevels


@dataclass(frozen=True)
class SilentSounds:
    """The blocks, or the lane of the film's own sound, that are silent now because their sound is not there."""

    ids: tuple[int, ...]
