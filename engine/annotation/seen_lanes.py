"""From what moves in a film to lanes of a scene: the user's words, and the path of what is seen."""

from dataclasses import replace
from functools import partial

from engine.annotation.sentence.ideas import idea_of
from engine.annotation.sentence.lanes import made_at
from engine.contract.errors import SceneError
from engine.contract.scene.checks import samples_of
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.change import Change, Edit, quoted, together
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import USUAL_DISTANCE_M, Keyframe, LanePath
from engine.contract.scene.recipe import HIGHEST_SEED, Recipe
from engine.contract.scene.scene import Scene
from engine.contract.seen import SeenThing


def add_seen(scene: Scene, named: tuple[tuple[SeenThing, str], ...], seed: int = 0) -> Change:
    """Add a lane per thing and words, which follows the thing, with a block while it is seen; seeds count up.

    A block ends with the scene at the latest. Raises SceneError if the scene cannot take them, or for unusable words.
    """
    if not named:
        raise SceneError("There is no lane to add: write what should be heard.")
    edits: list[Edit] = []
    for number, (thing, words) in enumerate(named):
        edits.append(partial(_lane, thing=thing, words=words))
        edits.append(partial(_block, thing=thing, words=words, seed=(seed + number) % (HIGHEST_SEED + 1)))
    name = f"Add lane {quoted(idea_of(named[0][1]).name)}" if len(named) == 1 else f"Add {len(named)} lanes"
    return together(scene, name, edits)


def _lane(scene: Scene, thing: SeenThing, words: str) -> Change:
    return add_lane(scene, idea_of(words).name, kind=LaneKind.POINT, path=_path(thing))


def _block(scene: Scene, thing: SeenThing, words: str, seed: int) -> Change:
    start = samples_of(thing.start_s)
    end = min(samples_of(thing.end_s), scene.length_samples)
    recipe = replace(Recipe.of(idea_of(words).words, seed), direction=made_at(LaneKind.POINT, _path(thing), start))
    return add_generated(scene, scene.lanes[-1].lane_id, recipe, start, end - start)


def _path(thing: SeenThing) -> LanePath:
    frames = (Keyframe(samples_of(point.t_s), point.direction, USUAL_DISTANCE_M) for point in thing.path.points)
    return LanePath(tuple(frames), thing.path.interpolation)
