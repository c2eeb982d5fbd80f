"""Drags: each says which edit is wanted if the pointer is at a time and a row. Times are samples of the film."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from engine.contract.scene.blocks import SHORTEST_SAMPLES, Block
from engine.contract.scene.checks import MOST_SAMPLES
from engine.contract.scene.edits.blocks import fade_block, move_block, trim_end, trim_start
from engine.contract.scene.edits.change import Change, Edit, together
from engine.contract.scene.edits.whole import move_marker, set_loop
from engine.contract.scene.scene import LoopRange, Marker, Scene
from widgets.timeline.geometry.snapping import Snap


class Drag(Protocol):
    """A drag that has begun."""

    def edit(self, sample: int, row: int, snap: Snap) -> Edit:
        """Return the edit for a pointer at a sample, over a row counted from 0; both may be out of the scene."""
        ...


class MoveDrag:
    """Moves blocks together, also to other lanes. They stop at the start of the film and at the outer rows."""

    def __init__(self, scene: Scene, block_ids: Collection[int], grabbed: Block, sample: int, row: int) -> None:
        self._scene = scene
        self._grabbed = grabbed
        self._from_sample, self._from_row = sample, row
        self._rows = {
            block.block_id: (index, block)
            for index, lane in enumerate(scene.lanes)
            for block in lane.blocks
            if block.block_id in block_ids
        }

    def edit(self, sample: int, row: int, snap: Snap) -> Edit:
        """Return the edit for a pointer."""
        by = sample - self._from_sample
        if by:
            by = snap.shift(by, (self._grabbed.start_sample, self._grabbed.end_sample))
        return self.shifted(by, row - self._from_row)

    def shifted(self, by_samples: int, by_rows: int) -> Edit:
        """Return the edit that moves the blocks by a time and a number of rows."""
        rows = [index for index, _ in self._rows.values()]
        blocks = [block for _, block in self._rows.values()]
        by_samples = max(by_samples, -min(block.start_sample for block in blocks))
        by_samples = min(by_samples, MOST_SAMPLES - max(block.end_sample for block in blocks))
        by_rows = min(max(by_rows, -min(rows)), len(self._scene.lanes) - 1 - max(rows))
        moves: list[Edit] = [
            partial(
                move_block,
                block_id=block.block_id,
                start_sample=block.start_sample + by_samples,
                lane_id=self._scene.lanes[index + by_rows].lane_id,
            )
            for index, block in self._rows.values()
        ]
        return all_of(f"Move {len(moves)} blocks", moves)


@dataclass(frozen=True)
class Grip:
    """A time that is taken hold of, not quite at its place: it moves by as much as the pointer does."""

    at_sample: int
    pointer_sample: int

    def moved(self, sample: int, snap: Snap) -> int:
        """Return its new time if the pointer is at a sample."""
        by = sample - self.pointer_sample
        return snap.snapped(self.at_sample + by) if by else self.at_sample


class TrimDrag:
    """Moves one end of a block; the other stays, and 10 ms are left."""

    def __init__(self, block: Block, at_start: bool, sample: int) -> None:
        self._block = block
        self._at_start = at_start
        self._grip = Grip(block.start_sample if at_start else block.end_sample, sample)

    def edit(self, sample: int, row: int, snap: Snap) -> Edit:
        """Return the edit for a pointer."""
        block, at = self._block, self._grip.moved(sample, snap)
        if self._at_start:
            start = min(max(0, at), block.end_sample - SHORTEST_SAMPLES)
            return partial(trim_start, block_id=block.block_id, start_sample=start)
        end = max(at, block.start_sample + SHORTEST_SAMPLES)
        return partial(trim_end, block_id=block.block_id, end_sample=min(end, MOST_SAMPLES))


class FadeDrag:
    """Moves the end of the fade-in or the start of the fade-out; the other fade stays."""

    def __init__(self, block: Block, at_start: bool, sample: int) -> None:
        self._block = block
        self._at_start = at_start
        fade_out_sample = block.end_sample - block.fade_out_samples
        self._grip = Grip(block.start_sample + block.fade_in_samples if at_start else fade_out_sample, sample)

    def edit(self, sample: int, row: int, snap: Snap) -> Edit:
        """Return the edit for a pointer."""
        block, at = self._block, self._grip.moved(sample, snap)
        fade_in, fade_out = block.fade_in_samples, block.fade_out_samples
        if self._at_start:
            fade_in = min(max(0, at - block.start_sample), block.length_samples - fade_out)
        else:
            fade_out = min(max(0, block.end_sample - at), block.length_samples - fade_in)
        return partial(fade_block, block_id=block.block_id, fade_in_samples=fade_in, fade_out_samples=fade_out)


class MarkerDrag:
    """Moves a marker."""

    def __init__(self, marker: Marker, sample: int) -> None:
        self._marker = marker
        self._grip = Grip(marker.at_sample, sample)

    def edit(self, sample: int, row: int, snap: Snap) -> Edit:
        """Return the edit for a pointer."""
        at = min(max(0, self._grip.moved(sample, snap)), MOST_SAMPLES)
        return partial(move_marker, marker_id=self._marker.marker_id, at_sample=at)


class LoopDrag:
    """Moves one end of the loop; the ends change places if they cross."""

    def __init__(self, fixed_sample: int, grip: Grip, is_on: bool = True) -> None:
        self._fixed_sample = fixed_sample
        self._grip = grip
        self._is_on = is_on

    def edit(self, sample: int, row: int, snap: Snap) -> Edit:
        """Return the edit for a pointer."""
        at = min(max(0, self._grip.moved(sample, snap)), MOST_SAMPLES)
        start, end = sorted((self._fixed_sample, at))
        return lambda scene: set_loop(scene, LoopRange(start, end, self._is_on))


def all_of(name: str, edits: list[Edit]) -> Edit:
    """Return one edit of several, with a name; the only one keeps its own."""
    return edits[0] if len(edits) == 1 else partial(_together, name=name, edits=edits)


def _together(scene: Scene, name: str, edits: list[Callable[[Scene], Change]]) -> Change:
    return together(scene, name, edits)
