"""Lane, Export the Path: the selected lane as CSV, all placed lanes for a panner."""

from pathlib import Path

import pytest

import app.daw.path_export as path_export
from engine.contract.directions import Direction
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.places import place_lane
from widgets.timeline.gestures.requests import EditRequest

pytestmark = pytest.mark.slow


@pytest.fixture
def placed(app):
    editor = app.context.editor
    editor.make(EditRequest(lambda scene: add_lane(scene, "Dog")))
    lane_id = editor.project.scene.lanes[0].lane_id
    editor.make(EditRequest(lambda scene: place_lane(scene, lane_id, Direction(45.0))))
    app.context.selected.choose_lane(lane_id)
    return app


@pytest.mark.parametrize(("kind", "line"), [
    (path_export._CSV, "0.000000,45.000,0.000,"),
    (path_export._IEM, "00000001.00000000 /MultiEncoder/azimuth0 f 45.000000"),
])  # fmt: skip
def test_the_path_is_written(placed, qtbot, tmp_path: Path, monkeypatch, kind: str, line: str) -> None:
    out = tmp_path / "path.out"
    monkeypatch.setattr(path_export, "ask_for_new_file_of_kind", lambda *_asked: (out, kind))
    action = next(a for a in placed.window.menus.lane.actions() if "Export" in a.text())
    action.trigger()
    qtbot.waitUntil(out.exists, timeout=5000)
    assert any(row.startswith(line) for row in out.read_text().splitlines())


def test_a_folder_that_cannot_be_written_is_a_dialog(placed, qtbot, tmp_path: Path, monkeypatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(placed.errors, "show", lambda _title, text: shown.append(text))
    monkeypatch.setattr(
        path_export, "ask_for_new_file_of_kind", lambda *_asked: (tmp_path / "gone" / "a.csv", path_export._CSV)
    )
    next(a for a in placed.window.menus.lane.actions() if "Export" in a.text()).trigger()
    qtbot.waitUntil(lambda: bool(shown), timeout=5000)
    assert "does not exist" in shown[0]


def test_without_a_place_there_is_a_sentence(app) -> None:
    next(a for a in app.window.menus.lane.actions() if "Export" in a.text()).trigger()
    assert any("has no path" in message for message in app.window.notices.messages)
