"""Where in time the grains of a bed show parts of its file's level track."""

from typing import Final, NamedTuple

from engine.contract.scene.bed import SHORTEST_FILE_SAMPLES, BedPlan
from engine.contract.scene.blocks import Block, GeneratedBlock
from widgets.timeline.levels import source_start

_MOST_PARTS: Final = 512
"""A longer view shows grains that are narrower than a pixel or two; one part then stands for several."""


class Part(NamedTuple):
    """The level track as if it began at `source_start`, seen from sample `start` to `end` of the film."""

    source_start: int
    start: int
    end: int


def parts_of(block: Block, first: int, last: int) -> list[Part]:
    """Return what a block shows of its level track between two samples of the film: of a bed each grain."""
    if isinstance(block, GeneratedBlock) or block.bed_seed is None or block.file_samples < SHORTEST_FILE_SAMPLES:
        return [Part(source_start(block), first, last)]
    plan, begin = BedPlan(block.file_samples, block.bed_seed), source_start(block)
    from_grain, to_grain = plan.at(max(0, first - begin)), plan.at(max(0, last - 1 - begin))
    step = 1 + (to_grain - from_grain) // _MOST_PARTS
    parts = []
    for grain in range(from_grain, to_grain + 1, step):
        start, end = begin + plan.start(grain), begin + plan.start(grain + step)
        parts.append(Part(start - plan.source(grain), max(first, start), min(last, end)))
    return parts
