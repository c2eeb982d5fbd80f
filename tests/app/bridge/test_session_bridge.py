from pathlib import Path

import numpy as np
import pytest

from app.bridge.session_bridge import SessionBridge
from engine.contract.control import GenerationSettings, Prompt
from engine.contract.errors import DeviceError, EngineError, MediaError
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState, PromptHeard
from engine.contract.video import FilmChoice, ScreenFrame, StereoLayout
from engine.runtime.processes.messages import TakeToGoOn
from tests.app.fake_session import levels_at

TOP_BOTTOM = FilmChoice(StereoLayout.TOP_BOTTOM)
FILM = Path("/films/a.mp4")


@pytest.fixture
def bridge(qtbot, session):
    made = SessionBridge(lambda: session)
    yield made
    made.close()


def test_telemetry_becomes_signals(bridge, session, qtbot):
    bridge.start()
    session.queue = [levels_at(0.0), EngineMetrics(EngineState.PLAYING), PromptHeard(1, 2, 3.0)]
    with qtbot.waitSignals([bridge.levels, bridge.metrics, bridge.prompt_heard], timeout=1000):
        pass


def test_pictures_and_position_follow_only_with_a_film(bridge, session, qtbot):
    bridge.start()
    with qtbot.assertNotEmitted(bridge.position, wait=80):
        pass
    bridge.open_film(FILM)
    session.frames = [ScreenFrame(0, 0.0, np.zeros((2, 4, 4), np.uint8))]
    with qtbot.waitSignals([bridge.position, bridge.frame], timeout=1000):
        pass


def test_opening_does_not_play_and_a_bad_film_changes_nothing(bridge, session):
    bridge.start()
    info = bridge.open_film(FILM, TOP_BOTTOM)
    assert "play" not in session.names()
    with pytest.raises(MediaError):
        bridge.open_film(Path("/films/bad.mp4"))
    assert bridge.film is info


def test_the_end_of_the_film_stops_and_play_plays_again(bridge, session, qtbot):
    bridge.start()
    bridge.open_film(FILM)
    bridge.play()
    session.queue = [EngineMetrics(EngineState.ENDED)]
    with qtbot.waitSignal(bridge.playing_changed, timeout=1000) as told:
        pass
    assert told.args[0] is False
    bridge.play()
    assert bridge.playing
    assert session.names()[-1] == "play"


def test_a_failure_is_told_and_stops(bridge, session, qtbot):
    bridge.start()
    bridge.open_film(FILM)
    bridge.play()
    session.queue = [EngineFailure("The model stopped: restart the engine.", "Traceback")]
    with qtbot.waitSignal(bridge.failed, timeout=1000):
        pass
    assert not bridge.playing


def test_a_notice_is_told_and_the_film_plays_on(bridge, session, qtbot):
    bridge.start()
    bridge.open_film(FILM)
    bridge.play()
    session.queue = [EngineNotice("The sound stays on 'pulse'.")]
    with qtbot.assertNotEmitted(bridge.failed), qtbot.waitSignal(bridge.noticed, timeout=1000):
        pass
    assert bridge.playing
    assert session.names()[-1] == "play"


def test_an_engine_that_does_not_start_is_told(qtbot):
    def broken():
        raise DeviceError("No sound device: connect one.")

    bridge = SessionBridge(broken)
    with qtbot.waitSignal(bridge.failed) as told:
        bridge.start()
    assert told.args[0].message.startswith("No sound device")
    with pytest.raises(EngineError):
        bridge.open_film(FILM)
    bridge.play()
    bridge.close()


def test_a_restart_keeps_film_settings_and_volume(bridge, session):
    bridge.start()
    bridge.open_film(FILM, TOP_BOTTOM)
    bridge.set_settings(GenerationSettings(prompt=Prompt("rain")))
    bridge.set_volume(0.3)
    session.calls.clear()
    bridge.restart()
    assert session.names().index("close") < session.names().index("start")
    assert ("open_film", FILM, TOP_BOTTOM) in session.calls
    assert ("set_volume", 0.3) in session.calls
    assert session.settings.prompt.text == "rain"


def test_a_restart_goes_on_in_the_same_take_at_the_same_place(bridge, session):
    bridge.start()
    bridge.open_film(FILM)
    assert session.went_on is None
    session.take_to_go_on = TakeToGoOn(Path("/takes/take-1"), (7, 123))
    session.position_s = 12.5
    bridge.restart()
    assert session.went_on == session.take_to_go_on
    assert session.calls[-1] == ("seek", 12.5)
    session.position_s = 40.0  # at the end of the film: it begins again
    session.calls.clear()
    bridge.restart()
    assert "seek" not in session.names()


def test_closing_twice_is_fine(bridge, session):
    bridge.start()
    bridge.close()
    bridge.close()
    assert session.names().count("close") == 1


def test_levels_come_in_the_same_turn_as_a_picture(bridge, session):
    bridge.start()
    bridge.open_film(FILM)
    told = []
    bridge.frame.connect(lambda frame: told.append("picture"))
    bridge.levels.connect(lambda levels: told.append("levels"))
    bridge._drained_at_s = 0.0  # long ago
    session.frames = [ScreenFrame(0, t, np.zeros((2, 4, 4), np.uint8)) for t in (0.0, 0.01)]
    session.queue = [levels_at(0.0)]
    bridge._show_due_picture()
    session.queue = [levels_at(0.1)]
    bridge._show_due_picture()  # too soon for more than a picture
    assert told == ["picture", "levels", "picture"]


def test_a_frame_is_asked_for_once_per_frame_of_the_film_and_soon_again_if_it_is_late(bridge, session):
    bridge.start()
    film = bridge.open_film(FILM)
    session.frames = [ScreenFrame(0, 0.0, np.zeros((2, 4, 4), np.uint8))]
    waits_ms = []
    for _ in range(5):
        bridge._show_due_picture()
        waits_ms.append(bridge._picture.interval())
    assert waits_ms == [int(1000 / film.fps), 8, 8, 16, 16]
