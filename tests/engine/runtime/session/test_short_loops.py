"""Loops shorter than a patch with the real processes: no gap, in the live stream and in a scene."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.contract.control import GenerationSettings, Prompt
from engine.contract.scene.scene import LoopRange, Scene
from engine.contract.telemetry import EngineFailure, EngineState
from tests.engine.rendering.mix.mixing import SECOND, lane, scene
from tests.engine.runtime.ear.scenes_of_tones import made, tone_block
from tests.engine.runtime.session.session_player import Player
from tests.engine.runtime.small_films import write_film
from tests.fakes import FakeSource

pytestmark = pytest.mark.slow
LENGTHS = [480, 2_000, 7_000]


def longest_silence(heard: np.ndarray) -> int:
    """Return the most samples in a row that are silent, between the first sound and the last."""
    at = np.flatnonzero(np.abs(heard).max(axis=0) > 1e-3)
    return int(np.diff(at).max())


def looped(folder: Path, length: int, *, with_block: bool) -> Scene:
    blocks = (made(tone_block(10, 1000, 3.0), folder),) if with_block else ()
    document = scene(lane(1, *blocks), seconds=3.0)
    return replace(document, loop=LoopRange(SECOND - 300, SECOND - 300 + length))


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("with_block", [False, True], ids=["live", "scene"])
def test_a_short_loop_has_no_gap(tmp_path, length, with_block):
    write_film(tmp_path / "film.mp4", seconds=3.0)
    player = Player(tmp_path, FakeSource(patch_s=0.08))
    try:
        session = player.session
        session.set_settings(GenerationSettings(Prompt("1000 Hz")))
        session.open_video(tmp_path / "film.mp4")
        session.play_scene(looped(tmp_path, length, with_block=with_block), tmp_path)
        session.seek((SECOND - 300) / SECOND)
        session.play()
        player.until_state(EngineState.PLAYING)
        player.wait(2.0)
        assert player.state is EngineState.PLAYING
        assert player.metrics.underruns == 0
        assert not player.of(EngineFailure)
        assert abs(session.position_s - 1.0) < 0.2
        player.close()
        assert longest_silence(player.heard()) < 500  # a seam: 10 ms down and up
    finally:
        player.close()
