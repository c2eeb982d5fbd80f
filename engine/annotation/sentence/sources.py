"""From the sources that a user asked for to a scene: a lane with one generated block for each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from engine.annotation.sentence.ideas import idea_of
from engine.annotation.sentence.lanes import ALL_AROUND_DEG, direction_at, made_at
from engine.contract.control import DirectionPath, GenerationSettings, PathPoint
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
    follows it and stays where it shows it. Other sources are made where they begin, and turned from there.
    Raises SceneError if a scene cannot hold the sources.
    """
    scene = Scene(film=film, length_samples=end_sample)
    for number, asked in enumerate(_asked(settings, film is not None)):
        idea = idea_of(asked.words) if asked.words else None
        kind = LaneKind.POINT if idea is None else idea.kind
        path = None if asked.path is None else _lane_path(asked.path)
        recipe = Recipe.of(
            asked.words,
            (settings.seed + number) % (HIGHEST_SEED + 1),
            film_sample=start_sample if asked.follows_film else None,
        )
        is_around = kind is LaneKind.BED and asked.path is None and not asked.follows_film
        scene = add_lane(
            scene,
            (asked.words or _FILM)[:LONGEST_NAME],
            kind=kind,
            path=path,
            width_deg=ALL_AROUND_DEG if is_around else None,
            gain_db=asked.gain_db + (0.0 if idea is None else idea.gain_db),
        ).scene
        begins = None if asked.follows_film else made_at(kind, path, start_sample)
        recipe = replace(recipe, steps=settings.steps, direction=begins)
        scene = add_generated(scene, scene.lanes[-1].lane_id, recipe, start_sample, end_sample - start_sample).scene
    return scene


def _asked(settings: GenerationSettings, has_film: bool) -> Iterator[_Asked]:
    words = " ".join(settings.prompt.text.split())
    if words or has_film:
        yield _Asked(words, settings.path, settings.gain_db, has_film)
    for lane in settings.lanes:
        yield _Asked(" ".join(lane.prompt.text.split()), lane.path, lane.gain_db)


def _lane_path(path: DirectionPath) -> LanePath:
    """Return the path of a lane; what lies before the film begins is shortened to where it is then."""
    points = [point for point in path.points if point.t_s >= 0.0]
    if len(points) < len(path.points):
        points.insert(0, PathPoint(0.0, direction_at(path, 0.0)))
    return LanePath(tuple(Keyframe(samples_of(point.t_s), point.direction) for point in points), path.interpolation)
