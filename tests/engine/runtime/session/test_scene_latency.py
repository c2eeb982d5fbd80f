"""How soon an edit of a scene is heard: from the call in the window's process to the sample that the device gets."""

from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from engine.contract.directions import Direction
from engine.contract.scene.blocks import FileReference
from engine.contract.scene.edits.lanes import mute_lane, set_lane_gain
from engine.contract.scene.edits.places import set_path
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineState
from tests.engine.rendering.mix.mixing import SECOND, lane, recording, scene
from tests.engine.runtime.session.session_player import Player

pytestmark = pytest.mark.slow
LEFT, RIGHT = LanePath.fixed(Direction(90.0)), LanePath.fixed(Direction(-90.0))
MOST_S = 0.060
EDITS: dict[str, Callable[[Scene], Scene]] = {
    "gain": lambda before: set_lane_gain(before, 1, -12.0).scene,
    "mute": lambda before: mute_lane(before, 1, True).scene,
    "turn": lambda before: set_path(before, 1, RIGHT).scene,
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_heard_within_60_ms(tmp_path, edit):
    """The silent output has no latency, and asks for a block every 10.7 ms as a device does. The machine may be busy
    for a moment, so the median of ten edits counts."""
    tone = (0.2 * np.sin(2 * np.pi * 1000.0 * np.arange(8 * SECOND) / SECOND)).astype(np.float32)
    soundfile.write(tmp_path / "tone.wav", tone, SECOND, "FLOAT")
    block = recording(10, 8.0, file=FileReference(str(tmp_path / "tone.wav")))
    before = scene(lane(1, block, path=LEFT), seconds=8.0)
    after = EDITS[edit](before)
    player = Player(tmp_path)
    asked_at = []
    try:
        player.session.play_scene(before, tmp_path)
        player.session.play()
        player.until_state(EngineState.PLAYING)
        player.wait(0.5)
        for step in range(10):
            asked_at.append(player.session.position_s)
            player.session.play_scene(before if step % 2 else after, tmp_path)
            player.wait(0.3)
    finally:
        player.close()
    heard = player.heard()
    heard = heard[:, np.flatnonzero(np.abs(heard).max(axis=0) > 1e-4)[0] :]
    waits = [first_change_s(heard, at_s) - at_s for at_s in asked_at]
    assert float(np.median(waits)) <= MOST_S, waits


def first_change_s(heard: np.ndarray, after_s: float) -> float:
    """Return when the level at one ear changes by more than 10 %, from a time in the film on."""
    period = SECOND // 1000
    peaks = np.abs(heard[:, : heard.shape[1] // period * period]).reshape(2, -1, period).max(axis=2)
    start = int(after_s * 1000)
    was = peaks[:, start - 10 : start].max(axis=1, keepdims=True)
    changed = np.flatnonzero((np.abs(peaks[:, start:] - was) > 0.1 * was.max()).any(axis=0))
    return (start + int(changed[0])) / 1000.0
