"""What to render of a scene, and into which files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import InvalidInputError
from engine.contract.scene.blocks import Block
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.scene import Scene
from engine.export.formats import Subtype, subtype_of
from engine.export.levels import Gain
from engine.runtime.offline.stems import file_name_of

MIX_NAME: Final = "mix.wav"
BINAURAL_NAME: Final = "binaural.wav"
HEAD_LOCKED_NAME: Final = "head-locked.wav"
_RUN_UP_SAMPLES: Final = SAMPLE_RATE_HZ
"""A range is mixed from a second before it on: the limiter and the air are then as in the whole."""


@dataclass(frozen=True)
class OwnNames:
    """Other names than the usual ones in the folder of a job: of the mix, of binaural sound, of the folder of stems."""

    mix: Path
    binaural: Path | None = None
    stems: Path | None = None


@dataclass(frozen=True)
class SceneJob:
    """What to render: the samples of the film from `start_sample` to the one before `end_sample` (None: to the end).

    The files in `folder` are the mix as AmbiX, head-locked stereo if there is any, with `stems` every lane that is
    heard, and with `binaural` the mix for headphones with the head-locked sound. `head` is whose ears they are; None is
    the shipped head. `gain` counts for the mix; stems have it only if it is a number. `named` has the files under other
    names than the usual ones in `folder`. Raises InvalidInputError if the range is not one, or if nothing sounds in it.
    """

    scene: Scene
    folder: Path
    stems: bool = False
    binaural: bool = False
    start_sample: int = 0
    end_sample: int | None = None
    subtype: Subtype | None = None
    gain: Gain = 0.0
    head: BinauralFilters | None = None
    named: OwnNames | None = None

    def __post_init__(self) -> None:
        """Check the range."""
        if not 0 <= self.start_sample < self.scene.length_samples:
            raise InvalidInputError("The range starts after the end of the scene: choose an earlier one.")
        if self.end <= self.start_sample:
            raise InvalidInputError("The range ends before it starts: choose a later end.")
        if not self.heard_lanes:
            raise InvalidInputError(
                "There is nothing to render: no lane sounds in the range. Add a block, or check mute and solo."
            )
        subtype_of(self.mix, "field", self.subtype)

    @property
    def mixed_from(self) -> int:
        """The sample from which the scene is mixed, before the first that is written."""
        return max(0, self.start_sample - _RUN_UP_SAMPLES)

    @property
    def end(self) -> int:
        """The sample after the last, at most the end of the scene."""
        length = self.scene.length_samples
        return length if self.end_sample is None else min(self.end_sample, length)

    @property
    def heard_lanes(self) -> tuple[Lane, ...]:
        """The lanes that sound in the range."""
        return tuple(
            lane
            for lane in self.scene.heard_lanes
            if self.blocks_of(lane) or (lane.kind is LaneKind.FILM_SOUND and self.scene.film is not None)
        )

    def blocks_of(self, lane: Lane) -> tuple[Block, ...]:
        """Return the blocks of a lane that sound in the range."""
        return tuple(b for b in lane.blocks if b.start_sample < self.end and b.end_sample > self.start_sample)

    @property
    def mix(self) -> Path:
        """The file of the mix."""
        return self.folder / MIX_NAME if self.named is None else self.named.mix

    @property
    def binaural_file(self) -> Path | None:
        """The file for headphones, if there is to be one."""
        if not self.binaural:
            return None
        return self.folder / BINAURAL_NAME if self.named is None else self.named.binaural

    @property
    def head_locked_file(self) -> Path | None:
        """The file of the head-locked sound, if there is any."""
        is_any = any(lane.kind is LaneKind.HEAD_LOCKED for lane in self.heard_lanes)
        return self.folder / HEAD_LOCKED_NAME if is_any else None

    @property
    def stem_files(self) -> dict[int, Path]:
        """The files of the lanes by lane, numbered in their order: "2 Dog.wav"."""
        if not self.stems:
            return {}
        heard = {lane.lane_id for lane in self.heard_lanes}
        folder = self.folder if self.named is None or self.named.stems is None else self.named.stems
        return {
            lane.lane_id: folder / f"{number} {file_name_of(lane.name)}.wav"
            for number, lane in enumerate(self.scene.lanes, start=1)
            if lane.lane_id in heard
        }

    @property
    def files(self) -> tuple[Path, ...]:
        """All files that are written."""
        others = (self.binaural_file, self.head_locked_file, *self.stem_files.values())
        return (self.mix, *(file for file in others if file is not None))
