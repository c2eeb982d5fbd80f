"""The edit that puts sound of another generator into a lane."""

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import Block, Convention, FileReference, RecordingBlock
from engine.contract.scene.checks import LONGEST_NAME
from engine.contract.scene.edits.change import Change, quoted, with_block
from engine.contract.scene.edits.trimming import ended_at
from engine.contract.scene.scene import Scene


def check_can_be_made(block: Block) -> None:
    """Raise SceneError unless another generator may make a block: a recording of the user's is never replaced."""
    if not block.is_generated:
        raise SceneError(f"{quoted(block.title)} is a recording: it stays as it is. Choose a block that is generated.")


def use_made(
    scene: Scene,
    block_id: int,
    made_by: str,
    words: str,
    file: FileReference,
    file_samples: int,
    convention: Convention,
) -> Change:
    """Let a block that is generated play what another generator made, under the words that it was asked.

    The block keeps its number, start, gain and fades; it ends with the file if that is shorter. Raises SceneError.
    """
    block = scene.block(block_id)
    check_can_be_made(block)
    made: Block = RecordingBlock(
        block_id=block_id,
        name=words[:LONGEST_NAME] or block.title[:LONGEST_NAME],
        start_sample=block.start_sample,
        length_samples=block.length_samples,
        gain_db=block.gain_db,
        fade_in_samples=block.fade_in_samples,
        fade_out_samples=block.fade_out_samples,
        file=file,
        file_samples=file_samples,
        convention=convention,
        made_by=made_by,
    )
    if file_samples < block.length_samples:
        made = ended_at(made, block.start_sample + file_samples)
    name = f"Make {quoted(made.title)} with {made_by}"
    return Change(with_block(scene, made), name, f"sound of block {block_id}")
