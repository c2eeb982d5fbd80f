"""The export dialog and its queue: what is chosen becomes files in the background, and failures stay to be seen."""

import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QUrl

from app.delivery.job import Exported
from app.export import queue_window
from app.export.queue import MOST_AT_ONCE
from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.errors import CancelledError, ExportError
from engine.contract.scene.edits.whole import set_horizon
from engine.contract.telemetry import TakeSummary
from engine.contract.video import Pose
from engine.export.reading.ambix_reader import read_ambix
from engine.files.staging import refused
from tests.app.delivery.projects import two_sides
from tests.app.window.controls import controls
from widgets.parts.describe import SHORTCUT_PROPERTY
from widgets.timeline.gestures.requests import EditRequest

pytestmark = pytest.mark.slow
FILM = Path("/films/beach.mp4")


@pytest.fixture
def exporting(app, tmp_path, monkeypatch):
    """Return the exports of an app whose jobs run in the task's thread: children have their own tests."""
    (tmp_path / "out").mkdir()
    app.settings.remember_folder("export", tmp_path / "out")
    app.settings.export_names = "{project} {lane}"
    app.bridge.start()
    app.window.show()
    monkeypatch.setattr(
        "app.delivery.child.run_in_child",
        lambda job, source, progress, cancelled: job.run(source, progress, cancelled),
    )
    return app.wiring._exporting


@pytest.fixture
def dialog(app, exporting, session):
    app.bridge.open_film(FILM)
    session.summary = TakeSummary(14.0)
    exporting.ask_for_field()
    yield exporting.dialog
    exporting.dialog.close()


def ended(exporting, qtbot) -> list[str]:
    qtbot.waitUntil(lambda: not exporting.queue.live, timeout=30_000)
    return [entry.state for entry in exporting.queue.entries]


def test_without_a_film_it_says_what_to_do(app, exporting):
    exporting.ask_for_field()
    assert "Open a film (Ctrl+Shift+O)" in app.errors.open_dialogs[0].informativeText()


def test_the_take_is_written_and_its_checks_are_shown(exporting, dialog, qtbot, tmp_path):
    assert dialog.format.value().coding == "float"  # the preset of the action
    dialog.export_button.click()
    assert not dialog.isVisible()
    assert ended(exporting, qtbot) == ["done"]
    assert np.abs(read_ambix(tmp_path / "out" / "beach take.wav")[0]).max() > 0.1
    row = next(iter(exporting.list.rows.values()))
    assert row.table.rowCount() > 5
    assert all(row.table.item(k, 2).text() == "ok" for k in range(1, row.table.rowCount()))
    assert row.checks.isChecked()
    exporting.list.close()


def test_the_take_is_turned_as_the_window_turns_it(app, exporting, dialog, qtbot, tmp_path):
    """What was heard at the left of the film is in front with the horizon of the project."""
    app.context.editor.make(EditRequest(partial(set_horizon, horizon=Pose(yaw_deg=-90.0))))
    dialog.export_button.click()
    assert ended(exporting, qtbot) == ["done"]
    direction, _ = direction_and_diffuseness(read_ambix(tmp_path / "out" / "beach take.wav")[0])
    np.testing.assert_allclose(direction, [1.0, 0.0, 0.0], atol=0.02)


def test_the_two_actions_differ_in_their_preset(app, exporting, session, qtbot):
    app.bridge.open_film(FILM)
    session.summary = TakeSummary(3.0)
    exporting.ask_for_binaural()
    form = exporting.dialog.format.value()
    assert (form.kind, form.suffix, form.coding) == ("binaural", ".wav", "pcm16")
    exporting.dialog.close()


def test_holes_are_said_before_and_after(app, exporting, session, qtbot):
    app.bridge.open_film(FILM)
    session.summary = TakeSummary(20.0, "0:12 to 0:15 was never recorded and is silent.")
    exporting.ask_for_field()
    assert exporting.dialog.what.note.text() == "20.0 s so far. 0:12 to 0:15 was never recorded and is silent."
    exporting.dialog.export_button.click()
    assert ended(exporting, qtbot) == ["done"]
    assert "0:12 to 0:15 was never recorded" in exporting.queue.entries[0].sentence


def test_cancel_leaves_nothing_and_it_can_be_tried_again(exporting, dialog, session, qtbot, tmp_path):
    session.take_steps = 1000
    dialog.export_button.click()
    entry = exporting.queue.entries[0]
    row = exporting.list.rows[entry]
    qtbot.waitUntil(lambda: row.progress.value() > 0, timeout=4000)
    row.cancel.click()
    assert ended(exporting, qtbot) == ["cancelled"]
    assert list((tmp_path / "out").iterdir()) == []
    session.take_steps = 2
    row.again.click()
    assert ended(exporting, qtbot) == ["done"]
    assert not row.again.isVisible()
    assert row.folder.isVisible()


def test_a_failed_row_keeps_its_sentence(exporting, dialog, session, qtbot):
    def full(out, **_options):
        raise refused(out, OSError(28, "No space left on device"))

    session.save_take = full
    dialog.export_button.click()
    assert ended(exporting, qtbot) == ["failed"]
    row = exporting.list.rows[exporting.queue.entries[0]]
    assert "the disk is full" in row.sentence.text()
    assert row.again.isVisible()
    assert not row.table.isVisible()


def test_only_some_run_at_once_and_the_others_wait(exporting, qtbot, tmp_path):
    release = []

    def work(progress, cancelled):
        while not release:
            if cancelled():
                raise CancelledError("cancelled")
            time.sleep(0.01)
        return Exported(())

    for number in range(MOST_AT_ONCE + 2):
        exporting.queue.add(f"{number}.wav", (tmp_path / f"{number}.wav",), work)
    states = [entry.state for entry in exporting.queue.entries]
    assert states == ["running"] * MOST_AT_ONCE + ["waiting"] * 2
    exporting.queue.cancel(exporting.queue.entries[-1])
    assert exporting.queue.entries[-1].state == "cancelled"
    release.append(True)
    assert ended(exporting, qtbot) == ["done"] * (MOST_AT_ONCE + 1) + ["cancelled"]


def test_a_scene_is_offered_first_with_its_lanes(app, exporting, qtbot, tmp_path):
    scene = two_sides(tmp_path)
    app.context.editor.open(OpenProject.new(scene, RecoveryStore(tmp_path / "r"), lambda _sentence: None))
    exporting.ask_for_field()
    dialog = exporting.dialog
    assert dialog.what.chosen.key == "scene"
    dialog.what.lanes.setChecked(True)
    names = [dialog.files.preview.item(k).text() for k in range(dialog.files.preview.count())]
    assert names == ["scene mix.wav", "scene 1 Tap drip.wav", "scene 2 犬.wav"]
    dialog.what.ranged.setChecked(True)
    dialog.what.begin.setText("0.2")
    dialog.what.end.setText("0.7")
    dialog.show_preview()
    dialog.export_button.click()
    assert ended(exporting, qtbot) == ["done"], exporting.queue.entries[0].sentence
    fields = [read_ambix(tmp_path / "out" / name)[0] for name in names]
    assert [field.shape for field in fields] == [(4, 24_000)] * 3
    np.testing.assert_allclose(fields[1] + fields[2], fields[0], atol=1e-5)


def test_what_cannot_be_is_said_in_place(dialog, exporting, tmp_path):
    for part, text, says in (
        (dialog.files.folder, "/no/such/folder", "There is no folder"),
        (dialog.files.template, "{projekt}", "is not known"),
        (dialog.what.end, "soon", "cannot be read"),
    ):
        before = part.text()
        dialog.what.ranged.setChecked(part is dialog.what.end)
        part.setText(text)
        part.textEdited.emit(text)
        assert says in dialog.status.text()
        assert not dialog.export_button.isEnabled()
        part.setText(before)
    dialog.what.ranged.setChecked(False)
    assert dialog.export_button.isEnabled()


def test_a_file_is_not_written_twice_at_once_(exporting, dialog, qtbot, tmp_path):
    def hold(progress, cancelled):
        while not cancelled():
            time.sleep(0.01)
        raise CancelledError("cancelled")

    choice = dialog.choice()
    exporting.queue.add("x", (tmp_path / "out" / "beach take.wav",), hold)
    exporting.start(choice)
    assert "written by another export" in dialog.status.text()
    exporting.queue.cancel_all()
    assert ended(exporting, qtbot) == ["cancelled"]


def test_an_existing_file_is_asked_about(exporting, dialog, tmp_path, monkeypatch):
    (tmp_path / "out" / "beach take.wav").write_bytes(b"mine")
    dialog.show_preview()
    assert "! exists" in dialog.files.preview.item(0).text()
    asked = []
    monkeypatch.setattr("app.export.dialog.ask", lambda _parent, *texts: asked.append(texts))
    dialog.export_button.click()
    assert "beach take.wav already exists" in asked[0][1]
    assert (tmp_path / "out" / "beach take.wav").read_bytes() == b"mine"
    assert exporting.queue.entries == []


def test_another_film_is_not_exported_under_the_name_of_the_first(app, exporting, dialog, session, qtbot):
    work = exporting._work(dialog.choice())
    app.bridge.open_film(Path("/films/forest.mp4"))
    with pytest.raises(ExportError, match="File, Takes"):
        work(lambda fraction: None, lambda: False)


def test_a_finished_row_opens_its_folder_and_goes(exporting, dialog, qtbot, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(queue_window.QDesktopServices, "openUrl", opened.append)
    dialog.export_button.click()
    ended(exporting, qtbot)
    row = exporting.list.rows[exporting.queue.entries[0]]
    row.folder.click()
    assert opened == [QUrl.fromLocalFile(str(tmp_path / "out"))]
    exporting.list.clear.click()
    assert exporting.list.rows == {}
    assert exporting.list.empty.isVisible()
    assert not exporting.list.clear.isEnabled()


def test_every_control_is_described(exporting, dialog, qtbot):
    keys = [control.property(SHORTCUT_PROPERTY) for control in controls(dialog)]
    assert len(keys) == len(set(keys)) >= 18
    assert all(control.accessibleName() and control.toolTip() for control in controls(dialog))
    dialog.export_button.click()
    ended(exporting, qtbot)
    assert all(control.accessibleName() and control.toolTip() for control in controls(exporting.list))


def test_the_watermark_is_a_choice_apart_from_the_preset(dialog, exporting, qtbot):
    preset = dialog.format.preset.currentText()
    assert dialog.format.value().watermark
    dialog.format.watermark.click()
    assert not dialog.format.value().watermark
    assert dialog.format.preset.currentText() == preset
    dialog.format.choose_preset("pro-tools")
    assert not dialog.format.value().watermark
    dialog.export_button.click()
    assert ended(exporting, qtbot) == ["done"]
    [file] = exporting.queue.entries[0].done.files
    assert next(check.found for check in file.checks if check.name == "watermark") == "none, as asked for"


def test_a_preset_sets_everything_and_a_change_makes_it_custom(dialog):
    dialog.format.choose_preset("pro-tools")
    form = dialog.format.value()
    assert (form.kind, form.coding, form.ceiling_dbtp) == ("wav", "pcm24", -1.0)
    dialog.format.rate.setCurrentIndex(dialog.format.rate.findData(96_000))
    assert dialog.format.preset.currentText() == "Custom"
    assert dialog.format.value() == replace(form, rate_hz=96_000)
    dialog.format.form.setCurrentIndex(6)
    assert (dialog.format.value().suffix, dialog.format.value().coding) == (".mp4", "aac")
