"""A scene to listen to, not an edit: another take in a block's place, for as long as it is auditioned."""

from dataclasses import replace

from engine.contract.scene.checks import LOWEST_GAIN_DB
from engine.contract.scene.edits.change import generated_block, with_block
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene


def auditioned(scene: Scene, block_id: int, take: SceneTake, gain_db: float = 0.0) -> Scene:
    """Return a scene in which a block plays a take, which need not be in its list, at so much more gain.

    Raises SceneError if the block is gone or a recording, or if the gain is too high.
    """
    block = generated_block(scene, block_id)
    takes = block.takes if block.take(take.take_id) is not None else (take,)
    heard = replace(
        block,
        recipe=take.recipe,
        takes=takes,
        current=take.take_id,
        gain_db=max(block.gain_db + gain_db, LOWEST_GAIN_DB),
    )
    return with_block(scene, heard)
