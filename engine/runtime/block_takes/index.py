"""Which takes begin like a recipe: the key of the first patch says so, and only such takes can hold its sound."""

import contextlib
from collections.abc import Sequence

from engine.contract.errors import MediaError
from engine.contract.scene.recipe import Recipe
from engine.rendering.blocks.keys import Maker, patch_keys
from engine.rendering.blocks.requests import patch_plans
from engine.runtime.block_takes.store import BlockTakes


class TakeIndex:
    """The takes of a folder by the key of their first patch, as they were when it was made, and those added since."""

    def __init__(self, store: BlockTakes) -> None:
        self.store = store
        self._by_key: dict[bytes, list[str]] = {}
        for take_id in store.ids():
            with contextlib.suppress(MediaError), store.open(take_id) as take:
                if take.patches:
                    self.add(take.key(0), take_id)

    def add(self, first_key: bytes, take_id: str) -> None:
        """Add a take that was begun."""
        found = self._by_key.setdefault(first_key, [])
        if take_id not in found:
            found.append(take_id)

    def beginning_with(self, first_key: bytes) -> Sequence[str]:
        """Return the takes whose first patch has a key."""
        return tuple(self._by_key.get(first_key, ()))


def first_key(maker: Maker, recipe: Recipe) -> bytes:
    """Return the key of a recipe's first patch."""
    return patch_keys(maker, recipe.seed, patch_plans(recipe, 1))[0]
