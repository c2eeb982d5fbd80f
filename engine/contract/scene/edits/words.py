"""Edits of what a block is generated from. The sound that it had stays in its takes, and another one is made.

Every function returns a Change and raises SceneError if the edit cannot be.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.checks import LONGEST_NAME
from engine.contract.scene.edits.change import Change, generated_block, quoted, with_block
from engine.contract.scene.files import FileReference
from engine.contract.scene.recipe import Cue, PromptSlot, Recipe
from engine.contract.scene.scene import Scene


def set_words(scene: Scene, block_id: int, slots: Sequence[PromptSlot]) -> Change:
    """Set the words with which a block starts."""
    block = generated_block(scene, block_id)
    first = replace(block.recipe.cues[0], slots=tuple(slots))
    return _cooked(scene, block, replace(block.recipe, cues=(first, *block.recipe.cues[1:])), "Change words", "words 0")


def put_cue(scene: Scene, block_id: int, cue: Cue) -> Change:
    """Change the words of a block from a time on, in place of any change at the same time."""
    block = generated_block(scene, block_id)
    others = [old for old in block.recipe.cues if old.after_samples != cue.after_samples]
    cues = tuple(sorted([*others, cue], key=lambda each: each.after_samples))
    return _cooked(scene, block, replace(block.recipe, cues=cues), "Change words", f"words {cue.after_samples}")


def remove_cue(scene: Scene, block_id: int, index: int) -> Change:
    """Remove a change of words, counted from 1: the first words of a block stay."""
    block = generated_block(scene, block_id)
    cues = block.recipe.cues
    if not 1 <= index < len(cues):
        raise SceneError(f"The change of words in {quoted(block.title)} no longer exists.")
    recipe = replace(block.recipe, cues=(*cues[:index], *cues[index + 1 :]))
    return _cooked(scene, block, recipe, "Remove change of words", f"remove words {index}")


def set_seed(scene: Scene, block_id: int, seed: int) -> Change:
    """Set the seed: a die makes another take of the same words."""
    block = generated_block(scene, block_id)
    return _cooked(scene, block, replace(block.recipe, seed=seed), "Roll the die", "seed")


def set_steps(scene: Scene, block_id: int, steps: int | None) -> Change:
    """Set the number of flow steps per patch, None for the engine's default."""
    block = generated_block(scene, block_id)
    return _cooked(scene, block, replace(block.recipe, steps=steps), "Set steps", "steps")


def follow_film(scene: Scene, block_id: int, follows: bool) -> Change:
    """Let the model see the film while it makes a block, or not."""
    block = generated_block(scene, block_id)
    if follows and scene.film is None:
        raise SceneError("There is no film to follow: open one first.")
    recipe = replace(block.recipe, film_sample=block.start_sample - block.before_samples if follows else None)
    return _cooked(scene, block, recipe, "Follow the film" if follows else "Do not follow the film", "film")


def tell_direction(scene: Scene, block_id: int, direction: Direction | None) -> Change:
    """Tell the model a direction to generate in, or none."""
    block = generated_block(scene, block_id)
    return _cooked(scene, block, replace(block.recipe, direction=direction), "Tell the model a direction", "direction")


def continue_recording(scene: Scene, block_id: int, file: FileReference | None) -> Change:
    """Let a block continue the end of a recording, or none."""
    block = generated_block(scene, block_id)
    does = "Continue no recording" if file is None else f"Continue {file.name[:LONGEST_NAME]}"
    return _cooked(scene, block, replace(block.recipe, continued=file), does, "continued recording")


def with_recipe(block: GeneratedBlock, recipe: Recipe) -> GeneratedBlock:
    """Return a block with another recipe; its newest take of that recipe is current, if it has one."""
    found = next((take.take_id for take in reversed(block.takes) if take.recipe == recipe), None)
    keeps = recipe == block.recipe and block.current is not None
    return replace(block, recipe=recipe, current=block.current if keeps else found)


def _cooked(scene: Scene, block: GeneratedBlock, recipe: Recipe, does: str, what: str) -> Change:
    changed = with_block(scene, with_recipe(block, recipe))
    return Change(changed, f"{does}: block {quoted(block.title)}", f"{what} of block {block.block_id}")
