"""Makes the sound of a block: only what no take of it has yet."""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.ambisonics.turning.field_track import FieldMeter
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.errors import CancelledError, InvalidInputError, MediaError
from engine.contract.generation import MAIN_LANE, PatchSource
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Recipe
from engine.export.reading.primer import read_primer
from engine.files.closing import Closing
from engine.files.content import content_hash
from engine.rendering.blocks.keys import Maker, patch_keys
from engine.rendering.blocks.requests import PatchPlan, patch_plans, patches_of
from engine.rendering.requests import Frame
from engine.rendering.takes import MadePatch, make_patch
from engine.runtime.block_takes.layout import TakeHead, TakePatch
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.block_takes.writer import TakeWriter

_LONGEST_WORDS: Final = 200
FrameAt = Callable[[float], Frame]


@dataclass(frozen=True)
class MadeTake:
    """The take that holds a block's sound: its id, its patches, and how many of them were sampled just now."""

    take_id: str
    patches: int
    sampled: int


class TakeMaking(Closing):
    """The take of a recipe while it is made, patch by patch. Use as a context manager; `source` is its own meanwhile.

    `take_ids` are takes that may hold the sound or the beginning of it. If one holds all, nothing is made. If all that
    it has fits, it is extended. If it fits only at first, its beginning is copied bit for bit into a new take. What was
    there is replayed and not sampled. `frame_at` is needed for a recipe that follows the film. Raises MediaError in
    `step` if the recording that is continued is missing or has changed.

    `take_id` is "" until there is one. `passed` patches of `total` have been gone through, `sampled` of them were made.
    """

    def __init__(
        self,
        recipe: Recipe,
        patches: int,
        source: PatchSource,
        store: BlockTakes,
        maker: Maker,
        *,
        take_ids: Iterable[str] = (),
        frame_at: FrameAt | None = None,
    ) -> None:
        self.recipe, self.maker = recipe, maker
        self._source, self._store, self._frame_at = source, store, frame_at
        self._plans = patch_plans(recipe, patches)
        self._keys = patch_keys(maker, recipe.seed, self._plans)
        known, self._common, fits = store.longest(self._keys, take_ids)
        self.take_id, self.total, self.sampled = known or "", patches, 0
        self.passed = patches if self._common == patches else 0
        self._direction = None if recipe.direction is None else recipe.direction.unit_vector()
        self._meter = FieldMeter()
        self._stack = ExitStack()
        self._writer: TakeWriter | None = None
        self._is_begun = False
        try:
            self._before = None if known is None else self._stack.enter_context(store.open(known))
            if known is not None and fits and not self.is_done:
                self._writer = self._stack.enter_context(store.extend(known))
        except BaseException:
            self.close()
            raise

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing."""
        return self.passed >= self.total

    @property
    def on_disk(self) -> int:
        """How many patches of the recipe a take has."""
        return max(self.passed, self._common)

    def resize(self, patches: int) -> bool:
        """Make more or fewer patches of the same recipe; returns False if that needs a new making."""
        if self._writer is None or self.passed < self._common:
            return False
        self._plans = patch_plans(self.recipe, patches)
        self._keys = patch_keys(self.maker, self.recipe.seed, self._plans)
        self.total = patches
        return True

    def step(self) -> MadePatch:
        """Make or replay the next patch, and return it. Raises ExportError, or whatever the source or the film raises.

        What was made stays; after an error, the next making of the same recipe continues it.
        """
        if not self._is_begun:
            self._source.reset(self.recipe.seed)
            self._is_begun = True
        index, plan = self.passed, self._plans[self.passed]
        old = self._before.patch(index) if self._before is not None and index < self._common else None
        primer = self._past() if index == 0 else None
        made = make_patch(
            self._source,
            lambda frame: replace(
                plan.request(self._direction, frame, None if old is None else old.latents), primer=primer
            ),
            _frame_of(plan, self._frame_at),
        )
        samples, latents = made.result.lanes[MAIN_LANE], made.result.latents[MAIN_LANE]
        track = self._meter.measure(samples if old is None else old.samples)
        writer = self._begun(latents)
        if old is None:
            writer.add(TakePatch(self._keys[index], samples, latents, track))
            self.sampled += 1
        elif self._before is not None and index >= writer.patches:
            writer.add_record(self._before.record(index))
        self.passed += 1
        return made

    def close(self) -> None:
        """Flush and close the take; a second call does nothing."""
        self._stack.close()

    def _past(self) -> NDArray[np.float32] | None:
        """Return the end of the recording that is continued, also when the beginning of a take is replayed."""
        file = self.recipe.continued
        if file is None:
            return None
        if file.content and content_hash(Path(file.path)) not in (file.content, ""):
            raise MediaError(f"{file.path} has changed since a block was set to continue it: choose it again.")
        return read_primer(Path(file.path), self.recipe.direction, from_end=True)

    def _begun(self, latents: NDArray[np.float32]) -> TakeWriter:
        if self._writer is None:
            words = self.recipe.words[:_LONGEST_WORDS]
            maker, (count, codes) = self.maker, latents.shape
            head = TakeHead(maker.model, maker.runtime, maker.film, self.recipe.seed, count, codes, words)
            self.take_id, writer = self._store.begin(head)
            self._writer = self._stack.enter_context(writer)
        return self._writer


def make_take(
    block: GeneratedBlock,
    source: PatchSource,
    store: BlockTakes,
    maker: Maker,
    *,
    take_ids: Iterable[str] = (),
    frame_at: FrameAt | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
    cancelled: Callable[[], bool] = lambda: False,
    watch: Callable[[MadePatch], None] = lambda patch: None,
) -> MadeTake:
    """Return the take of a block's recipe, made as far as it is needed and not there yet; see `TakeMaking`.

    `take_ids` are such as the block's own and those of earlier words. `progress` gets the number of patches that have
    been gone through, and all of them; `watch` gets the patches.

    Raises CancelledError between two patches, ExportError if the disk refuses; what was made is kept and continued the
    next time. Raises whatever the source or the film raises.
    """
    total = patches_of(block)
    with TakeMaking(block.recipe, total, source, store, maker, take_ids=take_ids, frame_at=frame_at) as making:
        while not making.is_done:
            if cancelled():
                raise CancelledError("The sound of the block is not complete. Its finished part is kept.")
            watch(making.step())
            progress(making.passed, total)
        return MadeTake(making.take_id, total, making.sampled)


def _frame_of(plan: PatchPlan, frame_at: FrameAt | None) -> Callable[[], Frame] | None:
    """Return what brings the picture at the start of a patch; before the film begins, its first one."""
    if plan.film_sample is None:
        return None
    if frame_at is None:
        raise InvalidInputError("The block follows the film, and there is no film: open it, or give the block words.")
    return partial(frame_at, max(plan.film_sample, 0) / SAMPLE_RATE_HZ)
