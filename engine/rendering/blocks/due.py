"""What to make next of a scene: a decision between two patches, from plain values.

Sound of a lane that is heard and armed comes first, nearest ahead of the playhead, then what lies behind it. When all
of that is made, the rest is made: lanes that are not heard, and lanes that are not armed while the film stands.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.making import Playhead
from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.scene import LoopRange, Scene

_LATE_SAMPLES: Final = 4 * SAMPLE_RATE_HZ
"""A block that has been passed has its turn when the others are made so far ahead: it must not silence them too."""
_RUN_SAMPLES: Final = SAMPLE_RATE_HZ
"""The work stays with a block until another one is nearer by so much: changing over may cost time."""
_AHEAD, _BEHIND, _REST = 0, 1, 2


@dataclass(frozen=True)
class Due:
    """The block whose next patch is to be made; `is_idle` if it can wait."""

    block_id: int
    is_idle: bool


def wanted_patches(block: GeneratedBlock, length_samples: int) -> int:
    """Return how many patches of its recipe a block needs in a scene of this length: what lies beyond is not heard."""
    heard = min(block.end_sample, length_samples) - block.start_sample
    return -(-(block.before_samples + heard) // PATCH_SAMPLES) if heard > 0 else 0


def next_due(
    scene: Scene,
    playhead: Playhead,
    made: Mapping[int, int],
    *,
    working_on: int | None = None,
    passed_over: Collection[int] = (),
) -> Due | None:
    """Return what to make next, None if there is nothing.

    `made` are the patches that are on disk by block, from the start of its recipe. `working_on` is the block that can
    go on at once. Blocks that are `passed_over` cannot be made at the moment.
    """
    heard = {lane.lane_id for lane in scene.heard_lanes}
    loop = scene.loop if scene.loop is not None and scene.loop.is_on else None
    best: tuple[int, int, int] | None = None
    for lane in scene.lanes:
        if playhead.is_playing and not lane.armed:
            continue
        is_wanted = lane.armed and lane.lane_id in heard
        for block in lane.blocks:
            rank = _rank(block, scene.length_samples, playhead.sample, loop, made, is_wanted)
            if rank is None or block.block_id in passed_over:
                continue
            if block.block_id == working_on:
                rank = (rank[0], rank[1] - _RUN_SAMPLES if rank[0] == _AHEAD else -1)
            if best is None or (*rank, block.block_id) < best:
                best = (*rank, block.block_id)
    return None if best is None else Due(best[2], best[0] == _REST)


def _rank(
    block: Block, length: int, at: int, loop: LoopRange | None, made: Mapping[int, int], is_wanted: bool
) -> tuple[int, int] | None:
    """Return how soon a block's next patch is needed, smaller is sooner; None if it needs none."""
    if not isinstance(block, GeneratedBlock):
        return None
    there = made.get(block.block_id, 0)
    if there >= wanted_patches(block, length):
        return None
    begins = block.start_sample - block.before_samples + there * PATCH_SAMPLES
    first, end = max(begins, block.start_sample), min(block.end_sample, length)
    ahead = _ahead(first, end, at, loop)
    if ahead is None or not is_wanted:
        away = max(first - at, at - end, 0)
        return (_BEHIND if is_wanted else _REST), away
    if ahead == 0 and first < at:
        return _AHEAD, min(at - begins, _LATE_SAMPLES)
    return _AHEAD, max(ahead - (first - begins), 0)  # what lies before the block's start has to be made, too


def _ahead(first: int, end: int, at: int, loop: LoopRange | None) -> int | None:
    """Return after how many samples of playing a stretch is first heard; None if it is not."""
    if loop is None or at >= loop.end_sample:
        return None if end <= at else max(first - at, 0)
    begin, stop = max(first, at), min(end, loop.end_sample)
    if begin < stop:
        return begin - at
    begin, stop = max(first, loop.start_sample), min(end, at)
    if begin < stop:
        return loop.end_sample - at + begin - loop.start_sample
    return None
