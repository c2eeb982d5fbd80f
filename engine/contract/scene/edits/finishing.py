"""A take that was made for a block becomes the one that is heard."""

from dataclasses import replace

from engine.contract.scene.edits.change import Change, generated_block, with_block
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene


def finish_take(scene: Scene, block_id: int, take: SceneTake, replaces: str | None) -> Change:
    """Add a take as `add_take` does; it is also heard in place of the take that was too short for the block.

    Not an edit of the user's: see History.amended. Raises SceneError.
    """
    change = add_take(scene, block_id, take)
    block = generated_block(change.scene, block_id)
    if replaces is not None and block.current == replaces and block.recipe == take.recipe:
        return replace(change, scene=with_block(change.scene, replace(block, current=take.take_id)))
    return change
