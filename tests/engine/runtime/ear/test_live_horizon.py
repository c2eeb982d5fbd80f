"""The corrected horizon and the live stream: the sound is where the picture is, and nothing clicks."""

import numpy as np
import pytest

from engine.ambisonics.binaural import BinauralFilters
from engine.contract.directions import Direction
from engine.contract.video import UPRIGHT, Pose, pose_turn, upright_view
from engine.contract.view import FRONT, ViewOrientation, head_axes
from engine.runtime.ear.deck import FADE_SAMPLES
from tests.engine.rendering.mix.mixing import lane, scene
from tests.engine.runtime.ear.playback_rig import CLICK, Rig, roughness
from tests.engine.runtime.ear.scene_rig import SceneRig
from tests.engine.runtime.ear.scenes_of_tones import made, tone_block

POSES = [
    Pose(roll_deg=10.0),
    Pose(pitch_deg=-25.0),
    Pose(yaw_deg=90.0),
    Pose(yaw_deg=-130.0, pitch_deg=40.0, roll_deg=-75.0),
]
SOURCES = [Direction(0.0), Direction(60.0, 20.0), Direction(-150.0, -35.0)]


def bare(*channels: int) -> BinauralFilters:
    """Return ears that hear one channel each."""
    taps = np.zeros((2, 4, 1), np.float32)
    for ear, channel in enumerate(channels):
        taps[ear, channel] = 1.0
    return BinauralFilters(taps)


def heard_direction(source: Direction, pose: Pose, view: ViewOrientation = FRONT) -> np.ndarray:
    """Return the unit vector (3,) from which a source of the film is heard."""
    strengths = []
    for channels in ((0, 3), (1, 2)):  # W and X, Y and Z
        rig = Rig(filters=bare(*channels))
        rig.state.upright, rig.state.view = upright_view(pose), view
        rig.seek(0)
        rig.feed(40, source)
        rig.state.play = True
        rig.listen(20)
        ears = rig.everything[:, 4 * FADE_SAMPLES :]
        w = 0.25 * np.cos(2 * np.pi * 1000.0 * np.arange(4 * FADE_SAMPLES, rig.everything.shape[1]) / 48_000)
        strengths += list(ears @ w / (w @ w))
        rig.close()
    _, x, y, z = strengths
    return np.array([x, y, z])


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("source", SOURCES)
def test_a_source_is_heard_where_the_picture_shows_it(source, pose):
    expected = pose_turn(pose) @ source.unit_vector()
    heard = heard_direction(source, pose)
    assert np.linalg.norm(heard) == pytest.approx(1.0, abs=1e-3)
    assert np.rad2deg(np.arccos(np.clip(heard @ expected, -1.0, 1.0))) < 0.1


def test_the_horizon_comes_before_the_view():
    """With the view as the film shows it: what is looked at is in front."""
    pose, source = Pose(pitch_deg=30.0, roll_deg=20.0), Direction(40.0, 10.0)
    x, y, z = pose_turn(pose) @ source.unit_vector()
    looks = ViewOrientation(float(np.arctan2(y, x)), float(np.arcsin(z)))
    np.testing.assert_allclose(heard_direction(source, pose, looks), [1.0, 0.0, 0.0], atol=2e-3)
    np.testing.assert_allclose(head_axes(looks)[:, 0], [x, y, z], atol=1e-9)


@pytest.mark.parametrize("pose", POSES)
def test_a_step_of_the_horizon_does_not_click(pose):
    rig = Rig()
    rig.seek(0)
    rig.state.play = True
    rig.feed(40, Direction(60.0))
    rig.listen(10)
    rig.state.upright = upright_view(pose)
    rig.listen(10)
    rig.state.upright = upright_view(UPRIGHT)
    rig.listen(10)
    assert roughness(rig.everything[:, 2:]) < CLICK
    rig.close()


def test_a_scene_is_upright_by_its_mix_and_not_turned_twice(tmp_path):
    block = made(tone_block(2, 700), tmp_path)
    shown = scene(lane(1, block), horizon=Pose(yaw_deg=90.0))
    heard = []
    for upright in (FRONT, upright_view(shown.horizon)):
        rig = SceneRig(tmp_path)
        rig.state.upright = upright
        rig.play(shown)
        rig.seek(0)
        rig.state.play = True
        heard.append(rig.listen(40))
        rig.close()
    assert np.abs(heard[0]).max() > 0.01
    np.testing.assert_array_equal(heard[0], heard[1])
