"""What keys and buttons do to the selected blocks. Each asks for one edit, or says why it cannot be."""

from collections.abc import Callable
from functools import partial
from typing import Final

from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.edits.beds import toggle_bed
from engine.contract.scene.edits.blocks import (
    delete_blocks,
    duplicate_block,
    fade_block,
    split_block,
    trim_end,
    trim_start,
)
from engine.contract.scene.edits.change import Edit
from engine.contract.scene.edits.whole import move_marker, remove_marker
from engine.contract.scene.edits.words import set_seed
from widgets.timeline.gestures.drags import MoveDrag, all_of
from widgets.timeline.selection import Selection
from widgets.timeline.state import TimelineState

NOTHING_HERE: Final = "No block is selected, and none is at the playhead: select one first."


class BlockCommands:
    """`roll` returns a new seed."""

    def __init__(self, state: TimelineState, roll: Callable[[], int]) -> None:
        self._state = state
        self._roll = roll

    def split(self) -> None:
        """Split at the playhead."""
        at = self._state.playhead
        blocks = self._targets()
        inside = [block for block in blocks if block.start_sample < at < block.end_sample] or blocks[:1]
        self._ask(
            "Split {} blocks", [partial(split_block, block_id=b.block_id, at_sample=at) for b in inside], new=True
        )

    def duplicate(self) -> None:
        """Copy the blocks behind themselves; several keep their distances."""
        blocks = self._targets()
        if not blocks:
            self._state.refused.emit(NOTHING_HERE)
            return
        by = max(block.end_sample for block in blocks) - min(block.start_sample for block in blocks)
        copies: list[Edit] = [
            partial(duplicate_block, block_id=block.block_id, start_sample=block.start_sample + by) for block in blocks
        ]
        self._ask("Duplicate {} blocks", copies, new=True)

    def delete(self) -> None:
        """Delete the selected marker, or the selected blocks."""
        selection = self._state.selection
        if selection.marker_id is not None:
            self._state.request(partial(remove_marker, marker_id=selection.marker_id))
        else:
            self._state.request(partial(delete_blocks, block_ids=sorted(selection.blocks)))

    def trim_start(self) -> None:
        """Let the blocks start at the playhead."""
        at = self._state.playhead
        self._ask(
            "Trim {} blocks", [partial(trim_start, block_id=b.block_id, start_sample=at) for b in self._targets()]
        )

    def trim_end(self) -> None:
        """Let the blocks end at the playhead."""
        at = self._state.playhead
        self._ask("Trim {} blocks", [partial(trim_end, block_id=b.block_id, end_sample=at) for b in self._targets()])

    def fade_in(self) -> None:
        """Fade the blocks in until the playhead; before it, end their fade-in."""
        self._fade(lambda block, at: (max(0, at - block.start_sample), block.fade_out_samples))

    def fade_out(self) -> None:
        """Fade the blocks out from the playhead on; behind it, end their fade-out."""
        self._fade(lambda block, at: (block.fade_in_samples, max(0, block.end_sample - at)))

    def toggle_beds(self) -> None:
        """Fill recordings as beds, or play beds as recordings again."""
        self._ask("Change {} beds", [partial(toggle_bed, block_id=block.block_id) for block in self._targets()])

    def move(self, by_frames: int = 0, by_samples: int = 0, by_rows: int = 0) -> None:
        """Move the selected marker in time, or the selected blocks in time and between lanes."""
        state = self._state
        marker = next((m for m in state.scene.markers if m.marker_id == state.selection.marker_id), None)
        blocks = state.selected_blocks()
        if not blocks and marker is None:
            state.refused.emit("Nothing is selected: select a block or a marker to move it.")
            return
        begin = blocks[0].start_sample if marker is None else marker.at_sample
        by = self._after_frames(begin, by_frames) - begin + by_samples
        if marker is not None:
            state.request(partial(move_marker, marker_id=marker.marker_id, at_sample=max(0, marker.at_sample + by)))
            return
        move = MoveDrag(state.scene, state.selection.blocks, blocks[0], 0, 0)
        state.request(move.shifted(by, by_rows))

    def roll_die(self) -> None:
        """Make another take of the same words."""
        self._roll_for([block for block in self._targets() if isinstance(block, GeneratedBlock)])

    def roll_die_of_lane(self, lane_id: int) -> None:
        """Make another take in a lane: of its selected blocks, or else of the one at the playhead."""
        lane = self._state.scene.lane(lane_id)
        generated = [block for block in lane.blocks if isinstance(block, GeneratedBlock)]
        chosen = [block for block in generated if block.block_id in self._state.selection.blocks]
        at = self._state.playhead
        self._roll_for(chosen or [block for block in generated if block.start_sample <= at < block.end_sample])

    def select_targets(self) -> bool:
        """Select the blocks at the playhead if none is selected; returns whether any is."""
        state, blocks = self._state, self._targets()
        if not blocks:
            state.refused.emit(NOTHING_HERE)
        elif not state.selection.blocks:
            chosen = frozenset(block.block_id for block in blocks)
            state.select(Selection(chosen, blocks[0].block_id, state.scene.lane_of(blocks[0].block_id).lane_id))
        return bool(blocks)

    def words_at_playhead(self) -> Block | None:
        """Return the block whose words or name are to be typed, None if none is selected or at the playhead."""
        blocks = self._targets()
        return blocks[0] if blocks else None

    def _roll_for(self, blocks: list[GeneratedBlock]) -> None:
        if not blocks:
            self._state.refused.emit("No block that the model makes is selected or at the playhead: select one first.")
            return
        self._ask("Roll the die for {} blocks", [self._rolled(block) for block in blocks])

    def _rolled(self, block: GeneratedBlock) -> Edit:
        seed = self._roll()
        return partial(set_seed, block_id=block.block_id, seed=seed)

    def _fade(self, fades: Callable[[Block, int], tuple[int, int]]) -> None:
        edits: list[Edit] = []
        for block in self._targets():
            fade_in, fade_out = fades(block, self._state.playhead)
            edits.append(
                partial(fade_block, block_id=block.block_id, fade_in_samples=fade_in, fade_out_samples=fade_out)
            )
        self._ask("Fade {} blocks", edits)

    def _targets(self) -> list[Block]:
        """Return the selected blocks; without any, those at the playhead, of the selected lane if it has one."""
        state = self._state
        if state.selection.blocks:
            return state.selected_blocks()
        at = state.playhead
        under = [(lane, block) for lane in state.scene.lanes for block in state.index.between(lane, at, at + 1)]
        mine = [block for lane, block in under if lane.lane_id == state.selection.lane_id]
        return mine or [block for _, block in under]

    def _ask(self, name: str, edits: list[Edit], *, new: bool = False) -> None:
        if not edits:
            self._state.refused.emit(NOTHING_HERE)
            return
        self._state.request(all_of(name.format(len(edits)), edits), selects_new=new)

    def _after_frames(self, sample: int, frames: int) -> int:
        return step_frames(self._state, sample, frames) if frames else sample


def step_frames(state: TimelineState, sample: int, frames: int) -> int:
    """Return the time some frames later or earlier; hundredths of a second without a film."""
    if state.grid is None:
        return sample + frames * 480
    return max(0, state.grid.sample_of(state.grid.frame_at(sample) + frames))
