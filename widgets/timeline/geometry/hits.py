"""What is under the pointer: a block, its edges, its fade handles."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

from engine.contract.scene.blocks import Block
from engine.contract.scene.lane import Lane
from widgets.timeline.geometry.block_index import BlockIndex
from widgets.timeline.geometry.time_scale import TimeScale

ROW_PX: Final = 60
"""The height of a lane."""
BLOCK_TOP_PX: Final = 3
"""Free above and below a block."""
TITLE_PX: Final = 18
"""The height of a block's words; below them are its level and its fades."""
HANDLE_PX: Final = 10
"""The height and width of a fade handle."""
HANDLE_TOP_PX: Final = 16
"""Where it begins in a block: below the words, and above the middle, at which edges are trimmed."""
LEAST_WITH_HANDLES_PX: Final = 40.0
"""A narrower block shows no fade handles."""
_EDGE_PX: Final = 6.0
_REACH_PX: Final = 3.0


class Part(Enum):
    """A part of a block that can be taken hold of."""

    BODY = "body"
    START = "start"
    END = "end"
    FADE_IN = "fade-in"
    FADE_OUT = "fade-out"


@dataclass(frozen=True)
class Hit:
    """A block, and the part of it."""

    block: Block
    part: Part


def block_hit(
    index: BlockIndex, scale: TimeScale, lane: Lane, x: float, y_in_row: float, in_front: Collection[int] = ()
) -> Hit | None:
    """Return what lies at a point of a lane's row, None if it is free.

    Blocks with a number in `in_front` are drawn over the others, and are found first. A block that is only a pixel wide
    can be hit three pixels beside it.
    """
    if not BLOCK_TOP_PX <= y_in_row < ROW_PX - BLOCK_TOP_PX:
        return None
    reach = _REACH_PX * scale.samples_per_px
    at = (x + scale.scroll_px) * scale.samples_per_px
    near = index.between(lane, at - reach, at + reach)
    inside = [block for block in near if block.start_sample <= at < block.end_sample]
    found = inside or near
    if not found:
        return None
    block = next((b for b in reversed(found) if b.block_id in in_front), found[-1])
    return Hit(block, _part(scale, block, x, y_in_row))


def fade_handle_xs(scale: TimeScale, block: Block) -> tuple[float, float]:
    """Return the left edges of both fade handles; they stay inside the block."""
    left, right = scale.x_of(block.start_sample), scale.x_of(block.end_sample) - HANDLE_PX
    fade_in = left + scale.width_of(block.fade_in_samples)
    fade_out = right - scale.width_of(block.fade_out_samples)
    return min(fade_in, right - HANDLE_PX), max(fade_out, left + HANDLE_PX)


def has_handles(scale: TimeScale, block: Block) -> bool:
    """Whether a block is wide enough for fade handles."""
    return scale.width_of(block.length_samples) >= LEAST_WITH_HANDLES_PX


def _part(scale: TimeScale, block: Block, x: float, y: float) -> Part:
    left, right = scale.x_of(block.start_sample), scale.x_of(block.end_sample)
    if 0 <= y - BLOCK_TOP_PX - HANDLE_TOP_PX < HANDLE_PX and has_handles(scale, block):
        fade_in, fade_out = fade_handle_xs(scale, block)
        for part, at in ((Part.FADE_IN, fade_in), (Part.FADE_OUT, fade_out)):
            if at <= x < at + HANDLE_PX:
                return part
    edge = min(_EDGE_PX, (right - left) / 4.0)
    if x < left + edge:
        return Part.START
    return Part.END if x >= right - edge else Part.BODY
