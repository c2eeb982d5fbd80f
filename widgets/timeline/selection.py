"""What is selected in the timeline: blocks, a marker, a lane. It is part of the view and not of the scene."""

from dataclasses import dataclass

from engine.contract.scene.scene import Scene


@dataclass(frozen=True)
class Selection:
    """`blocks` or `marker_id` is what keys act on; `current` is the block of them that was chosen last."""

    blocks: frozenset[int] = frozenset()
    current: int | None = None
    lane_id: int | None = None
    marker_id: int | None = None

    def with_block(self, scene: Scene, block_id: int, *, extend: bool = False) -> "Selection":
        """Return the selection of a block and its lane; extended, others stay, and a selected one is left out."""
        lane_id = scene.lane_of(block_id).lane_id
        if not extend:
            return Selection(frozenset({block_id}), block_id, lane_id)
        blocks = self.blocks ^ {block_id}
        return Selection(blocks, block_id if block_id in blocks else next(iter(blocks), None), lane_id)

    def within(self, scene: Scene) -> "Selection":
        """Return what of the selection still exists in a scene."""
        if not self.blocks and self.lane_id is None and self.marker_id is None:
            return self
        there = {block.block_id for block in scene.blocks()}
        blocks = self.blocks & there
        current = self.current if self.current in blocks else next(iter(blocks), None)
        lane_id = self.lane_id if any(lane.lane_id == self.lane_id for lane in scene.lanes) else None
        if current is not None:
            lane_id = scene.lane_of(current).lane_id
        marker_id = self.marker_id if any(mark.marker_id == self.marker_id for mark in scene.markers) else None
        return Selection(blocks, current, lane_id, marker_id)
