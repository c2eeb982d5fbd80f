"""The page of first steps: shown once, reopened from Help, and it says what the model does."""

import pytest
from PySide6.QtGui import QAction

from app.viewing.first_steps import FirstSteps
from engine.contract.telemetry import EngineMetrics, EngineState
from tests.app.window.controls import controls
from widgets.panels.first_steps_page import STEPS
from widgets.parts.describe import SHORTCUT_PROPERTY


@pytest.fixture
def first(app) -> FirstSteps:
    (found,) = app.window.findChildren(FirstSteps)
    return found


def test_it_is_shown_once_and_again_from_help(app, first):
    assert len(STEPS) <= 5
    first.offer()
    assert first.dialog.isVisible()
    first.dialog.reject()
    first.offer()
    assert not first.dialog.isVisible()
    (action,) = [action for action in app.window.menus.help.actions() if action.text() == "&First Steps"]
    action.trigger()
    assert first.dialog.isVisible()
    assert app.settings.first_steps_seen
    first.dialog.close()


def test_the_keys_that_it_names_are_those_of_the_window(app):
    of_window = {keys.toString() for action in app.window.findChildren(QAction) for keys in action.shortcuts()}
    assert {"Ctrl+Shift+O", "A", "Ctrl+S", "Ctrl+E"} <= of_window
    assert app.window.transport.play_button.property(SHORTCUT_PROPERTY) == "Space"


def test_it_says_that_the_model_is_loading(app, first):
    first.show_page()
    app.bridge.metrics.emit(EngineMetrics(EngineState.LOADING))
    assert "loading" in first.page.engine.text()
    app.bridge.metrics.emit(EngineMetrics(EngineState.PAUSED))
    assert "ready" in first.page.engine.text()
    assert all(control.accessibleName() for control in controls(first.dialog))
    first.dialog.close()
