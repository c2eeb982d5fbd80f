"""Makes the sound of a block: only what no take of it has yet."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from engine.ambisonics.turning.field_track import FieldMeter
from engine.contract.errors import CancelledError
from engine.contract.generation import MAIN_LANE, PatchSource
from engine.contract.scene.blocks import GeneratedBlock
from engine.rendering.blocks.keys import Maker, patch_keys
from engine.rendering.blocks.requests import patch_plans, patches_of
from engine.rendering.requests import Frame
from engine.runtime.block_takes.layout import TakeHead, TakePatch
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.block_takes.writer import TakeWriter


class Frames(Protocol):
    """The pictures of a film, for the model."""

    def frame_at(self, t_s: float) -> Frame:
        """Return the conditioning frame at a film time in seconds."""


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
    take_id, writer = known, None
    source.reset(recipe.seed)
    direction = None if recipe.direction is None else recipe.direction.unit_vector()
    meter = FieldMeter()
    sampled = 0
    try:
        if known is not None and fits:
            writer = store.extend(known)
        for index, (plan, key) in enumerate(zip(plans, keys, strict=True)):
            if cancelled():
                raise CancelledError("The sound was not made to its end; what was made is kept.")
            frame = None
            if plan.film_sample is not None and frame_at is not None:
                frame = frame_at(max(plan.film_sample, 0) / SAMPLE_RATE_HZ)
            old = None
            if known is not None and index < common:
                with store.open(known) as take:
                    old, record = take.patch(index), take.record(index)
            result = source.next_patch(plan.request(direction, frame, None if old is None else old.latents))
            made = old or TakePatch(key, result.lanes[MAIN_LANE], result.latents[MAIN_LANE], meter.measure(result.lanes[MAIN_LANE]))
            ...
    finally:
        if writer is not None:
            writer.close()
    return MadeTake(take_id, len(keys), sampled)
