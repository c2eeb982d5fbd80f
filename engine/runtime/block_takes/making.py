"""Makes the sound of a block: only what no take of it has yet."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import FieldMeter
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import CancelledError, InvalidInputError
from engine.contract.generation import MAIN_LANE, PatchSource
from engine.contract.scene.blocks import GeneratedBlock
from engine.rendering.blocks.keys import Maker, patch_keys
from engine.rendering.blocks.requests import PatchPlan, patch_plans, patches_of
from engine.rendering.requests import Frame
from engine.runtime.block_takes.layout import TakeHead, TakePatch
from engine.runtime.block_takes.store import BlockTakes

_LONGEST_WORDS: Final = 200


@dataclass(frozen=True)
class MadeTake:
    """The take that holds a block's sound: its id, its patches, and how many of them were sampled just now."""

    take_id: str
    patches: int
    sampled: int


def make_take(
    block: GeneratedBlock,
    source: PatchSource,
    store: BlockTakes,
    maker: Maker,
    *,
    take_ids: Iterable[str] = (),
    frame_at: Callable[[float], Frame] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> MadeTake:
    """Return the take of a block's recipe, made as far as it is needed and not there yet.

    `take_ids` are takes that may hold the sound or the beginning of it, such as the block's own and those of earlier
    words. If one holds all, nothing is made. If all that it has fits, it is extended. If it fits only at first, its
    beginning is copied bit for bit into a new take. What was there is replayed and not sampled. `frame_at` is needed
    for a block that follows the film. `progress` gets the number of patches that are on disk, and all of them.

    Raises CancelledError between two patches, ExportError if the disk refuses; what was made is kept and continued the
    next time. Raises whatever the source or the film raises.
    """
    recipe = block.recipe
    plans = patch_plans(recipe, patches_of(block))
    keys = patch_keys(maker, recipe.seed, plans)
    known, common, fits = store.longest(keys, take_ids)
    if known is not None and common == len(keys):
        return MadeTake(known, common, 0)
    direction = None if recipe.direction is None else recipe.direction.unit_vector()
    meter, take_id, sampled = FieldMeter(), known or "", 0
    source.reset(recipe.seed)
    with ExitStack() as stack:
        before = None if known is None else stack.enter_context(store.open(known))
        writer = None if known is None or not fits else stack.enter_context(store.extend(known))
        for index, (plan, key) in enumerate(zip(plans, keys, strict=True)):
            if cancelled():
                raise CancelledError("The sound of the block is not complete. Its finished part is kept.")
            old = before.patch(index) if before is not None and index < common else None
            frame = _frame(plan, frame_at)
            result = source.next_patch(plan.request(direction, frame, None if old is None else old.latents))
            samples, latents = result.lanes[MAIN_LANE], result.latents[MAIN_LANE]
            track = meter.measure(samples if old is None else old.samples)
            if writer is None:
                take_id, writer = store.begin(_head(maker, block, latents))
                stack.enter_context(writer)
            if old is None:
                writer.add(TakePatch(key, samples, latents, track))
                sampled += 1
            elif before is not None and index >= writer.patches:
                writer.add_record(before.record(index))
            progress(index + 1, len(keys))
    return MadeTake(take_id, len(keys), sampled)


def _frame(plan: PatchPlan, frame_at: Callable[[float], Frame] | None) -> Frame | None:
    """Return the picture at the start of a patch; before the film begins, its first one."""
    if plan.film_sample is None:
        return None
    if frame_at is None:
        raise InvalidInputError("The block follows the film, and there is no film: open it, or give the block words.")
    return frame_at(max(plan.film_sample, 0) / SAMPLE_RATE_HZ)


def _head(maker: Maker, block: GeneratedBlock, latents: NDArray[np.float32]) -> TakeHead:
    sizes = {"latents": latents.shape[0], "codes": latents.shape[1]}
    words = block.recipe.words[:_LONGEST_WORDS]
    return TakeHead(maker.model, maker.runtime, maker.film, block.recipe.seed, **sizes, words=words)
