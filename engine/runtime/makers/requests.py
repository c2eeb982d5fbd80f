"""What another generator is asked for a block of a scene."""

from pathlib import Path

from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.making import check_can_be_made
from engine.contract.scene.scene import Scene
from engine.runtime.makers.protocol import MakerRequest


def request_for(scene: Scene, block_id: int) -> MakerRequest:
    """Return what a generator is asked for a block: its words, its length and its seed.

    The film is named if the block follows it. The block's own direction is named if its lane has no place; otherwise
    the mix turns the sound, and a generator that turned it too would turn it twice. Raises SceneError if the block is
    gone or a recording, InvalidInputError if it has no words and no film, or is too long.
    """
    block, lane = scene.block(block_id), scene.lane_of(block_id)
    check_can_be_made(block)
    seconds = block.length_samples / SAMPLE_RATE_HZ
    if not isinstance(block, GeneratedBlock):  # made by another generator before
        return MakerRequest(block.title, seconds)
    recipe, film = block.recipe, scene.film
    follows = recipe.film_sample is not None and film is not None
    return MakerRequest(
        recipe.words,
        seconds,
        recipe.seed,
        Path(film.file.path) if follows and film is not None else None,
        max(0.0, block.start_sample / SAMPLE_RATE_HZ) if follows else 0.0,
        recipe.direction if lane.path is None else None,
    )
