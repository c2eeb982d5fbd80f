"""The window and the engine: what is done in one reaches the other."""

import time

import numpy as np
import pytest

from engine.contract.control import DirectionPath
from engine.contract.directions import Direction
from engine.contract.telemetry import (
    EngineFailure,
    EngineMetrics,
    EngineNotice,
    EngineState,
    HeardLoudness,
    LoudnessValues,
    OutputDevice,
    PromptHeard,
)
from engine.contract.video import ScreenFrame
from engine.contract.view import ViewOrientation
from tests.app.fake_session import FILM, levels_at


def test_the_prompt_reaches_the_engine_and_the_answer_comes_back(app, session, qtbot):
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.window.prompt.set_text("rain on leaves")
    assert session.settings.prompt.text == "rain on leaves"
    session.position_s = 1.0
    session.queue = [PromptHeard(session.version, 12, 1.9)]
    qtbot.waitUntil(lambda: "Will be heard in 0.9 s" in app.window.prompt.status.text(), timeout=2000)


def test_a_pick_in_the_film_steers_and_marks_and_keeps_the_prompt(app, session):
    app.bridge.start()
    app.window.prompt.set_text("a dog barks")
    app.window.panorama.direction_picked.emit(60.0, 10.0)
    assert session.settings.path == DirectionPath.fixed(Direction(60.0, 10.0))
    assert session.settings.prompt.text == "a dog barks"
    assert app.window.panorama.targets[-1] == pytest.approx(Direction(60.0, 10.0).unit_vector())
    app.window.direction.automatic.setChecked(True)
    assert session.settings.path is None
    assert app.window.panorama.targets[-1] is None


def test_turning_the_view_turns_the_sound(app, session):
    app.bridge.start()
    view = ViewOrientation(1.0, 0.1, 0.0)
    app.window.panorama.view_changed.emit(view)
    assert session.calls[-1] == ("set_view", view)


def test_what_was_heard_stays_drawn_after_a_seek_from_the_plot_and_a_restart(app, session, qtbot):
    app.bridge.start()
    app.bridge.open_film(FILM)
    sound = app.window.sound
    session.queue = [levels_at(3.0)]
    qtbot.waitUntil(lambda: sound.history.columns(np.array([3.0, 3.03])).heard.all(), timeout=2000)
    sound.seek_requested.emit(20.0)
    assert session.calls[-1] == ("seek", 20.0)
    session.queue = [levels_at(20.0, epoch=1)]
    qtbot.waitUntil(lambda: sound.history.columns(np.array([20.0, 20.03])).heard.all(), timeout=2000)
    assert sound.history.columns(np.array([3.0, 3.03])).heard.all()
    app.wiring.restart_engine()
    assert sound.history.columns(np.array([3.0, 3.03])).heard.all()
    app.bridge.open_film(FILM)
    assert not sound.history.columns(np.array([0.0, 40.0])).heard.any()


def test_loudness_and_the_loudest_direction_are_shown_and_a_click_resets(app, session, qtbot):
    app.bridge.start()
    app.bridge.open_film(FILM)
    window = app.window
    session.queue = [
        HeardLoudness(LoudnessValues(-20.04, -21.0, -22.0, -3.0, 0.3), LoudnessValues(-25.0)),
        levels_at(0.0),
    ]
    qtbot.waitUntil(lambda: window.loudness.columns[0][0] == "-20.0", timeout=2000)
    assert window.loudness.columns[0] == ("-20.0", "-21.0", "-22.0", "-3.0", "0.3")
    assert window.loudest.text() == "Loudest: 35° left"
    window.loudness.click()
    assert ("reset_loudness",) in session.calls
    qtbot.waitUntil(lambda: window.loudness.columns[0][0] != "-20.0", timeout=1000)


def test_the_view_of_the_sound_and_the_map_are_remembered(app, session):
    app.window.sound.buttons["intensity"].click()
    app.window.map.slider.setValue(40)
    app.window.map.button.click()
    assert app.window.panorama.map_opacity == pytest.approx(0.4)
    app.close()
    assert (app.settings.map_is_on, app.settings.map_percent) == (True, 40)
    assert app.settings.sound_view == "intensity"


@pytest.mark.slow
def test_picture_levels_and_health_reach_the_window(app, session, qtbot):
    app.bridge.start()
    app.bridge.open_film(FILM)
    picture = np.zeros((4, 8, 4), np.uint8)
    session.frames = [ScreenFrame(0, 0.0, picture)]
    session.queue = [levels_at(0.0), EngineMetrics(EngineState.PLAYING, buffered_s=0.5, patch_ms=40.0)]
    qtbot.waitUntil(
        lambda: app.window.panorama.fields[-1] is not None and len(app.window.panorama.frames) > 1, timeout=2000
    )
    assert app.window.panorama.frames[-1] is picture
    assert app.window.meters.levels_db[0] == pytest.approx(-20.0, abs=3.0)
    assert app.window.engine.state.text() == "Playing"


@pytest.mark.slow
def test_devices_are_listed_and_the_choice_is_kept(app, session, qtbot):
    app.bridge.start()
    app.wiring.look_for_devices()
    qtbot.waitUntil(lambda: app.window.output.devices.count() == 3, timeout=2000)
    app.window.output.device_chosen.emit("Headphones")
    assert session.calls[-1] == ("set_output_device", "Headphones")
    assert app.settings.device_name is None  # not before it has opened
    session.queue = [OutputDevice("Headphones", "Headphones", 44_100)]
    qtbot.waitUntil(lambda: app.settings.device_name == "Headphones", timeout=2000)


def test_an_engine_failure_offers_a_restart(app, session, qtbot):
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    session.queue = [EngineFailure("The model stopped.", "Traceback ...")]
    qtbot.waitUntil(lambda: len(app.errors.open_dialogs) == 1, timeout=2000)
    box = app.errors.open_dialogs[0]
    session.calls.clear()
    next(button for button in box.buttons() if "Restart" in button.text()).click()
    assert session.names()[0] == "close"
    assert "open_film" in session.names()


def test_a_notice_is_a_bar_over_the_film_and_no_dialog(app, session, qtbot):
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.bridge.play()
    before = app.window.stage.geometry()
    session.queue = [EngineNotice("The sound stays on 'pulse'.", lasts=True)]
    qtbot.waitUntil(app.window.notices.isVisible, timeout=2000)
    assert app.window.stage.geometry() == before
    assert before.contains(app.window.notices.geometry())
    assert app.errors.open_dialogs == ()
    assert app.bridge.playing
    app.wiring.restart_engine()
    assert not app.window.notices.isVisible()


def test_closing_ends_the_engine_and_keeps_the_settings(app, session, tmp_path):
    app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.bridge.play()
    app.window.output.set_volume_percent(35)
    began = time.monotonic()
    app.window.close()
    assert session.closed
    assert time.monotonic() - began < 2.0
    assert "volume_percent=35" in (tmp_path / "settings.ini").read_text()


@pytest.mark.slow
def test_the_marker_goes_at_the_end_of_the_film(active, app, session, qtbot):
    session.queue = [levels_at(0.0)]
    qtbot.waitUntil(lambda: active.panorama.fields[-1] is not None, timeout=2000)
    session.queue = [EngineMetrics(EngineState.ENDED)]
    qtbot.waitUntil(lambda: active.panorama.fields[-1] is None, timeout=2000)
