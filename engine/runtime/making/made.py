"""How much of a scene's blocks is made, as far as the disk says so without the model."""

from pathlib import Path

from engine.contract.errors import MediaError
from engine.contract.making import BlockProgress
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.scene import Scene
from engine.rendering.blocks.due import wanted_patches
from engine.runtime.block_takes.store import BlockTakes


def made_blocks(scene: Scene, folder: Path) -> tuple[BlockProgress, ...]:
    """Return the progress of all generated blocks by their current takes; another take may hold more of them.

    It reads the head of every take, so it does not belong into the window's thread.
    """
    store = BlockTakes(folder)
    return tuple(
        _progress(block, wanted_patches(block, scene.length_samples), store)
        for block in scene.blocks()
        if isinstance(block, GeneratedBlock)
    )


def _progress(block: GeneratedBlock, wanted: int, store: BlockTakes) -> BlockProgress:
    try:
        if block.current is not None and store.has(block.current):
            with store.open(block.current) as take:
                return BlockProgress(block.block_id, block.current, min(take.patches, wanted), wanted)
    except MediaError:  # damaged: it has to be made again
        pass
    return BlockProgress(block.block_id, "", 0, wanted)
