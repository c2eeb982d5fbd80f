"""What moves in the film is listed when asked for, shown in the film, and becomes lanes with the user's words."""

import threading

import numpy as np
import pytest

from app.words.seen_lanes import SeenLanes
from engine.contract.control import DirectionPath
from engine.contract.directions import Direction
from engine.contract.errors import CancelledError, MediaError
from engine.contract.scene.edits.whole import set_length
from engine.contract.seen import SeenThing
from engine.runtime.seen import child
from widgets.timeline.gestures.requests import EditRequest
from widgets.words.seen_dialog import SeenDialog

THING = SeenThing(0.5, 2.0, DirectionPath.fixed(Direction(60.0, 10.0)))
LATER = SeenThing(500.0, 502.0, DirectionPath.fixed(Direction(0.0)))


@pytest.fixture
def lanes(app, active) -> SeenLanes:
    app.context.editor.make(EditRequest(lambda scene: set_length(scene, 4 * 48_000)))
    return app.window.findChild(SeenLanes)


def opened(lanes: SeenLanes) -> SeenDialog:
    lanes.action.trigger()
    assert lanes.dialog is not None
    return lanes.dialog


def found(monkeypatch: pytest.MonkeyPatch, *things: SeenThing) -> None:
    monkeypatch.setattr(child, "look_in_child", lambda *_: things)


@pytest.mark.slow
def test_a_row_with_words_becomes_a_lane_in_one_step_of_undo(app, lanes, qtbot, monkeypatch) -> None:
    found(monkeypatch, THING, LATER)
    dialog = opened(lanes)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)  # the scene is too short for the other one
    before = app.context.editor.project.scene
    view = app.window.panorama.views[-1]
    assert np.rad2deg([view.yaw_rad, view.pitch_rad]) == pytest.approx([60.0, 10.0])
    dialog.table.item(0, 2).setText("a dog barks")
    dialog.apply_button.click()
    lane = app.context.editor.project.scene.lanes[-1]
    assert lane.name == "Dog barks"
    assert lane.blocks[0].start_sample == 24_000
    assert not dialog.isVisible()
    app.context.editor.undo()
    assert app.context.editor.project.scene == before


@pytest.mark.slow
def test_words_that_cannot_be_used_stay_in_the_dialog(app, lanes, qtbot, monkeypatch) -> None:
    found(monkeypatch, THING)
    dialog = opened(lanes)
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1)
    before = app.context.editor.project.scene
    dialog.table.item(0, 2).setText("x" * 3_000)
    dialog.apply_button.click()
    assert dialog.isVisible()
    assert "too long" in dialog.state.text() or "characters" in dialog.state.text()
    assert len(dialog.named) == 1
    assert app.context.editor.project.scene == before


@pytest.mark.slow
def test_the_search_can_be_stopped_and_failures_are_told(lanes, qtbot, monkeypatch) -> None:
    started = threading.Event()

    def wait(_film, _checkpoint, _horizon, _progress, cancelled) -> tuple[SeenThing, ...]:
        started.set()
        while not cancelled():
            threading.Event().wait(0.01)
        raise CancelledError("Stopped.")

    monkeypatch.setattr(child, "look_in_child", wait)
    dialog = opened(lanes)
    assert started.wait(5.0)
    dialog.stop_button.click()
    qtbot.waitUntil(lambda: dialog.state.text() == "The film was not looked through.")
    dialog.reject()

    def fail(*_arguments: object) -> tuple[SeenThing, ...]:
        raise MediaError("film.mp4 cannot be read.")

    monkeypatch.setattr(child, "look_in_child", fail)
    opened(lanes)
    qtbot.waitUntil(lambda: dialog.state.text() == "film.mp4 cannot be read.")
    dialog.reject()
    found(monkeypatch)
    opened(lanes)
    qtbot.waitUntil(lambda: dialog.state.text().startswith("Nothing was found"))


@pytest.mark.slow
def test_without_a_film_the_dialog_says_so(app, qtbot) -> None:
    app.window.show()
    lanes = app.window.findChild(SeenLanes)
    dialog = opened(lanes)
    assert dialog.state.text() == "No film is open: open one first."
    assert not dialog.progress.isVisible()
