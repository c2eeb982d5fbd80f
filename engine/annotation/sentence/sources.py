"""From the sources that a user asked for to a scene: a lane with one generated block for each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from engine.annotation.sentence.ideas import idea_of
from engine.annotation.sentence.lanes import ALL_AROUND_DEG
from engine.contract.control import DirectionPath, GenerationSettings, PathPoint
from engine.contract.directions import Direction, azimuth_elevation
from engine.contract.errors import InvalidInputError
from engine.contract.scene.checks import LONGEST_NAME, samples_of
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import Keyframe, LanePath
from engine.contract.scene.recipe import HIGHEST_SEED, Recipe
from engine.contract.scene.scene import Scene, SceneFilm

_FILM: Final = "film"


@dataclass(frozen=True)
class _Asked:
    words: str
    path: DirectionPath | None
    gain_db: float
    follows_film: bool = False


def scene_of_sources(
    settings: GenerationSettings, start_sample: int, end_sample: int, film: SceneFilm | None = None
) -> Scene:
    """Return the scene of settings whose prompt has no place in words any more, the prompt's own source first.

    Every block lasts from one sample of the film to another, and the scene ends with it. The seeds count up, words of
    loudness count, and a bed without a place is all around, as in `add_ideas`. With a film, the prompt's own source
    follows it and stays where it shows it. Without `exact_direction`, a source stays where the model puts it, and the
    model gets its direction. Raises SceneError if a scene cannot hold the sources, and InvalidInputError if the
    model would have to follow a movement.
    """
    scene = Scene(film=film, length_samples=end_sample)
    for number, asked in enumerate(_asked(settings, film is not None)):
        idea = idea_of(asked.words) if asked.words else None
        is_bed = idea is not None and idea.kind is LaneKind.BED
        turned = settings.exact_direction and asked.path is not None
        recipe = Recipe.of(
            asked.words,
            (settings.seed + number) % (HIGHEST_SEED + 1),
            film_sample=start_sample if asked.follows_film else None,
        )
        told = None if turned or asked.path is None else _still(asked.path)
        is_around = is_bed and asked.path is None and not asked.follows_film
        scene = add_lane(
            scene,
            (asked.words or _FILM)[:LONGEST_NAME],
            kind=LaneKind.BED if is_bed else LaneKind.POINT,
            path=_lane_path(asked.path) if turned and asked.path is not None else None,
            width_deg=ALL_AROUND_DEG if is_around else None,
            gain_db=asked.gain_db + (0.0 if idea is None else idea.gain_db),
        ).scene
        recipe = replace(recipe, steps=settings.steps, direction=told)
        scene = add_generated(scene, scene.lanes[-1].lane_id, recipe, start_sample, end_sample - start_sample).scene
    return scene


def _asked(settings: GenerationSettings, has_film: bool) -> Iterator[_Asked]:
    words = " ".join(settings.prompt.text.split())
    if words or has_film:
        yield _Asked(words, settings.path, settings.gain_db, has_film)
    for lane in settings.lanes:
        yield _Asked(" ".join(lane.prompt.text.split()), lane.path, lane.gain_db)


def _still(path: DirectionPath) -> Direction:
    """Return the one direction of a path that does not move."""
    first, *others = {point.direction: None for point in path.points}
    if others:
        raise InvalidInputError(
            "Among several sources, the model can be given a place but no movement: leave out the movement, "
            "or --direction-as-generated."
        )
    return first


def _lane_path(path: DirectionPath) -> LanePath:
    """Return the path of a lane; what lies before the film begins is shortened to where it is then."""
    points = [point for point in path.points if point.t_s >= 0.0]
    if len(points) < len(path.points):
        azimuth_rad, elevation_rad = azimuth_elevation(path.at(0.0))
        begins = Direction(float(np.rad2deg(azimuth_rad)), float(np.rad2deg(elevation_rad)))
        points.insert(0, PathPoint(0.0, begins))
    return LanePath(tuple(Keyframe(samples_of(point.t_s), point.direction) for point in points), path.interpolation)
