"""A block with other edges: what it plays at a time of the film stays the same, and its fades fit."""

from dataclasses import replace

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import SHORTEST_SAMPLES, Block, GeneratedBlock
from engine.contract.scene.checks import check_time
from engine.contract.scene.edits.change import quoted
from engine.contract.scene.edits.words import with_recipe
from engine.contract.scene.recipe import Recipe


def moved_to(block: Block, start_sample: int) -> Block:
    """Return a block at another start. Raises SceneError."""
    check_time(start_sample, "The start of a block")
    by = start_sample - block.start_sample
    if isinstance(block, GeneratedBlock) and block.recipe.film_sample is not None and by:
        block = with_recipe(block, replace(block.recipe, film_sample=block.recipe.film_sample + by))
    return replace(block, start_sample=start_sample)


def started_at(block: Block, start_sample: int) -> Block:
    """Return a block that starts earlier or later and ends as before. Raises SceneError."""
    check_time(start_sample, "The start of a block")
    length = _length(block, start_sample, block.end_sample)
    by = start_sample - block.start_sample
    fades = _fades(block, length)
    if not isinstance(block, GeneratedBlock):
        if block.offset_samples + by < 0:
            raise SceneError(f"{quoted(block.title)} cannot start so early: its file begins later.")
        return replace(
            block,
            start_sample=start_sample,
            length_samples=length,
            offset_samples=block.offset_samples + by,
            fade_in_samples=fades[0],
            fade_out_samples=fades[1],
        )
    before = block.before_samples + by
    if before < 0:
        block = with_recipe(block, _earlier(block.recipe, -before))
    return replace(
        block,
        start_sample=start_sample,
        length_samples=length,
        before_samples=max(0, before),
        fade_in_samples=fades[0],
        fade_out_samples=fades[1],
    )


def ended_at(block: Block, end_sample: int) -> Block:
    """Return a block that ends earlier or later. Raises SceneError, also if a recording would outlast its file."""
    check_time(end_sample, "The end of a block")
    length = _length(block, block.start_sample, end_sample)
    if not isinstance(block, GeneratedBlock):
        is_longer = length > block.length_samples and block.offset_samples + length > block.file_samples
        if is_longer and block.bed_seed is None:
            raise SceneError(
                f"{quoted(block.title)} cannot end so late: its file is shorter. To make it longer, fill it as a bed."
            )
    fades = _fades(block, length)
    return replace(block, length_samples=length, fade_in_samples=fades[0], fade_out_samples=fades[1])


def _length(block: Block, start_sample: int, end_sample: int) -> int:
    if end_sample - start_sample < SHORTEST_SAMPLES:
        raise SceneError(f"{quoted(block.title)} cannot be shorter than 10 ms.")
    return end_sample - start_sample


def _fades(block: Block, length: int) -> tuple[int, int]:
    """Return the fades of a block, shortened to fit a length."""
    fade_in = min(block.fade_in_samples, length)
    return fade_in, min(block.fade_out_samples, length - fade_in)


def _earlier(recipe: Recipe, by_samples: int) -> Recipe:
    """Return a recipe that starts earlier with its first words, and changes them when it did."""
    first, *others = recipe.cues
    cues = (first, *(replace(cue, after_samples=cue.after_samples + by_samples) for cue in others))
    film_sample = None if recipe.film_sample is None else recipe.film_sample - by_samples
    return replace(recipe, cues=cues, film_sample=film_sample)
