"""The blocks of a lane that lie in a range: what is painted, and what is under the pointer."""

import numpy as np
from numpy.typing import NDArray

from engine.contract.scene.blocks import Block
from engine.contract.scene.lane import Lane


class BlockIndex:
    """Keeps the starts and ends of every lane's blocks; a lane is read again only if it is another object."""

    def __init__(self) -> None:
        self._lanes: dict[int, tuple[Lane, NDArray[np.int64], NDArray[np.int64]]] = {}

    def between(self, lane: Lane, start_sample: float, end_sample: float) -> list[Block]:
        """Return the blocks of a lane that have a sample in [start, end), in the lane's order."""
        if not lane.blocks:
            return []
        known = self._lanes.get(lane.lane_id)
        if known is None or known[0] is not lane:
            starts = np.array([block.start_sample for block in lane.blocks], np.int64)
            ends = np.array([block.end_sample for block in lane.blocks], np.int64)
            known = self._lanes[lane.lane_id] = (lane, starts, ends)
        _, starts, ends = known
        until = int(np.searchsorted(starts, end_sample, "left"))
        found = np.flatnonzero(ends[:until] > start_sample)
        return [lane.blocks[index] for index in found]
