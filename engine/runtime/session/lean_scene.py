"""A scene as the mix and the feeder need it: without words and takes that are not heard. Lanes that stay are reused."""

from dataclasses import replace

from engine.contract.scene.blocks import Block, GeneratedBlock
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene

_NO_WORDS = Recipe.of("sound", 0)


class LeanScenes:
    """Makes lean scenes, one after the other. One thread."""

    def __init__(self) -> None:
        self._lanes: dict[int, tuple[Lane, Lane]] = {}

    def lean(self, scene: Scene) -> Scene:
        """Return a scene that mixes to the same sound and is small to send."""
        lanes: dict[int, tuple[Lane, Lane]] = {}
        for lane in scene.lanes:
            before = self._lanes.get(lane.lane_id)
            if before is None or before[0].blocks is not lane.blocks:
                lean = replace(lane, blocks=tuple(_lean(block) for block in lane.blocks))
            elif before[0] is lane:
                lean = before[1]
            else:
                lean = replace(lane, blocks=before[1].blocks)
            lanes[lane.lane_id] = lane, lean
        self._lanes = lanes
        return replace(scene, lanes=tuple(lean for _, lean in lanes.values()), markers=())


def _lean(block: Block) -> Block:
    if not isinstance(block, GeneratedBlock):
        return block
    takes = () if block.current is None else (SceneTake(block.current, _NO_WORDS),)
    return replace(block, recipe=_NO_WORDS, takes=takes, name="")
