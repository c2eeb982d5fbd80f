"""The A/V offset in a session: the picture moves against the sound at once, paused and playing."""

from dataclasses import replace

import pytest

from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineState
from tests.engine.rendering.mix.mixing import SECOND, lane, scene
from tests.engine.runtime.ear.scenes_of_tones import made, tone_block
from tests.engine.runtime.session.session_player import Player
from tests.engine.runtime.small_films import write_film

pytestmark = pytest.mark.slow


@pytest.fixture
def player(tmp_path):
    write_film(tmp_path / "film.mp4", seconds=6.0)
    made_player = Player(tmp_path)
    made_player.session.open_video(tmp_path / "film.mp4")
    yield made_player
    made_player.close()


def tone(folder) -> Scene:
    return scene(lane(1, made(tone_block(10, 1000, 6.0), folder)), seconds=6.0)


def seen_at(player: Player, seconds: float) -> None:
    """Wait for the picture of a time of the film."""
    shown = []

    def look() -> bool:
        frame = player.session.latest_frame()
        if frame is not None:
            shown.append(frame.pts_s)
        return bool(shown) and abs(shown[-1] - seconds) < 0.15

    player.until(look, 5.0)


def test_a_paused_film_shows_the_picture_of_each_offset(player, tmp_path):
    document = tone(tmp_path)
    player.session.play_scene(document, tmp_path)
    player.session.seek(3.0)
    seen_at(player, 3.0)
    for offset_s in (0.5, -1.0, 0.0, -2.5):
        document = replace(document, av_offset_samples=round(offset_s * SECOND))
        player.session.play_scene(document, tmp_path)
        seen_at(player, 3.0 + offset_s)
    assert player.session.position_s == pytest.approx(3.0, abs=0.05)


def test_while_it_plays_a_later_sound_lets_the_picture_run_ahead(player, tmp_path):
    document = tone(tmp_path)
    player.session.play_scene(document, tmp_path)
    player.session.play()
    player.until_state(EngineState.PLAYING)
    for offset_s in (1.0, -0.8):
        player.session.play_scene(replace(document, av_offset_samples=round(offset_s * SECOND)), tmp_path)
        before = player.session.position_s
        ahead = []

        def look(ahead=ahead, before=before) -> bool:
            frame = player.session.latest_frame()
            if frame is not None:
                ahead.append(frame.pts_s - player.session.position_s)
            return player.session.position_s > before + 1.0

        player.until(look, 10.0)
        assert ahead[-1] == pytest.approx(offset_s, abs=0.2)
    assert player.metrics.underruns == 0
