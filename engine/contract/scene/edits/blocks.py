"""Edits of blocks. Every function returns a Change and raises SceneError if the edit cannot be.

Times are samples of the film. A block that is trimmed or split keeps its take; only what the take's recipe reads makes
another one.
"""

from collections.abc import Collection
from dataclasses import replace
from functools import partial
from typing import Final

from engine.contract.counted import counted
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.checks import HIGHEST_GAIN_DB, LOWEST_GAIN_DB
from engine.contract.scene.edits.change import (
    Change,
    quoted,
    recording_block,
    together,
    with_block,
    with_blocks_added,
    with_lane,
)
from engine.contract.scene.edits.trimming import ended_at, moved_to, started_at
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene

_GAIN_DECIMALS: Final = 6
"""So that sums of gains are what they look like."""
_NO_FILE: Final = "is generated and has no file."


def add_generated(
    scene: Scene, lane_id: int, recipe: Recipe, start_sample: int, length_samples: int, name: str = ""
) -> Change:
    """Add a block that the model makes; its number is the scene's `next_id`."""
    return _added(
        scene,
        lane_id,
        GeneratedBlock(
            block_id=scene.next_id, name=name, start_sample=start_sample, length_samples=length_samples, recipe=recipe
        ),
    )


def add_recording(
    scene: Scene,
    lane_id: int,
    file: FileReference,
    file_samples: int,
    convention: Convention,
    start_sample: int = 0,
    name: str = "",
) -> Change:
    """Add a whole recording of `file_samples` samples at 48 kHz; its number is the scene's `next_id`."""
    return _added(
        scene,
        lane_id,
        RecordingBlock(
            block_id=scene.next_id,
            name=name,
            start_sample=start_sample,
            length_samples=file_samples,
            file=file,
            file_samples=file_samples,
            convention=convention,
        ),
    )


def move_block(scene: Scene, block_id: int, start_sample: int, lane_id: int | None = None) -> Change:
    """Move a block to another time, and to another lane if one is given.

    A block that follows the film is made again for its new time.
    """
    lane = scene.lane_of(block_id)
    block = moved_to(scene.block(block_id), start_sample)
    if lane_id is None or lane_id == lane.lane_id:
        changed = with_block(scene, block)
    else:
        target = scene.lane(lane_id)
        without = with_lane(scene, replace(lane, blocks=tuple(b for b in lane.blocks if b.block_id != block_id)))
        changed = with_blocks_added(without, target.lane_id, [block])
    return Change(changed, f"Move block {quoted(block.title)}", f"place of block {block_id}")


def trim_start(scene: Scene, block_id: int, start_sample: int) -> Change:
    """Let a block start earlier or later; its end and what is heard at a time stay.

    A generated block that starts before its words did is made again.
    """
    block = scene.block(block_id)
    return _changed(scene, started_at(block, start_sample), "Trim", "start")


def trim_end(scene: Scene, block_id: int, end_sample: int) -> Change:
    """Let a block end earlier or later; a recording that is no bed ends with its file at the latest."""
    block = scene.block(block_id)
    return _changed(scene, ended_at(block, end_sample), "Trim", "end")


def split_block(scene: Scene, block_id: int, at_sample: int) -> Change:
    """Cut a block in two that sound as one; the second gets the scene's `next_id`."""
    lane, block = scene.lane_of(block_id), scene.block(block_id)
    if not block.start_sample < at_sample < block.end_sample:
        raise SceneError(f"{quoted(block.title)} cannot be split there: choose a time inside it.")
    first = replace(ended_at(block, at_sample), fade_out_samples=0)
    second = replace(started_at(block, at_sample), fade_in_samples=0, block_id=scene.next_id)
    changed = with_blocks_added(with_block(scene, first), lane.lane_id, [second])
    return Change(changed, f"Split block {quoted(block.title)}", f"split block {block_id}")


def duplicate_block(scene: Scene, block_id: int, start_sample: int | None = None, lane_id: int | None = None) -> Change:
    """Copy a block to a time (by default its own end), with its takes; the copy gets the scene's `next_id`."""
    block = scene.block(block_id)
    start = block.end_sample if start_sample is None else start_sample
    copy = replace(moved_to(block, start), block_id=scene.next_id)
    target = scene.lane_of(block_id).lane_id if lane_id is None else lane_id
    changed = with_blocks_added(scene, target, [copy])
    return Change(changed, f"Duplicate block {quoted(block.title)}", f"duplicate block {block_id}")


def delete_blocks(scene: Scene, block_ids: Collection[int]) -> Change:
    """Delete blocks."""
    gone = set(block_ids)
    titles = [scene.block(block_id).title for block_id in gone]
    if not titles:
        raise SceneError("No block is selected: select one to delete.")
    changed = scene
    for lane in scene.lanes:
        kept = tuple(block for block in lane.blocks if block.block_id not in gone)
        if len(kept) < len(lane.blocks):
            changed = with_lane(changed, replace(lane, blocks=kept))
    name = f"Delete block {quoted(titles[0])}" if len(titles) == 1 else f"Delete {len(titles)} blocks"
    return Change(changed, name, f"delete {sorted(gone)}")


def rename_block(scene: Scene, block_id: int, name: str) -> Change:
    """Give a block another name; without one, it is called by its words or its file."""
    block = scene.block(block_id)
    return _changed(scene, replace(block, name=name), "Rename", "name")


def set_block_gain(scene: Scene, block_id: int, gain_db: float) -> Change:
    """Set the gain of a block in dB."""
    block = scene.block(block_id)
    return _changed(scene, replace(block, gain_db=gain_db), "Set gain of", "gain")


def set_block_gains(scene: Scene, block_ids: Collection[int], block_id: int, gain_db: float) -> Change:
    """Set the gain of a block in dB, and change that of the others by as many dB, so that their balance stays.

    The change ends at the gain at which the first of them is as loud or as soft as a block can be.
    """
    blocks = [scene.block(each) for each in sorted({block_id, *block_ids})]
    if len(blocks) == 1:
        return set_block_gain(scene, block_id, gain_db)
    by_db = gain_db - scene.block(block_id).gain_db
    by_db = min(by_db, HIGHEST_GAIN_DB - max(block.gain_db for block in blocks))
    by_db = max(by_db, LOWEST_GAIN_DB - min(block.gain_db for block in blocks))
    edits = [
        partial(set_block_gain, block_id=block.block_id, gain_db=round(block.gain_db + by_db, _GAIN_DECIMALS))
        for block in blocks
    ]
    return together(scene, f"Set gain of {counted(len(blocks), 'block')}", edits)


def fade_block(scene: Scene, block_id: int, fade_in_samples: int, fade_out_samples: int) -> Change:
    """Set both fades of a block; together they are at most as long as the block."""
    block = scene.block(block_id)
    faded = replace(block, fade_in_samples=fade_in_samples, fade_out_samples=fade_out_samples)
    return _changed(scene, faded, "Fade", "fades")


def slip_recording(scene: Scene, block_id: int, offset_samples: int) -> Change:
    """Play another part of a recording in the same block, from an offset in its file on."""
    block = recording_block(scene, block_id, _NO_FILE)
    if offset_samples + block.length_samples > block.file_samples and block.bed_seed is None:
        raise SceneError(f"{quoted(block.title)} cannot be slipped so far: its file ends there.")
    return _changed(scene, replace(block, offset_samples=offset_samples), "Slip", "offset")


def set_convention(scene: Scene, block_id: int, convention: Convention) -> Change:
    """Read the channels of a recording in another way; their number stays."""
    block = recording_block(scene, block_id, _NO_FILE)
    if convention.channels != block.convention.channels:
        raise SceneError(
            f"{quoted(block.title)} has {block.convention.channels} channels, "
            f"and {convention.value} needs {convention.channels}: choose another convention."
        )
    return _changed(scene, replace(block, convention=convention), "Change channels of", "convention")


def _added(scene: Scene, lane_id: int, block: Block) -> Change:
    changed = with_blocks_added(scene, lane_id, [block])
    return Change(changed, f"Add block {quoted(block.title)}", f"add block {block.block_id}")


def _changed(scene: Scene, block: Block, does: str, what: str) -> Change:
    before = scene.block(block.block_id)
    return Change(with_block(scene, block), f"{does} block {quoted(before.title)}", f"{what} of block {block.block_id}")
