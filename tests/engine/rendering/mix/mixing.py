"""Scenes and sounds to mix in tests, without a model and without files."""

import numpy as np

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.ambisonics.loudness import LevelMeter, SourceLevel
from engine.ambisonics.turning.field_track import PIECE_SAMPLES, FieldMeter
from engine.ambisonics.turning.finished import shown_by
from engine.contract.directions import Direction, angle_between, unit_vectors
from engine.contract.scene.blocks import Convention, FileReference, GeneratedBlock, RecordingBlock
from engine.contract.scene.lane import Lane, LaneKind
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import Scene
from engine.rendering.mix.mixer import Mixed, SceneMixer
from engine.rendering.mix.sounds import ArraySamples, BlockSound, FieldFacts

SECOND = 48_000
EVEN = SourceLevel(None, 0.0, 0.0)
"""The level of a sound that is to be left at the level it has."""


def noise(samples: int, seed: int = 0, level: float = 0.1) -> np.ndarray:
    return (level * np.random.default_rng(seed).standard_normal(samples)).astype(np.float32)


def recorded(array: np.ndarray, level: SourceLevel = EVEN) -> BlockSound:
    """Return the sound of a mono or stereo recording (C, N)."""
    return BlockSound(len(array), ArraySamples(array.astype(np.float32)), level)


def field_sound(foa: np.ndarray, *, follows_path: bool = True, level: SourceLevel = EVEN) -> BlockSound:
    """Return the sound of a take or of a first-order recording (4, N)."""
    foa = foa.astype(np.float32)
    padded = np.pad(foa, ((0, 0), (0, -foa.shape[1] % PIECE_SAMPLES)))
    track = FieldMeter().measure(padded)
    return BlockSound(4, ArraySamples(foa), level, FieldFacts(shown_by(track), track.share, follows_path))


def take_at(azimuth_deg: float, samples: int, seed: int = 0) -> BlockSound:
    """Return a take that the model put at an azimuth."""
    return field_sound(encode_point(noise(samples, seed), Direction(azimuth_deg)))


def level_of(array: np.ndarray) -> SourceLevel:
    meter = LevelMeter()
    meter.add(array.astype(np.float32))
    return meter.level()


def recording(
    block_id: int, seconds: float = 2.0, convention: Convention = Convention.MONO, **values
) -> RecordingBlock:
    length = round(seconds * SECOND)
    values = {"length_samples": length, "file_samples": length, "file": FileReference("/sound.wav"), **values}
    return RecordingBlock(block_id=block_id, convention=convention, **values)


def generated(block_id: int, seconds: float = 2.0, **values) -> GeneratedBlock:
    return GeneratedBlock(block_id=block_id, length_samples=round(seconds * SECOND), recipe=Recipe.of("dog"), **values)


def lane(lane_id: int, *blocks, kind: LaneKind = LaneKind.POINT, **values) -> Lane:
    return Lane(lane_id=lane_id, name=f"Lane {lane_id}", kind=kind, blocks=blocks, **values)


def scene(*lanes: Lane, seconds: float = 2.0, **values) -> Scene:
    return Scene(lanes=lanes, length_samples=round(seconds * SECOND), next_id=1_000, **values)


def mixed(what: Scene, sounds: dict[int, BlockSound], count: int | None = None, **values) -> Mixed:
    return SceneMixer(what, sounds, **values).read(what.length_samples if count is None else count)


def error_deg(foa: np.ndarray, azimuth_deg: float, elevation_deg: float = 0.0) -> float:
    asked = unit_vectors(np.deg2rad(azimuth_deg), np.deg2rad(elevation_deg))
    return float(np.rad2deg(angle_between(direction_and_diffuseness(foa)[0], asked)))
