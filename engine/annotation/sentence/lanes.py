"""From ideas to lanes of a scene: one edit, with one generated block per lane."""

from dataclasses import replace
from functools import partial
from typing import Final

from engine.annotation.sentence.ideas import LaneIdea
from engine.contract.control import DirectionPath
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction
from engine.contract.errors import SceneError
from engine.contract.scene.checks import samples_of
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.change import Change, Edit, quoted, together
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import HIGHEST_SEED, Recipe
from engine.contract.scene.scene import Scene
from engine.words.movement import Movement

ALL_AROUND_DEG = 360.0
FRONT: Final = Direction(0.0)


def add_ideas(scene: Scene, ideas: tuple[LaneIdea, ...], start_sample: int, end_sample: int, seed: int = 0) -> Change:
    """Add a lane per idea, with a block from one sample of the film to another; their seeds count up from `seed`.

    Movements begin with the block. Raises SceneError if the scene cannot take them.
    """
    if not ideas:
        raise SceneError("There is no lane to add: write what should be heard.")
    edits: list[Edit] = []
    for number, idea in enumerate(ideas):
        recipe = Recipe.of(idea.words, (seed + number) % (HIGHEST_SEED + 1))
        recipe = replace(recipe, direction=made_at(idea.kind, _path(idea, start_sample, end_sample), start_sample))
        edits.append(partial(_lane, idea=idea, start_sample=start_sample, end_sample=end_sample))
        edits.append(partial(_block, recipe=recipe, start_sample=start_sample, end_sample=end_sample))
    name = f"Add lane {quoted(ideas[0].name)}" if len(ideas) == 1 else f"Add {len(ideas)} lanes"
    return together(scene, name, edits)


def _lane(scene: Scene, idea: LaneIdea, start_sample: int, end_sample: int) -> Change:
    is_around = idea.kind is LaneKind.BED and idea.place is None
    return add_lane(
        scene,
        idea.name,
        kind=idea.kind,
        path=_path(idea, start_sample, end_sample),
        width_deg=ALL_AROUND_DEG if is_around else None,
        gain_db=idea.gain_db,
    )


def _block(scene: Scene, recipe: Recipe, start_sample: int, end_sample: int) -> Change:
    return add_generated(scene, scene.lanes[-1].lane_id, recipe, start_sample, end_sample - start_sample)


def made_at(kind: LaneKind, path: LanePath | None, start_sample: int) -> Direction | None:
    """Return the direction in which a block is made: its lane's at that time, the front for a lane without a place.

    A source that keeps its direction is turned along a path exactly; one that wanders is not. What is all around has no
    direction.
    """
    if path is not None:
        return direction_at(path.directions, start_sample / SAMPLE_RATE_HZ)
    return None if kind is LaneKind.BED else FRONT


def direction_at(path: DirectionPath, t_s: float) -> Direction:
    """Return where a path is at a time, as a direction."""
    return Direction.of(path.at(t_s))


def _path(idea: LaneIdea, start_sample: int, end_sample: int) -> LanePath | None:
    if idea.place is None:
        return None
    if not isinstance(idea.place, Movement):
        return LanePath.fixed(idea.place, idea.distance_m)
    drawn = idea.place.path(start_sample / SAMPLE_RATE_HZ, end_sample / SAMPLE_RATE_HZ)
    frames = (Keyframe(samples_of(point.t_s), point.direction, idea.distance_m) for point in drawn.points)
    return LanePath(tuple(frames), drawn.interpolation)
