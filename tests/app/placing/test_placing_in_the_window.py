"""Lanes are placed in the window: panels, player, undo and the selection of the timeline belong together."""

from functools import partial

import pytest

from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.recipe import Recipe
from tests.app.fake_session import FILM
from widgets.places.curve_hand import CurveHand
from widgets.places.places_panel import PlacesPanel
from widgets.timeline.gestures.requests import EditRequest


@pytest.fixture
def panel(app) -> PlacesPanel:
    app.context.editor.make(EditRequest(lambda scene: add_lane(scene, "Dog")))
    found = app.window.findChild(PlacesPanel)
    assert found is not None
    return found


def test_a_place_from_the_form_is_an_edit_of_the_project_and_undone(app, panel) -> None:
    assert panel.form.free.isChecked()
    panel.form.azimuth.setValue(90.0)
    path = app.context.editor.project.scene.lanes[0].path
    assert path is not None
    assert path.keyframes[0].direction.azimuth_deg == 90.0
    assert app.context.editor.undo_name == "Place lane 'Dog'"
    app.context.editor.undo()
    assert panel.form.free.isChecked()


def test_a_refusal_is_a_notice(app, panel) -> None:
    notices = []
    app.context.editor.noticed.connect(lambda notice: notices.append(notice.message))
    panel.form.buttons[1].click()  # add a keyframe
    assert notices == ["The lane 'Dog' has no place yet: place it first."]


@pytest.mark.slow
def test_the_places_follow_the_player(app, panel, session, qtbot) -> None:
    curves = app.window.findChild(CurveHand)
    clock = curves._places.clock
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.bridge.play()
    session.position_s = 3.0
    qtbot.waitUntil(lambda: clock.sample >= 3 * 48_000, timeout=2000)
    assert clock.is_playing
    app.bridge.pause()
    assert not clock.is_playing


def test_with_lanes_that_sound_their_places_come_forward_and_the_direction_of_the_prompt_rests(app, panel) -> None:
    window, editor = app.window, app.context.editor
    window.side.show_panel(window.direction)
    assert window.direction.automatic.isEnabled()
    block = partial(add_generated, lane_id=1, recipe=Recipe.of("dog"), start_sample=0, length_samples=48_000)
    editor.make(EditRequest(block))
    assert window.side.shown is panel
    assert not window.direction.automatic.isEnabled()
    assert "Places (F9)" in window.direction.hint.text()
    window.side.show_panel(window.direction)
    editor.make(EditRequest(partial(add_lane, name="Cat")))
    assert window.side.shown is window.direction  # it stays where the user goes
    editor.undo()
    editor.undo()
    assert window.direction.automatic.isEnabled()
