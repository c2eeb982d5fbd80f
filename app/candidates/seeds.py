"""The seeds of candidates: as many as are asked for, none of which the block has had."""

import random

from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.recipe import HIGHEST_SEED

USUAL_CANDIDATES = 6


def other_seeds(
    block: GeneratedBlock, count: int = USUAL_CANDIDATES, rng: random.Random | None = None
) -> tuple[int, ...]:
    """Return seeds that neither the block nor one of its takes has."""
    draw = random.Random() if rng is None else rng
    used, found = {block.recipe.seed, *(take.recipe.seed for take in block.takes)}, list[int]()
    while len(found) < count:
        seed = draw.randint(0, HIGHEST_SEED)
        if seed not in used:
            used.add(seed)
            found.append(seed)
    return tuple(found)
