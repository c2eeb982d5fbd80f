"""Edits of beds: a recording that is played for longer than its file."""

from dataclasses import replace
from typing import Final

from engine.contract.errors import SceneError
from engine.contract.scene.bed import SHORTEST_FILE_SAMPLES
from engine.contract.scene.blocks import SHORTEST_SAMPLES, Block
from engine.contract.scene.edits.change import Change, quoted, recording_block, with_block
from engine.contract.scene.edits.trimming import ended_at
from engine.contract.scene.scene import Scene

_NO_BED: Final = "is made by the model, as long as it has to be: it needs no bed."


def toggle_bed(scene: Scene, block_id: int) -> Change:
    """Fill a recording as a bed, or play a bed as a recording again."""
    block = recording_block(scene, block_id, _NO_BED)
    return fill_as_bed(scene, block_id) if block.bed_seed is None else play_once(scene, block_id)


def fill_as_bed(scene: Scene, block_id: int) -> Change:
    """Play grains of a recording until the next block of its lane, or the end of the scene. Raises SceneError."""
    block = recording_block(scene, block_id, _NO_BED)
    if block.file_samples < SHORTEST_FILE_SAMPLES:
        raise SceneError(f"{quoted(block.title)} is too short to fill a bed: use a file of at least half a second.")
    later = [b.start_sample for b in scene.lane_of(block_id).blocks if b.start_sample >= block.end_sample]
    end = max(block.end_sample, min([*later, scene.length_samples]))
    filled = ended_at(replace(block, bed_seed=block.block_id), end)
    return Change(with_block(scene, filled), f"Fill {quoted(block.title)} as a bed", f"bed of block {block_id}")


def play_once(scene: Scene, block_id: int) -> Change:
    """Play the recording of a bed once, and end the block with the file. Raises SceneError."""
    block = recording_block(scene, block_id, _NO_BED)
    offset = block.offset_samples if block.offset_samples <= block.file_samples - SHORTEST_SAMPLES else 0
    once: Block = replace(block, bed_seed=None, offset_samples=offset)
    if block.length_samples > block.file_samples - offset:
        once = ended_at(once, block.start_sample + block.file_samples - offset)
    return Change(with_block(scene, once), f"Play {quoted(block.title)} once", f"bed of block {block_id}")
