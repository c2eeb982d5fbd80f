"""The horizon of a scene without blocks turns the live stream in the real processes."""

import numpy as np
from session_player import Player

from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineState
from engine.contract.video import Pose
from tests.engine.runtime.small_films import write_film


def test_a_front_that_is_turned_to_the_left_is_heard_at_the_left(tmp_path):
    player = Player(tmp_path)
    player.session.open_video(write_film(tmp_path / "film.mp4", 3.0))
    player.session.play()
    player.until_state(EngineState.PLAYING)
    player.until(lambda: player.session.position_s > 0.8)
    before = player.session.position_s
    player.session.play_scene(Scene(horizon=Pose(yaw_deg=90.0)), tmp_path)
    assert player.session.position_s < before + 0.3  # it plays on
    player.until_state(EngineState.ENDED)
    assert player.metrics.underruns == 0
    player.close()
    left, right = player.heard()
    sounding = np.flatnonzero(left != 0.0)
    first, last = sounding[0], sounding[-1]
    level_db = [
        20.0 * np.log10(np.std(left[part]) / np.std(right[part]))
        for part in (slice(first + 4_800, first + 24_000), slice(last - 48_000, last - 4_800))
    ]
    assert abs(level_db[0]) < 1.0
    assert level_db[1] > 2.5  # what a head does at 1 kHz
