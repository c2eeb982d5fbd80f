"""Which takes hold which patches of the blocks of a scene."""

import contextlib
from dataclasses import dataclass
from typing import Final

from engine.contract.errors import MediaError
from engine.contract.generation import PatchSource
from engine.contract.making import BlockProgress
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene, SceneFilm
from engine.rendering.blocks.due import wanted_patches
from engine.rendering.blocks.keys import Maker, maker_for, patch_keys
from engine.rendering.blocks.requests import patch_plans
from engine.runtime.block_takes.index import TakeIndex, first_key
from engine.runtime.block_takes.store import BlockTakes

_NOTHING: Final = Scene()


@dataclass(frozen=True)
class _Asked:
    """What decides how much of a block is made, besides the disk."""

    recipe: Recipe
    wanted: int
    current: str | None
    film: SceneFilm | None


class Survey:
    """The takes of a folder and the progress of all blocks that the model makes. One thread.

    A block whose current take is long enough is made, whichever model made it. Otherwise the keys say which take holds
    its sound, or the beginning of it, so that nothing is made twice.
    """

    def __init__(self, store: BlockTakes, source: PatchSource) -> None:
        self.store, self._source = store, source
        self._index = TakeIndex(store)
        self._asked: dict[int, _Asked] = {}
        self.progress: dict[int, BlockProgress] = {}
        self.scene = _NOTHING

    @property
    def made(self) -> dict[int, int]:
        """The number of patches that are made, by block."""
        return {block_id: progress.made for block_id, progress in self.progress.items()}

    def maker_of(self, recipe: Recipe) -> Maker:
        """Return what makes a recipe."""
        return maker_for(self._source, recipe, self.scene.film)

    def holders(self, recipe: Recipe) -> tuple[str, ...]:
        """Return the takes that may hold a recipe's sound or its beginning."""
        return tuple(self._index.beginning_with(first_key(self.maker_of(recipe), recipe)))

    def update(self, scene: Scene) -> None:
        """Look at another scene. Only blocks that changed cost anything."""
        self.scene = scene
        blocks = [block for block in scene.blocks() if isinstance(block, GeneratedBlock)]
        ids = {block.block_id for block in blocks}
        for gone in self.progress.keys() - ids:
            del self.progress[gone], self._asked[gone]
        for block in blocks:
            recipe = block.recipe
            wanted = wanted_patches(block, scene.length_samples)
            asked = _Asked(recipe, wanted, block.current, None if recipe.film_sample is None else scene.film)
            if self._asked.get(block.block_id) != asked:
                self._asked[block.block_id] = asked
                self.progress[block.block_id] = self._found(block.block_id, asked)

    def note(self, recipe: Recipe, take_id: str, made: int) -> None:
        """Note that a take holds so many patches of a recipe, for every block that has it."""
        self._index.add(first_key(self.maker_of(recipe), recipe), take_id)
        for block_id, asked in self._asked.items():
            if asked.recipe == recipe and self.progress[block_id].made < min(made, asked.wanted):
                self.progress[block_id] = BlockProgress(block_id, take_id, min(made, asked.wanted), asked.wanted)

    def _found(self, block_id: int, asked: _Asked) -> BlockProgress:
        current = asked.current
        with contextlib.suppress(MediaError):
            if current is not None and self.store.has(current):
                with self.store.open(current) as take:
                    if take.patches >= asked.wanted:
                        return BlockProgress(block_id, current, asked.wanted, asked.wanted)
        holders = self.holders(asked.recipe)
        if not holders:
            return BlockProgress(block_id, "", 0, asked.wanted)
        most = min(
            asked.wanted, max(self._patches(take_id) for take_id in holders)
        )  # keys cost time: no more than help
        maker, plans = self.maker_of(asked.recipe), patch_plans(asked.recipe, most)
        take_id, made, _fits = self.store.longest(patch_keys(maker, asked.recipe.seed, plans), holders)
        return BlockProgress(block_id, take_id or "", made, asked.wanted)

    def _patches(self, take_id: str) -> int:
        with contextlib.suppress(MediaError), self.store.open(take_id) as take:
            return take.patches
        return 0
