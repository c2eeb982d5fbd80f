"""Import and export of markers from the menu: one step of undo, files that hold them, failures as dialogs."""

from pathlib import Path

import pytest

import app.daw.marker_files as marker_files
from engine.daw.marker_file import read_markers

pytestmark = pytest.mark.slow


def markers(app) -> list[tuple[int, str]]:
    return [(marker.at_sample, marker.name) for marker in app.context.editor.project.scene.markers]


def test_an_import_is_one_step_of_undo(app, qtbot, tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "list.csv"
    file.write_text("#,Name,Start,End,Length\nM1,Door,0:01.000,,\nR1,Rain,0:02.000,0:03.000,0:01.000\n")
    monkeypatch.setattr(marker_files, "ask_for_file", lambda *_asked: file)
    app.window.menus.import_markers_action.trigger()
    qtbot.waitUntil(lambda: len(markers(app)) == 3, timeout=5000)
    assert app.context.editor.undo_name == "Import 3 markers"
    app.context.editor.undo()
    assert markers(app) == []


@pytest.mark.parametrize("kind", list(marker_files._FORMATS))
def test_every_kind_of_file_can_be_read_again(app, qtbot, session, tmp_path: Path, monkeypatch, kind: str) -> None:
    app.bridge.start()
    app.bridge.open_film(Path("/films/beach.mp4"))
    for _ in range(2):
        app.window.timeline.actions_by_name["add_marker"].trigger()
    out = tmp_path / ("m.mid" if "MIDI" in kind else "m.csv")
    monkeypatch.setattr(marker_files, "ask_for_new_file_of_kind", lambda *_asked: (out, kind))
    app.window.menus.export_markers_action.trigger()
    qtbot.waitUntil(out.exists, timeout=5000)
    timecode = marker_files.FilmTimecode.of(app.bridge.film)
    assert [m.at_sample for m in read_markers(out, timecode).markers] == [at for at, _name in markers(app)]


def test_a_file_that_cannot_be_used_is_a_dialog_and_no_edit(app, qtbot, tmp_path: Path, monkeypatch) -> None:
    file = tmp_path / "list.csv"
    file.write_text("time\nnoon\n")
    shown: list[tuple[str, str]] = []
    monkeypatch.setattr(app.errors, "show", lambda title, text: shown.append((title, text)))
    monkeypatch.setattr(marker_files, "ask_for_file", lambda *_asked: file)
    app.window.menus.import_markers_action.trigger()
    qtbot.waitUntil(lambda: bool(shown), timeout=5000)
    assert shown[0][0] == "The markers were not imported"
    assert "line 2: 'noon' is not a time" in shown[0][1]
    assert app.context.editor.undo_name == ""


def test_without_markers_nothing_is_written(app, qtbot) -> None:
    app.window.menus.export_markers_action.trigger()
    assert any("no markers" in message for message in app.window.notices.messages)
