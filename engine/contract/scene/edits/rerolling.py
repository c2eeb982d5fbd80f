"""Rolling the die for a part of a block: the rest keeps its take, and both cross-fade."""

import bisect
from dataclasses import replace

from engine.contract.errors import SceneError
from engine.contract.scene.blocks import SHORTEST_SAMPLES, Block
from engine.contract.scene.checks import check_time
from engine.contract.scene.edits.change import Change, generated_block, quoted, with_blocks_added, with_lane
from engine.contract.scene.edits.trimming import ended_at, started_at
from engine.contract.scene.recipe import Cue, Recipe
from engine.contract.scene.scene import Scene


def reroll_range(
    scene: Scene, block_id: int, start_sample: int, end_sample: int, seed: int, fade_samples: int
) -> Change:
    """Make a range of a block again with another seed; it fades into what is before and after over `fade_samples`.

    Afterwards the range is a separate block with the scene's `next_id`, and so is the rest behind it. Raises SceneError
    if the range is not inside the block, or is shorter than two fades.
    """
    block, lane = generated_block(scene, block_id), scene.lane_of(block_id)
    for value in (start_sample, end_sample, fade_samples):
        check_time(value, "The range to make again")
    if not block.start_sample <= start_sample < end_sample <= block.end_sample:
        raise SceneError(f"The range to make again lies outside {quoted(block.title)}.")
    if end_sample - start_sample < max(2 * fade_samples, SHORTEST_SAMPLES):
        raise SceneError("The range to make again is too short for its fades: choose a longer one.")
    length = end_sample - start_sample
    first, last = start_sample == block.start_sample, end_sample == block.end_sample
    fade_in = min(block.fade_in_samples, length - fade_samples) if first else fade_samples
    middle: Block = replace(
        block,
        block_id=scene.next_id,
        start_sample=start_sample,
        length_samples=length,
        recipe=replace(_from(block.recipe, block.before_samples + start_sample - block.start_sample), seed=seed),
        before_samples=0,
        fade_in_samples=fade_in,
        fade_out_samples=min(block.fade_out_samples, length - fade_in) if last else fade_samples,
        takes=(),
        current=None,
    )
    kept = [middle]
    if not first:
        before = ended_at(block, start_sample + fade_samples)
        fade_in = min(before.fade_in_samples, before.length_samples - fade_samples)
        kept.append(replace(before, fade_in_samples=fade_in, fade_out_samples=fade_samples))
    if not last:
        after = started_at(block, end_sample - fade_samples)
        fade_out = min(after.fade_out_samples, after.length_samples - fade_samples)
        after = replace(after, block_id=scene.next_id + 1, fade_in_samples=fade_samples, fade_out_samples=fade_out)
        kept.append(after)
    others = tuple(other for other in lane.blocks if other.block_id != block_id)
    changed = with_lane(scene, replace(lane, blocks=others))
    changed = with_blocks_added(changed, lane.lane_id, kept)
    return Change(changed, f"Roll the die for a part of block {quoted(block.title)}", f"reroll block {block_id}")


def _from(recipe: Recipe, samples: int) -> Recipe:
    """Return a recipe that starts later, with the words that hold then; a ramp that is under way is over."""
    at = bisect.bisect_right(recipe.cues, samples, key=lambda cue: cue.after_samples) - 1
    later = (replace(cue, after_samples=cue.after_samples - samples) for cue in recipe.cues[at + 1 :])
    film_sample = None if recipe.film_sample is None else recipe.film_sample + samples
    return replace(recipe, cues=(Cue(recipe.cues[at].slots), *later), film_sample=film_sample)
