"""The A/V offset in the window: in milliseconds and frames, which way it goes, undone, saved and opened."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from app.bootstrap import App
from app.film.av_offset import AvOffset
from engine.contract.scene.edits.whole import set_av_offset
from engine.contract.scene.scene import MOST_OFFSET_SAMPLES
from engine.project.project_file import read_project
from tests.app.fake_session import FILM
from widgets.parts.describe import SHORTCUT_PROPERTY
from widgets.timeline.gestures.requests import EditRequest

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def offset(app, qtbot) -> AvOffset:
    with qtbot.waitActive(app.window):
        app.window.show()
    app.bridge.start()
    qtbot.keyClick(app.window, Qt.Key.Key_V, CTRL | ALT)
    found = app.window.findChild(AvOffset)
    assert found is not None
    assert found.dialog.isVisible()
    yield found
    found.dialog.close()


def in_scene(app: App) -> int:
    return app.context.editor.project.scene.av_offset_samples


def test_milliseconds_are_set_heard_undone_and_made_again(app, session, offset):
    offset.panel.box.setValue(40.0)
    assert in_scene(app) == 1_920
    assert [call for call in session.calls if call[0] == "play_scene"][-1][1].av_offset_samples == 1_920
    assert offset.panel.meaning.text() == "The sound is 40.0 ms later than the picture."
    assert offset.panel.slider.value() == 40
    app.context.editor.undo()
    assert (in_scene(app), offset.panel.box.value(), offset.panel.reset.isEnabled()) == (0, 0.0, False)
    assert offset.panel.meaning.text() == "Sound and picture are together."
    app.context.editor.redo()
    assert (in_scene(app), offset.panel.box.value()) == (1_920, 40.0)
    offset.panel.box.setValue(-12.5)
    assert in_scene(app) == -600
    assert offset.panel.meaning.text() == "The sound is 12.5 ms earlier than the picture."
    offset.panel.reset.click()
    assert in_scene(app) == 0


def test_a_slider_that_is_dragged_is_one_step_of_undo(app, offset):
    for end in (60, 140):
        offset.panel.slider.setSliderDown(True)
        for ms in range(0, end + 1, 20):
            offset.panel.slider.setValue(ms)
        offset.panel.slider.setSliderDown(False)
    assert in_scene(app) == 140 * 48
    app.context.editor.undo()
    assert in_scene(app) == 60 * 48
    app.context.editor.undo()
    assert in_scene(app) == 0


def test_frames_are_those_of_the_film_and_can_be_stepped(app, offset):
    panel = offset.panel
    assert (panel.frames.text(), panel.later.isEnabled()) == ("No film is open", False)
    app.bridge.open_film(FILM)
    panel.box.setValue(100.0)
    assert panel.frames.text() == "+3.00 frames at 29.97 per second"
    panel.later.click()
    assert panel.frames.text() == "+4.00 frames at 29.97 per second"
    assert in_scene(app) == 4_800 + 1_602
    panel.earlier.click()
    assert in_scene(app) == 4_800
    app.bridge.open_film(Path("/films/square.png"))
    assert (panel.frames.text(), panel.later.isEnabled()) == ("No film is open", False)


def test_it_ends_at_ten_seconds(app, offset):
    app.bridge.open_film(FILM)
    offset.panel.box.setValue(99_999.0)
    assert in_scene(app) == MOST_OFFSET_SAMPLES
    offset.panel.later.click()
    assert in_scene(app) == MOST_OFFSET_SAMPLES
    assert offset.panel.slider.value() == offset.panel.slider.maximum()


def test_it_is_saved_and_shown_when_the_project_is_opened(app, offset, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "walk.swan"
    monkeypatch.setattr("app.saving.project_files.ask_for_new_file", lambda *_: path)
    offset.panel.box.setValue(-25.0)
    app.window.menus.save_action.trigger()
    qtbot.waitUntil(lambda: path.exists() and not app.window.isWindowModified(), timeout=5000)
    assert read_project(path).scene.av_offset_samples == -1_200
    app.window.menus.new_action.trigger()
    qtbot.waitUntil(lambda: offset.panel.box.value() == 0.0, timeout=5000)
    app.saving.files.open(path)
    qtbot.waitUntil(lambda: offset.panel.box.value() == -25.0, timeout=5000)


def test_an_offset_between_tenths_of_a_millisecond_is_kept(app, offset):
    app.context.editor.make(EditRequest(partial(set_av_offset, offset_samples=123)))
    assert offset.panel.box.value() == 2.6
    assert in_scene(app) == 123


def test_every_control_of_the_dialog_has_a_name_a_tooltip_and_its_own_key(offset):
    panel = offset.panel
    close = next(button for button in offset.dialog.findChildren(QPushButton) if button.text().endswith("Close"))
    parts = [panel.box, panel.slider, panel.earlier, panel.later, panel.reset, close]
    keys = [part.property(SHORTCUT_PROPERTY) for part in parts]
    assert len(set(keys)) == len(parts)
    for part, key in zip(parts, keys, strict=True):
        assert part.accessibleName()
        assert key in part.toolTip()
    assert "later" in panel.box.toolTip()
    assert "earlier" in panel.box.toolTip()
