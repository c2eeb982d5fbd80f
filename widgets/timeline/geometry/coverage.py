"""The render bar: the parts of a scene whose sound is made, the parts without it, and silence."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.scene import Scene


class Made(Enum):
    """Whether the sound of a stretch is there."""

    READY = "ready"
    MISSING = "missing"
    HOLE = "hole"


@dataclass(frozen=True)
class Stretch:
    """A range of samples, and whether its sound is there."""

    start_sample: int
    end_sample: int
    made: Made


def coverage(scene: Scene, made_samples: Mapping[int, int]) -> list[Stretch]:
    """Return the stretches of a scene from its start to its end, each as long as it can be.

    A stretch misses sound if any block of a heard lane does. `made_samples` says how much of a block without a take is
    made, by the block's number. A hole is a stretch in which no lane sounds.
    """
    changes: dict[int, list[int]] = {0: [0, 0], scene.length_samples: [0, 0]}

    def add(start: int, end: int, kind: int) -> None:
        end = min(end, scene.length_samples)
        if start < end:
            changes.setdefault(start, [0, 0])[kind] += 1
            changes.setdefault(end, [0, 0])[kind] -= 1

    for lane in scene.heard_lanes:
        if lane.kind is LaneKind.FILM_SOUND and scene.film is not None:
            add(0, scene.length_samples, 0)
        for block in lane.blocks:
            if isinstance(block, GeneratedBlock) and block.current is None:
                until = block.start_sample + min(made_samples.get(block.block_id, 0), block.length_samples)
                add(block.start_sample, until, 0)
                add(until, block.end_sample, 1)
            else:
                add(block.start_sample, block.end_sample, 0)
    found: list[Stretch] = []
    ready = missing = 0
    times = sorted(changes)
    for start, end in itertools.pairwise(times):
        ready += changes[start][0]
        missing += changes[start][1]
        made = Made.MISSING if missing else Made.READY if ready else Made.HOLE
        if found and found[-1].made is made:
            start = found.pop().start_sample
        found.append(Stretch(start, end, made))
    return found
