"""The loop button and the scene's range, and a scene without a film."""

from functools import partial

import pytest
from PySide6.QtCore import Qt

from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import LoopRange
from tests.app.fake_session import FILM
from widgets.timeline.gestures.requests import EditRequest

S = 48_000
pytestmark = pytest.mark.slow


def last(session, name: str):
    return [call for call in session.calls if call[0] == name][-1]


@pytest.fixture
def studio(app, qtbot):
    with qtbot.waitActive(app.window):
        app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    qtbot.waitUntil(lambda: app.context.editor.project.scene.film is not None, timeout=2000)
    return app


def test_without_a_range_the_button_repeats_the_film(studio, session, qtbot):
    qtbot.keyClick(studio.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert last(session, "set_loop") == ("set_loop", True)
    assert studio.context.editor.project.scene.loop is None
    assert not studio.context.editor.undo_name


def test_loop_in_and_out_are_what_the_engine_repeats_and_the_button_switches_them(studio, session, qtbot):
    window, editor = studio.window, studio.context.editor
    window.timeline.set_position(5.0)
    qtbot.keyClick(window, Qt.Key.Key_I)
    window.timeline.set_position(9.0)
    qtbot.keyClick(window, Qt.Key.Key_O)
    loop = LoopRange(5 * S, 9 * S)
    assert last(session, "play_scene")[1].loop == loop
    assert window.transport.loop_button.isChecked()
    assert last(session, "set_loop") == ("set_loop", True)
    window.transport.loop_button.click()
    assert editor.project.scene.loop == LoopRange(5 * S, 9 * S, is_on=False)
    assert last(session, "play_scene")[1].loop.is_on is False
    assert last(session, "set_loop") == ("set_loop", False)
    editor.undo()
    assert window.transport.loop_button.isChecked()
    assert last(session, "set_loop") == ("set_loop", True)


def test_a_scene_without_a_film_can_be_played_with_the_button(app, session, qtbot):
    app.bridge.start()
    session.duration_s = 60.0  # the engine can play it
    assert not app.window.transport.play_button.isEnabled()
    for edit in (
        partial(add_lane, name="Rain"),
        partial(add_generated, lane_id=1, recipe=Recipe.of("rain", 1), start_sample=0, length_samples=8 * S),
    ):
        app.context.editor.make(EditRequest(edit))
    app.window.transport.play_button.click()
    assert last(session, "play") == ("play",)
    app.context.editor.undo()
    assert not app.window.transport.play_button.isEnabled()


def test_an_arrow_on_the_transport_goes_by_a_frame(studio, session, qtbot):
    studio.window.timeline.set_position(2.01)
    studio.window.transport.play_button.setFocus()
    qtbot.keyClick(studio.window.transport.play_button, Qt.Key.Key_Right)
    assert last(session, "seek")[1] == pytest.approx(61 / 29.97, abs=0.001)
