"""Kept takes in the window: offered once, exported, discarded after a question."""

import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton

from engine.contract.errors import ExportError
from engine.contract.telemetry import TakeSummary
from engine.export.reading.ambix_reader import read_ambix
from engine.runtime.takes.store import KEEP_DAYS, TakeStore, default_store, note_seen
from tests.engine.runtime.takes.take_rig import PATCH, Recording, noise
from widgets.parts.describe import SHORTCUT_PROPERTY


def record(film: str, patches: int = 7, start: int = 0) -> Path:
    recording = Recording(default_store(), film)
    recording.seek(start)
    recording.play(noise(patches * PATCH))
    folder = recording.kept.folder
    recording.close()
    return folder


@pytest.fixture(autouse=True)
def own_store(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def kept(own_store, app, tmp_path):
    app.settings.remember_folder("export", tmp_path)
    app.window.show()
    return app.wiring.kept


def offered(kept, qtbot):
    kept.offer()
    qtbot.waitUntil(lambda: kept.dialog is not None, timeout=4000)
    return kept.dialog


@pytest.mark.slow
def test_a_take_from_last_time_is_offered_once(kept, qtbot):
    record("/films/beach.mp4")
    dialog = offered(kept, qtbot)
    assert "from your last session" in dialog.text.text()
    assert [dialog.table.item(0, column).text() for column in (0, 2, 3)] == ["beach.mp4", "0:01.1", "0.9 MB"]
    assert not dialog.isModal()
    dialog.keep_button.click()
    qtbot.waitUntil(lambda: not TakeStore(default_store()).kept()[0].is_new, timeout=4000)
    kept.dialog = None
    kept.offer()
    qtbot.wait(200)
    assert kept.dialog is None
    kept.show_all()
    qtbot.waitUntil(lambda: kept.dialog is not None, timeout=4000)
    assert kept.dialog.table.rowCount() == 1
    assert str(KEEP_DAYS) in kept.dialog.text.text()


@pytest.mark.slow
def test_a_moment_of_sound_is_kept_and_not_offered(kept, qtbot):
    record("/films/beach.mp4", patches=2)
    kept.offer()
    qtbot.wait(200)
    assert kept.dialog is None
    assert len(TakeStore(default_store()).kept()) == 1


@pytest.mark.slow
def test_an_offered_take_is_exported_with_its_holes_said(kept, app, qtbot, tmp_path):
    folder = record("/films/beach.mp4", start=96_000)
    dialog = offered(kept, qtbot)
    dialog.export_button.click()
    export = app.wiring._exporting.dialog
    assert export.what.source.count() == 1
    assert "0:00 to 0:02 was never recorded and is silent." in export.what.note.text()
    export.files.template.setText("{project}")
    export.export_button.click()
    entry = app.wiring._exporting.queue.entries[0]
    qtbot.waitUntil(lambda: entry.state == "done", timeout=30_000)
    assert "0:00 to 0:02 was never recorded and is silent." in entry.sentence
    foa, _ = read_ambix(tmp_path / "beach.wav")
    assert foa.shape == (4, 96_000 + 7 * PATCH)
    assert folder.exists()
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=4000)  # nothing is left to offer
    assert not TakeStore(default_store()).kept()[0].is_new
    app.wiring._exporting.list.close()


@pytest.mark.slow
def test_discarding_asks_and_removes_that_one_alone(kept, qtbot, monkeypatch):
    record("/films/beach.mp4")
    record("/films/forest.mp4")
    dialog = offered(kept, qtbot)
    answers = [QMessageBox.StandardButton.Cancel, QMessageBox.StandardButton.Discard]
    asked = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.text()) or answers[len(asked) - 1])
    dialog.discard_button.click()
    qtbot.wait(100)
    assert len(TakeStore(default_store()).kept()) == 2
    dialog.discard_button.click()
    qtbot.waitUntil(lambda: dialog.table.rowCount() == 1, timeout=4000)
    assert "Discard the take of forest.mp4 (0:01.1)? This cannot be undone." in asked
    assert [take.film.name for take in TakeStore(default_store()).kept()] == ["beach.mp4"]


@pytest.mark.slow
def test_a_take_that_another_window_discarded_is_a_sentence(kept, app, qtbot, monkeypatch):
    folder = record("/films/beach.mp4")
    dialog = offered(kept, qtbot)
    TakeStore(default_store()).discard(folder)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: QMessageBox.StandardButton.Discard)
    dialog.discard_button.click()
    qtbot.waitUntil(lambda: bool(app.errors.open_dialogs), timeout=4000)
    assert "no longer exists" in app.errors.open_dialogs[0].informativeText()
    with pytest.raises(ExportError):
        TakeStore(default_store()).discard(folder)


@pytest.mark.slow
def test_what_is_swept_is_told(kept, app, qtbot, monkeypatch):
    folder = record("/films/beach.mp4")
    now = time.time()
    note_seen(folder, 1)
    later = now + (KEEP_DAYS + 1) * 24 * 3600
    monkeypatch.setattr("engine.runtime.takes.store.time.time", lambda: later)
    told = []
    app.bridge.noticed.connect(lambda notice: told.append(notice.message))
    kept.offer()
    qtbot.waitUntil(lambda: bool(told), timeout=4000)
    assert told == [f"1 take was removed {KEEP_DAYS} days after you last saw it: beach.mp4."]
    assert not folder.exists()


def test_another_film_says_where_the_take_went(app, session, qtbot):
    told = []
    app.bridge.noticed.connect(lambda notice: told.append(notice.message))
    app.bridge.start()
    app.bridge.open_film(Path("/films/beach.mp4"))
    app.bridge.open_film(Path("/films/forest.mp4"))
    assert told == []  # nothing of the first was heard
    session.summary = TakeSummary(4.0)
    app.bridge.open_film(Path("/films/beach.mp4"))
    assert told == ["The take of forest.mp4 is kept: File, Takes."]


@pytest.mark.slow
def test_every_control_is_described(kept, qtbot):
    record("/films/beach.mp4")
    dialog = offered(kept, qtbot)
    controls = [*dialog.findChildren(QPushButton), dialog.table]
    assert len({control.property(SHORTCUT_PROPERTY) for control in controls}) == 4
    assert all(control.accessibleName() and control.toolTip() for control in controls)
