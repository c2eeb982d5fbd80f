"""A loop that makes takes, turned by hand, and small scenes for it."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from engine.contract.conventions import PATCH_SAMPLES, SAMPLE_RATE_HZ
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.model.streaming.streamer import PatchStreamer
from engine.rendering.blocks.keys import Maker
from engine.runtime.block_takes.making import make_take
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.making.inbox import MakingInbox
from engine.runtime.making.loop import MakingLoop
from engine.runtime.making.messages import (
    SceneToMake,
    TakeFinished,
)

PATCHES = 10


def block(block_id: int, start_s: float, words: str = "rain", patches: int = PATCHES) -> GeneratedBlock:
    return GeneratedBlock(
        block_id=block_id,
        start_sample=round(start_s * SAMPLE_RATE_HZ),
        length_samples=patches * PATCH_SAMPLES,
        recipe=Recipe.of(words, seed=block_id),
    )


def scene_of(*blocks: GeneratedBlock) -> Scene:
    """Each block in a lane of its own; lane 100 + n."""
    lanes = tuple(Lane(lane_id=100 + b.block_id, name=f"Lane {b.block_id}", blocks=(b,)) for b in blocks)
    return Scene(lanes=lanes, next_id=1000, length_samples=60 * SAMPLE_RATE_HZ)


class Rig:
    """A loop that is turned until nothing is left, with everything that it says; `made` are the blocks in order."""

    def __init__(self, model: PatchStreamer, folder: Path) -> None:
        self.folder, self.store, self.inbox = folder, BlockTakes(folder), MakingInbox()
        self.said: list[object] = []
        self.patches: list[bool] = []
        self.version = 0
        self.after_patch: Callable[[int], None] = lambda _count: None
        self.loop = MakingLoop(model, self.inbox, self.tell, self.run_patch)

    def tell(self, message: object) -> None:
        self.said.append(message)

    def run_patch(self, make: Callable[[], None], can_wait: bool) -> None:
        make()
        self.patches.append(can_wait)
        self.after_patch(len(self.patches))

    def give(self, scene: Scene) -> None:
        self.version += 1
        self.inbox.take(SceneToMake(self.version, scene, self.folder))

    def turn(self, most: int = 1000) -> None:
        for _ in range(most):
            if self.loop._turn():
                return

    def of(self, kind: type) -> list:
        return [message for message in self.said if isinstance(message, kind)]

    @property
    def finished(self) -> dict[int, str]:
        return {message.block_id: message.take.take_id for message in self.of(TakeFinished)}

    def sound(self, take_id: str, last: int = PATCHES) -> str:
        with self.store.open(take_id) as take:
            return hashlib.sha256(take.read(0, last * PATCH_SAMPLES).tobytes()).hexdigest()


def alone(model: PatchStreamer, folder: Path, wanted: GeneratedBlock) -> str:
    store = BlockTakes(folder)
    made = make_take(wanted, model.another(), store, Maker(model.checkpoint_sha256, model.runtime))
    with store.open(made.take_id) as take:
        return hashlib.sha256(take.read(0, PATCHES * PATCH_SAMPLES).tobytes()).hexdigest()
