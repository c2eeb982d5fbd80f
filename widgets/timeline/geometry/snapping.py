"""Snapping: to the edges of blocks, markers, the playhead, and frames."""

import bisect
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.contract.frames import FrameGrid
from engine.contract.scene.scene import Scene

REACH_PX: Final = 8.0


@dataclass(frozen=True)
class Snap:
    """`targets` are sorted samples that attract within `reach_samples`; elsewhere the frames of `grid` do, if any."""

    targets: Sequence[int] = ()
    reach_samples: float = 0.0
    grid: FrameGrid | None = None

    def snapped(self, sample: int) -> int:
        """Return where a time snaps to; unchanged if nothing is near."""
        target = self._target(sample)
        if target is not None:
            return target
        return sample if self.grid is None else self.grid.nearest(sample)

    def shift(self, by_samples: int, edges: Iterable[int]) -> int:
        """Return by how much a block moves, so that the nearest of its edges snaps."""
        edges = list(edges)
        found = [target - edge for edge in edges if (target := self._target(edge + by_samples)) is not None]
        if found:
            return min(found, key=lambda by: abs(by - by_samples))
        if self.grid is None or not edges:
            return by_samples
        return self.grid.nearest(edges[0] + by_samples) - edges[0]

    def _target(self, sample: int) -> int | None:
        at = bisect.bisect_left(self.targets, sample)
        near = self.targets[max(0, at - 1) : at + 1]
        best = min(near, key=lambda target: abs(target - sample), default=None)
        return best if best is not None and abs(best - sample) <= self.reach_samples else None


NO_SNAP: Final = Snap()


def snap_of(
    scene: Scene,
    playhead_sample: int | None,
    samples_per_px: float,
    grid: FrameGrid | None,
    *,
    without_blocks: Collection[int] = (),
    without_marker: int | None = None,
) -> Snap:
    """Return the snapping of a scene, without what is being moved."""
    targets = {0, scene.length_samples}
    for block in scene.blocks():
        if block.block_id not in without_blocks:
            targets.update((block.start_sample, block.end_sample))
    targets.update(marker.at_sample for marker in scene.markers if marker.marker_id != without_marker)
    if scene.loop is not None:
        targets.update((scene.loop.start_sample, scene.loop.end_sample))
    if playhead_sample is not None:
        targets.add(playhead_sample)
    return Snap(sorted(targets), REACH_PX * samples_per_px, grid)
