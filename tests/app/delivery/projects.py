"""Projects to export: a source on the left, one on the right, head-locked music, and a film if asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from engine.contract.directions import Direction
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.place import LanePath
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene, SceneFilm
from engine.project.project_file import write_project
from tests.engine.export.delivery.takes import film

SECOND = 48_000


def recorded(folder: Path, block_id: int, name: str, channels: int = 1, seconds: float = 1.2) -> RecordingBlock:
    """Write a recording of noise and return the block that plays it."""
    samples = round(seconds * SECOND)
    sound = 0.05 * np.random.default_rng(block_id).standard_normal((samples, channels))
    soundfile.write(folder / name, sound, SECOND, "FLOAT")
    return RecordingBlock(
        block_id=block_id,
        file=FileReference(str(folder / name)),
        convention=Convention.MONO if channels == 1 else Convention.STEREO,
        file_samples=samples,
        length_samples=samples,
    )


def two_sides(folder: Path, *, music: bool = False, with_film: bool = False) -> Scene:
    """Return a scene of 1.2 s."""
    lanes = [
        Lane(
            lane_id=number,
            name=name,
            path=LanePath.fixed(Direction(azimuth)),
            blocks=(recorded(folder, 10 + number, f"{number}.wav"),),
        )
        for number, name, azimuth in ((1, "Tap: drip", 90.0), (2, "犬", -90.0))
    ]
    if music:
        block = recorded(folder, 13, "music.wav", channels=2)
        lanes.append(Lane(lane_id=3, name="Music", kind=LaneKind.HEAD_LOCKED, blocks=(block,)))
    length = round(1.2 * SECOND)
    pictures = SceneFilm(FileReference(str(film(folder / "film.mp4"))), length) if with_film else None
    return Scene(film=pictures, lanes=tuple(lanes), length_samples=length, next_id=99)


def saved(folder: Path, scene: Scene, name: str = "walk.swan") -> Path:
    """Save a scene as a project."""
    write_project(folder / name, scene)
    return folder / name


def tone(scene: Scene, lane_id: int = 1, seconds: float = 1.0) -> Scene:
    """Return a scene whose lane has a generated block instead of its recording."""
    block = GeneratedBlock(block_id=50, length_samples=round(seconds * SECOND), recipe=Recipe.of("a tone of 700 Hz", 3))
    lanes = tuple(replace(lane, blocks=(block,)) if lane.lane_id == lane_id else lane for lane in scene.lanes)
    return replace(scene, lanes=lanes)
