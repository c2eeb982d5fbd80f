"""The master gain in the window: heard as it is turned, undone, saved and opened."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from app.bootstrap import App
from engine.project.project_file import read_project
from tests.widgets.timeline.timelines import drag, press, release

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def gain_of(app: App) -> float:
    return app.context.editor.project.scene.master_gain_db


def heard(session) -> list[float]:
    return [call[1].master_gain_db for call in session.calls if call[0] == "play_scene"]


@pytest.mark.slow
def test_the_engine_gets_every_step_of_a_drag_and_undo_takes_all_of_them(active, app, session):
    fader = active.timeline.master.fader
    middle, aside = (fader.rect().toRectF().center(), fader.rect().toRectF().center())
    middle.setX(7 + (fader.width() - 14) * 0.6)  # 0 dB
    aside.setX(middle.x() - 30)
    drag(fader, middle, aside)
    assert gain_of(app) < -5.0
    assert len(set(heard(session))) >= 4
    assert heard(session)[-1] == gain_of(app)
    turned = gain_of(app)
    app.context.editor.undo()
    assert (gain_of(app), heard(session)[-1], active.timeline.master.field.value()) == (0.0, 0.0, 0.0)
    app.context.editor.redo()
    assert gain_of(app) == heard(session)[-1] == active.timeline.master.field.value() == turned
    press(fader, aside)
    release(fader, aside)
    assert app.context.editor.redo_name == ""
    assert app.context.editor.undo_name == "Set master gain"


@pytest.mark.slow
def test_it_is_saved_and_shown_when_the_project_is_opened(active, app, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "walk.swan"
    monkeypatch.setattr("app.saving.project_files.ask_for_new_file", lambda *_: path)
    qtbot.waitUntil(lambda: app.context.editor.project.scene.film is not None, timeout=5000)
    active.timeline.master.field.setValue(-4.5)
    active.menus.save_action.trigger()
    qtbot.waitUntil(lambda: path.exists() and not active.isWindowModified(), timeout=5000)
    assert read_project(path).scene.master_gain_db == -4.5
    active.menus.new_action.trigger()
    qtbot.waitUntil(lambda: active.timeline.master.field.value() == 0.0, timeout=5000)
    app.saving.files.open(path)
    qtbot.waitUntil(lambda: active.timeline.master.field.value() == -4.5, timeout=5000)


def test_its_key_brings_the_timeline_to_the_front(active, qtbot):
    active.below.show_panel(active.sound)
    qtbot.keyClick(active, Qt.Key.Key_G, CTRL)
    assert active.below.shown is active.timeline
    assert active.focusWidget() is active.timeline.master.field


def test_the_menu_sets_0_db(active, app, qtbot):
    active.timeline.master.field.setValue(3.0)
    (entry,) = [each for each in active.menus.lane.actions() if each.text() == "Master Gain to 0 dB"]
    assert isinstance(entry, QAction)
    entry.trigger()
    assert gain_of(app) == 0.0
    active.timeline.master.field.setValue(3.0)
    qtbot.keyClick(active, Qt.Key.Key_G, CTRL | ALT)
    assert gain_of(app) == 0.0
