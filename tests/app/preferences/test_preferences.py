"""Preferences: kept, applied at once or at a restart, and damaged ones fall back with a notice."""

import pickle

import pytest
from PySide6.QtCore import Qt

from app.bootstrap import AppOptions, build, session_maker
from app.bridge.patch_source import CheckpointSource
from app.files.settings import AppSettings
from app.preferences.preferred_model import PreferredModel
from engine.contract.engine_choice import EngineChoice
from engine.contract.errors import InvalidInputError
from tests.app.fake_panorama import FakePanorama
from tests.app.fake_session import FakeSession, fake_look
from tests.app.window.controls import controls
from widgets.parts.describe import SHORTCUT_PROPERTY
from widgets.parts.theme import COLOURS


def test_a_choice_is_kept_and_says_that_it_needs_a_restart(app, preferences, session):
    app.bridge.start()
    preferences.show_dialog()
    assert not preferences.panel.restart.isEnabled()
    preferences.panel.latency.setValue(25)
    preferences.panel.buffer.setValue(1500)
    assert app.settings.engine_choice()[0] == EngineChoice(latency_ms=25, buffer_ms=1500)
    assert preferences.panel.restart.isEnabled()
    assert "has to restart" in preferences.panel.said.text()
    session.calls.clear()
    preferences.panel.restart.click()
    assert session.names()[:2] == ["close", "start"]
    assert not preferences.panel.restart.isEnabled()
    preferences.panel.latency.setValue(40)
    assert preferences.panel.restart.isEnabled()
    preferences.panel.latency.setValue(25)  # as the engine runs
    assert not preferences.panel.restart.isEnabled()
    preferences.dialog.close()


def test_steps_need_no_restart(app, preferences, session):
    app.bridge.start()
    preferences.panel.steps.setValue(6)
    assert session.settings.steps == 6
    assert not preferences.panel.restart.isEnabled()
    preferences.panel.steps.setValue(0)
    assert session.settings.steps is None


def test_the_theme_changes_at_once_and_is_remembered(app, preferences):
    preferences.show_dialog()
    assert COLOURS.name == "dark"
    panel = preferences.panel
    for row, name in ((1, "light"), (2, "dark")):
        panel.theme.setCurrentIndex(row)
        panel.theme.activated.emit(row)
        assert (COLOURS.name, app.settings.theme) == (name, name)
    preferences.dialog.close()


def test_the_device_is_the_one_of_the_output_panel(app, preferences, session):
    app.bridge.start()
    app.window.output.set_devices(["Headphones", "Speakers"], None)
    preferences.show_dialog()
    assert [preferences.panel.device.itemText(row) for row in range(3)] == ["System default", "Headphones", "Speakers"]
    preferences.panel.device.activated.emit(2)
    assert session.calls[-1] == ("set_output_device", "Speakers")
    preferences.dialog.close()


def test_weights_are_a_folder_with_weights_or_the_shipped_ones(app, preferences, monkeypatch, tmp_path):
    chosen = tmp_path / "mine"
    chosen.mkdir()
    monkeypatch.setattr("app.preferences.preferences.QFileDialog.getExistingDirectory", lambda *_args: str(chosen))
    preferences.panel.choose.click()
    assert "no .safetensors file" in app.errors.open_dialogs[0].informativeText()
    assert app.settings.engine_choice()[0].checkpoint is None
    app.errors.close_all()
    (chosen / "model.safetensors").write_bytes(b"")
    preferences.panel.choose.click()
    assert app.settings.engine_choice()[0].checkpoint == chosen
    preferences.panel.shipped.click()
    assert app.settings.engine_choice()[0].checkpoint is None


def test_every_control_of_the_dialog_has_a_name_a_tooltip_and_a_key_of_its_own(preferences):
    preferences.show_dialog()
    found = controls(preferences.dialog)
    keys = [control.property(SHORTCUT_PROPERTY) for control in found]
    assert len(found) >= 11
    assert all(control.accessibleName() and control.toolTip() for control in found)
    assert all(keys)
    assert len(set(keys)) == len(keys)
    preferences.dialog.close()


def test_the_key_opens_it(active, preferences, qtbot):
    qtbot.keyClick(active, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    assert preferences.dialog.isVisible()
    preferences.dialog.close()


DAMAGED = (
    "[engine]\nlatency_ms=soon\nbuffer_ms=99999999\nruntime=fast\nsteps=-3\ncheckpoint=/no/such/folder\ncompute=cuda\n"
)


def test_damaged_values_fall_back_one_by_one_and_are_said(tmp_path, qtbot, qapp):
    (tmp_path / "settings.ini").write_text(DAMAGED)
    choice, problems = AppSettings(tmp_path / "settings.ini").engine_choice()
    assert choice == EngineChoice(compute="cuda")
    assert len(problems) == 5
    options = AppOptions(settings_file=tmp_path / "settings.ini", recovery_dir=tmp_path / "projects")
    app = build(options, FakePanorama, FakeSession, fake_look)
    qtbot.addWidget(app.window)
    (message,) = app.window.notices.messages
    assert "output latency" in message
    assert "/no/such/folder" in message
    app.close()


@pytest.mark.parametrize("theme", ["", "pink", "7"])
def test_a_damaged_theme_is_the_systems(tmp_path, theme):
    (tmp_path / "settings.ini").write_text(f"[window]\ntheme={theme}\n")
    assert AppSettings(tmp_path / "settings.ini").theme == "system"


@pytest.mark.parametrize(
    "values", [{"latency_ms": 0}, {"buffer_ms": 100}, {"runtime": "x"}, {"compute": ""}, {"steps": 65}]
)
def test_an_impossible_choice_is_refused(values):
    with pytest.raises(InvalidInputError):
        EngineChoice(**values)


def test_a_child_gets_the_model_of_the_moment(tmp_path):
    settings = AppSettings(tmp_path / "settings.ini")
    model = PreferredModel(settings)
    assert pickle.loads(pickle.dumps(model)) == CheckpointSource()
    settings.keep_engine_choice(EngineChoice(compute="cuda", runtime="torch", checkpoint=tmp_path))
    assert pickle.loads(pickle.dumps(model)) == CheckpointSource(tmp_path, "cuda", runtime="torch")
    assert model.label == tmp_path.name
    asked = PreferredModel(settings, device="cpu")
    assert pickle.loads(pickle.dumps(asked)).device == "cpu"


def test_a_session_starts_with_what_is_preferred(tmp_path):
    settings = AppSettings(tmp_path / "settings.ini")
    make = session_maker(AppOptions(output="null", capture_dir=tmp_path), settings)
    settings.keep_engine_choice(EngineChoice(latency_ms=20, buffer_ms=2000))
    config = make()._config
    assert (config.device_latency_s, config.buffer_s) == (0.02, 2.0)
