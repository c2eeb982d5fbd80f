"""The horizon turns what has the directions of the film's picture, and nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from engine.ambisonics.encoding import encode_point
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.directions import Direction
from engine.contract.scene.lane import LaneKind
from engine.contract.scene.place import LanePath
from engine.contract.video import Pose
from engine.rendering.mix.mixer import SceneMixer
from tests.engine.rendering.mix.mixing import (
    SECOND,
    error_deg,
    field_sound,
    generated,
    lane,
    mixed,
    noise,
    scene,
    take_at,
)


@pytest.mark.parametrize(
    ("pose", "x_y_z"),
    [
        (Pose(yaw_deg=90.0), [-np.sqrt(0.75), 0.5, 0.0]),  # 60 degrees becomes 150
        (Pose(roll_deg=90.0), [0.5, 0.0, -np.sqrt(0.75)]),  # the right goes up, the left goes down
    ],
)
def test_the_films_own_sound_is_turned_with_the_horizon(pose: Pose, x_y_z: list[float]) -> None:
    film = field_sound(encode_point(noise(2 * SECOND), Direction(60.0)), follows_path=False)
    out = mixed(scene(lane(1, kind=LaneKind.FILM_SOUND), horizon=pose), {1: film})
    np.testing.assert_allclose(direction_and_diffuseness(out.field)[0], x_y_z, atol=0.01)


@pytest.mark.parametrize(
    ("film_sample", "direction", "path", "at_deg"),
    [
        (0, None, None, 150.0),  # it follows the film: its directions are those of the picture
        (None, None, None, 60.0),  # words alone: they are meant in the scene
        (0, Direction(60.0), None, 60.0),  # the model was told where
        (0, None, LanePath.fixed(Direction(-20.0)), -20.0),  # drawn on the picture that was turned already
    ],
)
def test_a_take_turns_with_the_horizon_if_the_picture_says_where_it_is(film_sample, direction, path, at_deg) -> None:
    block = generated(10)
    block = replace(block, recipe=replace(block.recipe, film_sample=film_sample, direction=direction))
    what = scene(lane(1, block, path=path), horizon=Pose(yaw_deg=90.0))
    assert error_deg(mixed(what, {10: take_at(60.0, 2 * SECOND)}).field, at_deg) < 0.5


def test_a_horizon_that_is_corrected_while_it_plays_turns_the_film_without_a_click() -> None:
    tone = (0.1 * np.sin(2.0 * np.pi * 220.0 * np.arange(2 * SECOND) / SECOND)).astype(np.float32)
    what = scene(lane(1, kind=LaneKind.FILM_SOUND))
    mixer = SceneMixer(what, {1: field_sound(encode_point(tone, Direction(60.0)), follows_path=False)})
    before = mixer.read(SECOND).field
    mixer.change(replace(what, horizon=Pose(yaw_deg=90.0)))
    after = mixer.read(SECOND).field
    assert error_deg(before, 60.0) < 0.5
    assert error_deg(after[:, 2_000:], 150.0) < 0.5
    steps = np.abs(np.diff(np.concatenate([before, after], axis=1), axis=1))
    assert steps.max() < 1.1 * np.abs(np.diff(tone)).max()
