"""A lane: a source, a bed, the film's own sound or head-locked stereo, with its blocks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, Convention, GeneratedBlock, RecordingBlock
from engine.contract.scene.checks import (
    LONGEST_NAME,
    MOST_BLOCKS,
    MOST_ID,
    check_all,
    check_flag,
    check_gain,
    check_ids,
    check_most,
    check_number,
    check_text,
    check_whole,
    stored_bytes,
)
from engine.contract.scene.place import LanePath

COLOURS: Final = ("#769dff", "#c4009d", "#9dff00", "#ffd8b1", "#763bff", "#d8004e", "#eb89b1", "#899d00")
"""The colours of new lanes, in turn. Colour-blind people tell any two apart too (tests/engine/contract/scene)."""
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")
_HEAD_LOCKED: Final = (Convention.MONO, Convention.STEREO)


class LaneKind(Enum):
    """POINT is a source with a place, BED sound from all around; FILM_SOUND and HEAD_LOCKED stereo have no place."""

    POINT = "point"
    BED = "bed"
    FILM_SOUND = "film-sound"
    HEAD_LOCKED = "head-locked"


@dataclass(frozen=True, kw_only=True)
class Lane:
    """One row of the scene; `lane_id` never changes.

    `path` None: the sound stays where the model or the recording puts it. `width_deg` is how wide the source is, 0 (a
    point) to 360 (all around); None: as wide as its sound is. An armed lane is generated while the film plays. Blocks
    are sorted by their start. Raises SceneError if a value is out of range or does not go with the kind.
    """

    lane_id: int
    kind: LaneKind = LaneKind.POINT
    name: str
    colour: str = COLOURS[0]
    gain_db: float = 0.0
    mute: bool = False
    solo: bool = False
    armed: bool = True
    width_deg: float | None = None
    path: LanePath | None = None
    blocks: tuple[Block, ...] = ()

    def __post_init__(self) -> None:
        """Check the values."""
        check_whole(self.lane_id, 1, MOST_ID, "The number of a lane")
        check_text(self.name, LONGEST_NAME, "The name of a lane", may_be_empty=False)
        if not isinstance(self.kind, LaneKind):
            raise SceneError(f"The kind of the lane '{self.name}' is not known.")
        if not isinstance(self.colour, str) or _COLOUR.fullmatch(self.colour) is None:
            raise SceneError(f"The colour of the lane '{self.name}' is not one: write it like #4f9cf7.")
        check_gain(self.gain_db, f"The gain of the lane '{self.name}'")
        for flag in (self.mute, self.solo, self.armed):
            check_flag(flag, f"A switch of the lane '{self.name}'")
        if self.width_deg is not None:
            check_number(self.width_deg, 0.0, 360.0, f"The width of the lane '{self.name}' in degrees")
        if not (self.path is None or isinstance(self.path, LanePath)):
            raise SceneError(f"The path of the lane '{self.name}' is not one.")
        check_all(self.blocks, (GeneratedBlock, RecordingBlock), f"blocks of the lane '{self.name}'")
        check_most(self.blocks, MOST_BLOCKS, f"blocks in the lane '{self.name}'")
        check_ids(self.block_ids, f"blocks of the lane '{self.name}'")
        if self.blocks != sorted_blocks(self.blocks):
            raise SceneError(f"The blocks of the lane '{self.name}' are not sorted by their start.")
        self._check_kind()

    @cached_property
    def block_ids(self) -> tuple[int, ...]:
        """The numbers of its blocks."""
        return tuple(block.block_id for block in self.blocks)

    @cached_property
    def stored_bytes(self) -> int:
        """Its size in a project file, about."""
        frames = 0 if self.path is None else 50 * len(self.path.keyframes)
        return 320 + stored_bytes(self.name) + frames + sum(block.stored_bytes for block in self.blocks)

    @property
    def has_place(self) -> bool:
        """Whether it can be placed and widened."""
        return self.kind in (LaneKind.POINT, LaneKind.BED)

    def _check_kind(self) -> None:
        if not self.has_place and not (self.path is None and self.width_deg is None):
            raise SceneError(f"The lane '{self.name}' has no place: only sources and beds can be placed.")
        if self.kind is LaneKind.FILM_SOUND and self.blocks:
            raise SceneError("The lane of the film's own sound holds no blocks: add them to another lane.")
        if self.kind is LaneKind.HEAD_LOCKED:
            for block in self.blocks:
                if not isinstance(block, RecordingBlock) or block.convention not in _HEAD_LOCKED:
                    raise SceneError(
                        f"The lane '{self.name}' is head-locked: it plays mono and stereo recordings only."
                    )


def sorted_blocks(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return blocks in the order of a lane: by start, then by number."""
    return tuple(sorted(blocks, key=lambda block: (block.start_sample, block.block_id)))
