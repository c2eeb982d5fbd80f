"""The result of an edit, and the ways in which edits replace a part of a scene."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, GeneratedBlock, RecordingBlock
from engine.contract.scene.lane import Lane, sorted_blocks
from engine.contract.scene.scene import Scene

Edit = Callable[[Scene], "Change"]
_LONGEST_SHOWN: Final = 40


@dataclass(frozen=True)
class Change:
    """A scene after an edit, and the edit's name for undo: "Move block 'dog'".

    `key` says which value the edit sets: in one gesture, edits with the same key become one step of undo.
    """

    scene: Scene
    name: str
    key: str


def together(scene: Scene, name: str, edits: Iterable[Edit]) -> Change:
    """Make several edits one after the other, as one with its own name. Raises SceneError; then none is made."""
    keys = []
    for edit in edits:
        change = edit(scene)
        scene = change.scene
        keys.append(change.key)
    return Change(scene, name, "; ".join(keys))


def quoted(text: str) -> str:
    """Return a name in quotation marks, shortened to 40 characters."""
    text = " ".join(text.split())
    return f"'{text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1].rstrip() + '…'}'"


def with_lane(scene: Scene, lane: Lane) -> Scene:
    """Return a scene with the lane of the same number replaced. Raises SceneError if there is none."""
    scene.lane(lane.lane_id)
    return replace(scene, lanes=tuple(lane if old.lane_id == lane.lane_id else old for old in scene.lanes))


def with_block(scene: Scene, block: Block) -> Scene:
    """Return a scene with the block of the same number replaced, in its lane. Raises SceneError if there is none."""
    lane = scene.lane_of(block.block_id)
    blocks = [block if old.block_id == block.block_id else old for old in lane.blocks]
    return with_lane(scene, replace(lane, blocks=sorted_blocks(blocks)))


def with_blocks_added(scene: Scene, lane_id: int, blocks: Iterable[Block]) -> Scene:
    """Return a scene with blocks added to a lane; their numbers were taken from `next_id` on."""
    lane, new = scene.lane(lane_id), tuple(blocks)
    lane = replace(lane, blocks=sorted_blocks((*lane.blocks, *new)))
    lanes = tuple(lane if old.lane_id == lane_id else old for old in scene.lanes)
    next_id = max([scene.next_id, *(block.block_id + 1 for block in new)])
    return replace(scene, lanes=lanes, next_id=next_id)


def recording_block(scene: Scene, block_id: int, why_not: str) -> RecordingBlock:
    """Return a recording. Raises SceneError for a block that the model makes, with `why_not` after its title."""
    block = scene.block(block_id)
    if not isinstance(block, RecordingBlock):
        raise SceneError(f"{quoted(block.title)} {why_not}")
    return block


def generated_block(scene: Scene, block_id: int) -> GeneratedBlock:
    """Return a block that the model makes. Raises SceneError if it is gone or a recording."""
    block = scene.block(block_id)
    if not isinstance(block, GeneratedBlock):
        what = f"was made by {block.made_by}" if block.made_by else "is a recording"
        raise SceneError(f"{quoted(block.title)} {what}: it has no words and no takes.")
    return block
