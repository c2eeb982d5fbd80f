"""Edits of a block's takes. Every function returns a Change and raises SceneError if the edit cannot be."""

from dataclasses import replace

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.checks import MOST_TAKES
from engine.contract.scene.edits.change import Change, generated_block, quoted, with_block
from engine.contract.scene.recipe import SceneTake
from engine.contract.scene.scene import Scene


def add_take(scene: Scene, block_id: int, take: SceneTake) -> Change:
    """Add a take that was made, or replace the one with its id; it is heard if the block has no other for its words.

    This is not an edit of the user's: the history adds it to every state (History.amended). If a block has too many
    takes, the oldest that is neither kept nor heard is left out.
    """
    block = generated_block(scene, block_id)
    takes = [other for other in block.takes if other.take_id != take.take_id] + [take]
    while len(takes) > MOST_TAKES:
        spare = next((t for t in takes if not t.is_kept and t.take_id not in (block.current, take.take_id)), None)
        if spare is None:
            raise SceneError(f"{quoted(block.title)} has {MOST_TAKES} kept takes: delete one first.")
        takes.remove(spare)
    current = block.current
    if current is None and take.recipe == block.recipe:
        current = take.take_id
    return _changed(scene, replace(block, takes=tuple(takes), current=current), "Add take", "add", take)


def choose_take(scene: Scene, block_id: int, take_id: str) -> Change:
    """Hear another take; the block gets the words and the seed that it was made from."""
    block, take = _found(scene, block_id, take_id)
    return _changed(scene, replace(block, recipe=take.recipe, current=take_id), "Choose take", "choose", take)


def keep_take(scene: Scene, block_id: int, take_id: str, keep: bool) -> Change:
    """Keep a take, whatever happens to the words, or stop keeping it."""
    block, take = _found(scene, block_id, take_id)
    does = "Keep take" if keep else "Stop keeping take"
    return _changed(scene, _with_take(block, replace(take, is_kept=keep)), does, "keep", take)


def name_take(scene: Scene, block_id: int, take_id: str, name: str) -> Change:
    """Give a take another name."""
    block, take = _found(scene, block_id, take_id)
    return _changed(scene, _with_take(block, replace(take, name=name)), "Name take", "name", take)


def delete_take(scene: Scene, block_id: int, take_id: str) -> Change:
    """Delete a take from a block's list; if it was heard, the block has no sound until another one is made.

    Its sound stays on disk as long as undo can bring the take back.
    """
    block, take = _found(scene, block_id, take_id)
    takes = tuple(other for other in block.takes if other.take_id != take_id)
    current = None if block.current == take_id else block.current
    return _changed(scene, replace(block, takes=takes, current=current), "Delete take", "delete", take)


def _found(scene: Scene, block_id: int, take_id: str) -> tuple[GeneratedBlock, SceneTake]:
    block = generated_block(scene, block_id)
    take = block.take(take_id)
    if take is None:
        raise SceneError(f"The take of {quoted(block.title)} no longer exists: it was deleted.")
    return block, take


def _with_take(block: GeneratedBlock, take: SceneTake) -> GeneratedBlock:
    return replace(block, takes=tuple(take if old.take_id == take.take_id else old for old in block.takes))


def _changed(scene: Scene, block: GeneratedBlock, does: str, what: str, take: SceneTake) -> Change:
    name = f"{does} {quoted(take.name)}" if take.name else does
    return Change(
        with_block(scene, block), f"{name} of block {quoted(block.title)}", f"{what} take of block {block.block_id}"
    )
