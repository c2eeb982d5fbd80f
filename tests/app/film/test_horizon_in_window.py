"""The horizon in the window: an edit of the scene with undo, on the picture and in the sound at once."""

import numpy as np
import pytest

from app.film.horizon import Horizon
from engine.contract.scene.edits.whole import set_horizon
from engine.contract.video import UPRIGHT, Pose, pose_turn
from engine.contract.view import ViewOrientation, head_axes
from widgets.places.places_panel import PlacesPanel
from widgets.timeline.gestures.requests import EditRequest


@pytest.fixture
def horizon(app) -> Horizon:
    app.window.menus.horizon_action.trigger()
    found = app.window.findChild(Horizon)
    assert found is not None
    assert found.dialog.isVisible()
    yield found
    found.dialog.close()


def in_scene(app) -> Pose:
    return app.context.editor.project.scene.horizon


def steps(app) -> int:
    return len(app.context.editor.project.history.past)


def test_a_number_turns_the_picture_the_map_and_what_the_engine_plays(app, session, horizon, monkeypatch) -> None:
    on_the_map: list[Pose] = []
    panel = app.window.findChild(PlacesPanel)
    monkeypatch.setattr(panel.map, "set_horizon", on_the_map.append)
    app.bridge.start()
    horizon.panel.boxes["roll_deg"].setValue(-4.5)
    wanted = Pose(roll_deg=-4.5)
    assert in_scene(app) == app.window.panorama.horizons[-1] == on_the_map[-1] == wanted
    assert [call for call in session.calls if call[0] == "play_scene"][-1][1].horizon == wanted
    assert horizon.panel.sliders["roll_deg"].value() == -45
    assert app.context.editor.undo_name == "Correct horizon"
    app.context.editor.undo()
    assert in_scene(app) == app.window.panorama.horizons[-1] == UPRIGHT
    assert horizon.panel.boxes["roll_deg"].value() == 0.0


def test_a_slider_that_is_dragged_is_one_step_of_undo(app, horizon) -> None:
    slider = horizon.panel.sliders["pitch_deg"]
    for end in (30, 70):
        slider.setSliderDown(True)
        for value in range(0, end, 5):
            slider.setValue(value)
        slider.setSliderDown(False)
    assert in_scene(app).pitch_deg == 6.5
    assert steps(app) == 2
    app.context.editor.undo()
    assert in_scene(app).pitch_deg == 2.5


def test_a_drag_on_the_film_turns_what_is_there_and_is_one_step(app, horizon) -> None:
    app.context.editor.make(EditRequest(lambda scene: set_horizon(scene, Pose(yaw_deg=90.0))))
    horizon.hand.grabbed.emit()
    for degrees in (1.0, 3.0, 5.0):
        horizon.hand.moved.emit(head_axes(ViewOrientation(roll_rad=np.deg2rad(degrees))))
    horizon.hand.let_go.emit()
    wanted = head_axes(ViewOrientation(roll_rad=np.deg2rad(5.0))) @ pose_turn(Pose(yaw_deg=90.0))
    np.testing.assert_allclose(pose_turn(in_scene(app)), wanted, atol=np.deg2rad(0.1))
    assert steps(app) == 2
    horizon.hand.moved.emit(np.eye(3))  # nothing is held
    assert steps(app) == 2


def test_reset_shows_the_film_as_it_was_recorded_and_is_undone(app, horizon) -> None:
    assert not horizon.panel.reset.isEnabled()
    horizon.panel.boxes["yaw_deg"].setValue(120.0)
    horizon.panel.reset.click()
    assert in_scene(app) == UPRIGHT
    app.context.editor.undo()
    assert in_scene(app) == Pose(yaw_deg=120.0)


def test_the_film_is_left_alone_when_the_dialog_is_closed(app, horizon) -> None:
    assert horizon.hand._is_on
    horizon.dialog.reject()
    assert not horizon.hand._is_on
