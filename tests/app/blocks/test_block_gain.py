"""The gain of blocks in the window: of one, of several together, by keys and menu, undone, saved and opened."""

from functools import partial

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from app.blocks.gain import BlockGain
from app.bootstrap import App
from engine.contract.scene.blocks import Convention, FileReference
from engine.contract.scene.edits.blocks import add_generated, add_recording
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.recipe import Recipe
from engine.project.project_file import read_project
from widgets.timeline.gestures.requests import EditRequest
from widgets.timeline.selection import Selection

S = 48_000
RAIN, DOG, DRIP = 2, 3, 4
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
pytestmark = pytest.mark.slow


@pytest.fixture
def studio(app, active, qtbot) -> App:
    """Return the window with a film, and two blocks and a recording in lane 1."""
    qtbot.waitUntil(lambda: app.context.editor.project.scene.film is not None, timeout=5000)
    drip = FileReference("/sounds/drip.wav")
    for edit in (
        partial(add_lane, name="Rain"),
        partial(add_generated, lane_id=1, recipe=Recipe.of("rain", 1), start_sample=0, length_samples=4 * S),
        partial(add_generated, lane_id=1, recipe=Recipe.of("dog", 2), start_sample=8 * S, length_samples=4 * S),
        partial(add_recording, lane_id=1, file=drip, file_samples=S, convention=Convention.MONO, start_sample=20 * S),
    ):
        app.context.editor.make(EditRequest(edit))
    app.context.selected.choose_block(RAIN)
    return app


def gains(app: App) -> dict[int, float]:
    return {block.block_id: block.gain_db for block in app.context.editor.project.scene.blocks()}


def wait(app: App) -> None:
    """Let so much time pass that the next step is a new gesture."""
    app.window.findChild(BlockGain)._steps._last = ((), 0, 0.0)


def test_the_field_shows_and_sets_the_gain_of_the_selected_block(studio, session):
    field = studio.window.block.gain
    assert (field.isEnabled(), field.value()) == (True, 0.0)
    field.setValue(-6.0)
    assert gains(studio) == {RAIN: -6.0, DOG: 0.0, DRIP: 0.0}
    played = [call[1] for call in session.calls if call[0] == "play_scene"][-1]
    assert played.block(RAIN).gain_db == -6.0
    assert studio.context.editor.undo_name == "Set gain of block 'rain'"
    studio.context.selected.choose_block(DOG)
    assert field.value() == 0.0
    studio.context.editor.undo()
    assert gains(studio)[RAIN] == 0.0
    studio.context.selected.choose_block(RAIN)
    studio.context.editor.redo()
    assert gains(studio)[RAIN] == field.value() == -6.0
    studio.window.timeline.state.select(Selection())
    assert not field.isEnabled()


def test_a_recording_has_a_gain_too(studio):
    studio.context.selected.choose_block(DRIP)
    panel = studio.window.block
    assert (panel.gain.isVisible(), panel.gain.isEnabled(), panel.seed.isVisible()) == (True, True, False)
    panel.gain.setValue(3.5)
    assert gains(studio)[DRIP] == 3.5


def test_keys_that_follow_each_other_are_one_step(studio, qtbot):
    qtbot.keyClick(studio.window, Qt.Key.Key_W, ALT | SHIFT)
    field = studio.window.block.gain
    assert field.hasFocus()
    for _ in range(4):
        qtbot.keyClick(field, Qt.Key.Key_Down)
    assert gains(studio)[RAIN] == -2.0
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert studio.window.timeline.area.hasFocus()
    studio.context.editor.undo()
    assert gains(studio)[RAIN] == 0.0


def test_several_blocks_keep_their_balance_and_are_one_step(studio):
    field = studio.window.block.gain
    field.setValue(-6.0)
    wait(studio)
    studio.window.timeline.state.select(Selection(frozenset({RAIN, DOG, DRIP}), DOG, 1))
    assert (field.value(), studio.window.block.gain_label.text()) == (0.0, "Gain of 3 blocks")
    for gain_db in (1.0, 2.0, 3.3):
        field.setValue(gain_db)
    assert gains(studio) == {RAIN: -2.7, DOG: 3.3, DRIP: 3.3}
    assert studio.context.editor.undo_name == "Set gain of 3 blocks"
    studio.context.editor.undo()
    assert gains(studio) == {RAIN: -6.0, DOG: 0.0, DRIP: 0.0}
    wait(studio)
    field.setValue(-60.0)  # the rain is as soft as it can be before
    assert gains(studio) == {RAIN: -60.0, DOG: -54.0, DRIP: -54.0}
    assert field.value() == -54.0
    studio.context.selected.choose_block(DRIP)
    assert studio.window.block.gain_label.text() == "Gain"


def test_the_menu_of_a_block_and_its_key_put_the_keyboard_on_the_gain(studio, qtbot, monkeypatch):
    monkeypatch.setattr(QMenu, "popup", lambda *_: None)
    timeline = studio.window.timeline
    at = QPoint(round(timeline.state.scale.x_of(2 * S)), timeline.area.row_top(0) + 30)
    timeline.area.customContextMenuRequested.emit(at)
    (menu,) = timeline.area.findChildren(QMenu)
    (entry,) = [action for action in menu.actions() if action.text() == "Gain of the Block"]
    menu.close()
    entry.trigger()
    assert studio.window.block.gain.hasFocus()
    studio.window.focus_film()
    timeline.state.select(Selection())
    timeline.set_position(9.0)
    qtbot.keyClick(studio.window, Qt.Key.Key_G, SHIFT)
    assert studio.window.block.gain.hasFocus()
    assert studio.context.selected.block.block_id == DOG  # the one at the playhead
    qtbot.keyClicks(studio.window.block.gain, "-12\r")
    assert gains(studio)[DOG] == -12.0
    timeline.state.select(Selection())
    timeline.set_position(15.0)
    qtbot.keyClick(studio.window, Qt.Key.Key_G, SHIFT)
    assert any("No block is selected" in text for text in studio.window.notices.messages)


def test_it_is_saved_and_opened(studio, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "walk.swan"
    monkeypatch.setattr("app.saving.project_files.ask_for_new_file", lambda *_: path)
    studio.window.block.gain.setValue(-7.5)
    studio.window.menus.save_action.trigger()
    qtbot.waitUntil(lambda: path.exists() and not studio.window.isWindowModified(), timeout=5000)
    assert read_project(path).scene.block(RAIN).gain_db == -7.5
    studio.window.menus.new_action.trigger()
    qtbot.waitUntil(lambda: gains(studio) == {}, timeout=5000)
    studio.saving.files.open(path)
    qtbot.waitUntil(lambda: gains(studio).get(RAIN) == -7.5, timeout=5000)
    studio.context.selected.choose_block(RAIN)
    assert studio.window.block.gain.value() == -7.5


def test_a_gain_that_cannot_be_set_shows_again_what_is(studio, monkeypatch):
    monkeypatch.setattr(studio.context.editor.project, "read_only", "This project can only be read.")
    studio.window.block.gain.setValue(-3.0)
    assert gains(studio)[RAIN] == studio.window.block.gain.value() == 0.0
