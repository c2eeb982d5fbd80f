from pathlib import Path

import pytest

from app.export.request import ExportRequest, ExportSource
from engine.contract.errors import ExportError
from engine.contract.telemetry import TakeSummary
from engine.export.levels import FileLevels, Levels
from engine.runtime.takes.export import ExportedTake
from tests.app.window.controls import controls
from widgets.parts.describe import SHORTCUT_PROPERTY

FILM = Path("/films/beach.mp4")


@pytest.fixture
def exporting(app, tmp_path):
    app.settings.remember_folder("export", tmp_path)
    app.bridge.start()
    app.window.show()
    return app.wiring._exporting


@pytest.fixture
def dialog(app, exporting, session):
    app.bridge.open_film(FILM)
    session.summary = TakeSummary(14.0)
    exporting.ask_for_field()
    return exporting.dialog


@pytest.mark.slow
def test_without_a_film_it_says_what_to_do(app, exporting):
    exporting.ask_for_field()
    assert "Open a film (Ctrl+O)" in app.errors.open_dialogs[0].informativeText()


@pytest.mark.slow
def test_the_take_is_written(dialog, qtbot, tmp_path):
    dialog.export_button.click()
    qtbot.waitUntil(lambda: dialog.status.text().startswith("Wrote"), timeout=4000)
    assert (tmp_path / "beach-foa.wav").read_bytes() == b"take"
    assert not (tmp_path / "beach-binaural.wav").exists()
    assert dialog.progress.value() == dialog.progress.maximum()


@pytest.mark.slow
def test_binaural_alone_leaves_no_field(app, exporting, session, qtbot, tmp_path):
    app.bridge.open_film(FILM)
    session.summary = TakeSummary(3.0)
    exporting.ask_for_binaural()
    exporting.dialog.export_button.click()
    qtbot.waitUntil(lambda: exporting.dialog.status.text().startswith("Wrote"), timeout=4000)
    assert [file.name for file in tmp_path.glob("*.wav")] == ["beach-binaural.wav"]


@pytest.mark.slow
def test_holes_are_said_before_and_after(app, exporting, session, qtbot):
    app.bridge.open_film(FILM)
    session.summary = TakeSummary(20.0, "0:12 to 0:15 was never recorded and is silent.")
    exporting.ask_for_field()
    dialog = exporting.dialog
    assert dialog.take_missing.isVisible()
    assert dialog.take_missing.text().startswith("0:12 to 0:15")
    assert dialog.take_note.text() == "20.0 s so far"
    dialog.export_button.click()
    qtbot.waitUntil(lambda: dialog.status.text().startswith("Wrote"), timeout=4000)
    assert dialog.status.text() == "Wrote beach-foa.wav. 0:12 to 0:15 was never recorded and is silent."


@pytest.mark.slow
def test_cancel_stops_it_and_the_dialog_stays(dialog, session, qtbot, tmp_path):
    session.take_steps = 1000
    dialog.export_button.click()
    qtbot.waitUntil(lambda: dialog.progress.value() > 0, timeout=4000)
    assert dialog.close_button.text() == "Cancel"
    assert not dialog.export_button.isEnabled()
    dialog.close_button.click()
    qtbot.waitUntil(lambda: "Cancelled" in dialog.status.text(), timeout=4000)
    assert dialog.isVisible()
    assert list(tmp_path.glob("*.wav")) == []
    dialog.close_button.click()
    assert not dialog.isVisible()


@pytest.mark.slow
def test_a_failure_is_a_dialog(app, dialog, session, qtbot):
    def full(*_args, **_kwargs):
        raise ExportError("The disk is full: choose another folder.")

    session.save_take = full
    dialog.export_button.click()
    qtbot.waitUntil(lambda: bool(app.errors.open_dialogs), timeout=4000)
    assert "disk is full" in app.errors.open_dialogs[0].informativeText()
    assert dialog.export_button.isEnabled()


@pytest.mark.slow
def test_nothing_ticked_or_no_folder_is_said_in_place(dialog):
    dialog.ambix.tick.setChecked(False)
    dialog.export_button.click()
    assert "Nothing is selected" in dialog.status.text()
    dialog.ambix.tick.setChecked(True)
    dialog.ambix.name.setText("/no/such/folder/a.wav")
    dialog.export_button.click()
    assert "there is no folder" in dialog.status.text()


@pytest.mark.slow
def test_a_name_that_asks_for_another_kind_of_file_is_said_in_place(dialog, session):
    for name, says in (("dog.mp4", "written as .wav, .flac, .caf or .amb"), ("dog.ogg", "written as .wav")):
        dialog.ambix.name.setText(str(Path(dialog.ambix.name.text()).with_name(name)))
        dialog.export_button.click()
        assert says in dialog.status.text()
    assert dialog.export_button.isEnabled()


@pytest.mark.slow
def test_levels_are_said_and_the_gain_reaches_the_session(dialog, session, qtbot):
    asked = {}

    def save_take(out, **options):
        asked.update(options)
        out.write_bytes(b"take")
        return ExportedTake(14.0, "", (FileLevels("beach-foa.flac", Levels(1.23, 312, 0.0)),))

    session.save_take = save_take
    dialog.ambix.name.setText(dialog.ambix.name.text().replace(".wav", ".flac"))
    dialog.gain.setCurrentIndex(dialog.gain.findData("auto"))
    dialog.export_button.click()
    qtbot.waitUntil(lambda: dialog.status.text().startswith("Wrote"), timeout=4000)
    assert (asked["gain"], asked["subtype"]) == ("auto", None)
    assert "1.8 dB above full scale: 312 samples were clipped." in dialog.status.text()
    assert "--" not in dialog.status.text()


@pytest.mark.slow
def test_an_existing_file_is_asked_about(dialog, qtbot, tmp_path, monkeypatch):
    (tmp_path / "beach-foa.wav").write_bytes(b"mine")
    monkeypatch.setattr(dialog, "_may_replace", lambda files: False)
    dialog.export_button.click()
    qtbot.wait(50)
    assert (tmp_path / "beach-foa.wav").read_bytes() == b"mine"


def test_with_nothing_generated_only_the_film_can_be_rendered(app, exporting):
    app.bridge.open_film(FILM)
    exporting.ask_for_field()
    assert not exporting.dialog.take.isEnabled()
    assert exporting.dialog.film.isChecked()


@pytest.mark.slow
def test_every_control_of_the_dialog_is_described(dialog):
    keys = [control.property(SHORTCUT_PROPERTY) for control in controls(dialog)]
    assert len(keys) == len(set(keys)) >= 11
    assert all(control.accessibleName() and control.toolTip() for control in controls(dialog))


def test_a_request_needs_two_names():
    with pytest.raises(ExportError):
        ExportRequest(ExportSource.TAKE, None, None)
    with pytest.raises(ExportError):
        ExportRequest(ExportSource.TAKE, Path("/a.wav"), Path("/a.wav"))
