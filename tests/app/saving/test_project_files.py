"""New, open, save, close: nothing is lost without a question."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialog, QPushButton

from app.bootstrap import App
from app.project.media import scene_film
from app.project.open_project import OpenProject
from app.project.recovery import RecoveryStore
from engine.contract.scene.blocks import Convention, FileReference
from engine.contract.scene.edits.blocks import add_recording
from engine.contract.scene.edits.lanes import add_lane, rename_lane
from engine.contract.scene.edits.whole import set_film
from engine.contract.scene.scene import Scene
from engine.contract.video import NO_CHOICE
from engine.files.content import content_hash
from engine.project.migration import VERSION
from engine.project.project_file import read_project, write_project
from tests.app.fake_session import FILM, fake_look
from tests.app.saving.sounds import write_tone
from widgets.timeline.gestures.requests import EditRequest


@pytest.fixture
def shown(app, qtbot) -> App:
    with qtbot.waitExposed(app.window):
        app.window.show()
    app.bridge.start()
    return app


def edit(app: App, name: str = "Dog") -> None:
    app.context.editor.make(EditRequest(partial(add_lane, name=name)))


def answer(app: App, qtbot, text: str) -> None:
    """Press a button of the question that is open."""
    found = []

    def ask() -> bool:
        found[:] = [d for d in app.window.findChildren(QDialog) if d.isVisible() and d.isModal()]
        return bool(found)

    qtbot.waitUntil(ask, timeout=2000)
    (button,) = [each for each in found[0].findChildren(QPushButton) if each.text() == text]
    button.click()


def names(app: App) -> list[str]:
    return [lane.name for lane in app.context.editor.project.scene.lanes]


@pytest.fixture
def saved_as(monkeypatch, tmp_path) -> Path:
    path = tmp_path / "walk.swan"
    monkeypatch.setattr("app.saving.project_files.ask_for_new_file", lambda *_: path)
    return path


@pytest.mark.slow
def test_saving_asks_for_a_name_once_and_the_title_says_what_is_not_saved(shown, qtbot, saved_as):
    window = shown.window
    edit(shown)
    assert window.windowTitle().startswith("Untitled[*]")
    assert window.isWindowModified()
    window.menus.save_action.trigger()
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=2000)
    assert window.windowTitle() == "walk[*] - SwanSphere"
    assert [lane.name for lane in read_project(saved_as).scene.lanes] == ["Dog"]
    shown.context.editor.make(EditRequest(partial(rename_lane, lane_id=1, name="Puppy")))
    assert window.isWindowModified()
    window.menus.save_action.trigger()
    qtbot.waitUntil(lambda: not window.isWindowModified(), timeout=2000)
    assert read_project(saved_as).scene.lanes[0].name == "Puppy"
    assert shown.settings.recent("project") == [saved_as]


@pytest.mark.slow
@pytest.mark.parametrize("said", ["Save", "Discard", "Cancel"])
def test_closing_with_unsaved_work_asks(shown, qtbot, saved_as, said, session, tmp_path):
    edit(shown)
    shown.window.close()
    assert shown.window.isVisible()
    answer(shown, qtbot, said)
    if said == "Cancel":
        assert shown.window.isVisible()
        assert names(shown) == ["Dog"]
        shown.window.close_unasked()
        assert [len(work.scene.lanes) for work in RecoveryStore(tmp_path / "recovery").lost()] == [1]
        return
    qtbot.waitUntil(lambda: session.closed, timeout=2000)
    assert saved_as.exists() is (said == "Save")
    assert RecoveryStore(tmp_path / "recovery").lost() == []


@pytest.mark.slow
def test_a_film_alone_is_no_work_and_a_window_without_work_closes_at_once(shown, session):
    shown.bridge.open_film(FILM)
    shown.window.close()
    assert session.closed


@pytest.mark.slow
def test_another_project_is_opened_with_its_film_and_after_a_question(shown, qtbot, session, tmp_path):
    other = tmp_path / "other.swan"
    (tmp_path / "beach.mp4").write_bytes(b"film")
    film = scene_film(fake_look(tmp_path / "beach.mp4", NO_CHOICE))
    write_project(other, add_lane(set_film(Scene(), film).scene, "Sea").scene)
    edit(shown)
    shown.saving.files.open(other)
    answer(shown, qtbot, "Cancel")
    assert names(shown) == ["Dog"]
    shown.saving.files.open(other)
    answer(shown, qtbot, "Discard")
    qtbot.waitUntil(lambda: names(shown) == ["Sea"], timeout=2000)
    qtbot.waitUntil(lambda: ("open_film", tmp_path / "beach.mp4", NO_CHOICE) in session.calls, timeout=2000)
    qtbot.wait(100)
    assert not shown.window.isWindowModified()
    assert shown.window.windowTitle() == "other[*] - beach.mp4 - SwanSphere"


@pytest.mark.slow
def test_a_damaged_project_is_a_dialog_and_the_one_before_stays(shown, qtbot, tmp_path):
    (tmp_path / "bad.swan").write_text("{")
    shown.saving.files.open(tmp_path / "bad.swan")
    qtbot.waitUntil(lambda: len(shown.errors.open_dialogs) == 1, timeout=2000)
    assert "bad.swan" in shown.errors.open_dialogs[0].informativeText()
    assert shown.context.editor.project.path is None


@pytest.mark.slow
def test_a_project_of_a_newer_version_is_read_only_and_can_be_saved_as_a_copy(shown, qtbot, tmp_path, saved_as):
    path = tmp_path / "new.swan"
    write_project(path, add_lane(Scene(), "Sea").scene)
    path.write_text(path.read_text().replace(f'"version": {VERSION}', '"version": 99', 1))
    shown.saving.files.open(path)
    qtbot.waitUntil(lambda: names(shown) == ["Sea"], timeout=2000)
    assert any("newer version" in text for text in shown.window.notices.messages)
    edit(shown)
    assert names(shown) == ["Sea"]
    before = path.read_bytes()
    shown.window.menus.save_action.trigger()
    qtbot.waitUntil(saved_as.exists, timeout=2000)
    qtbot.waitUntil(lambda: shown.context.editor.project.path == saved_as, timeout=2000)
    edit(shown)
    assert names(shown) == ["Sea", "Dog"]
    assert path.read_bytes() == before


@pytest.mark.slow
def test_a_film_beside_lanes_of_another_one_is_a_question(shown, qtbot, session):
    shown.wiring.opening.open(FILM)
    qtbot.waitUntil(lambda: shown.context.editor.project.scene.film is not None, timeout=2000)
    edit(shown)
    shown.wiring.opening.open(Path("/films/forest.mp4"))
    answer(shown, qtbot, "Use it here")
    qtbot.waitUntil(lambda: shown.context.editor.project.scene.film.file.name == "forest.mp4", timeout=2000)
    assert names(shown) == ["Dog"]
    shown.wiring.opening.open(Path("/films/street.mp4"))
    answer(shown, qtbot, "New project")
    answer(shown, qtbot, "Discard")
    qtbot.waitUntil(
        lambda: getattr(shown.context.editor.project.scene.film, "file", FileReference("/x")).name == "street.mp4",
        timeout=2000,
    )
    assert names(shown) == []


@pytest.fixture
def crashed(tmp_path) -> RecoveryStore:
    """Return the store of the application; it holds a project with one lane that nobody saved."""
    store = RecoveryStore(tmp_path / "recovery")
    lost = OpenProject.new(Scene(), store, pytest.fail)
    lost.edit(add_lane(lost.scene, "Rain"))
    lost.close(keep=True)
    return store


@pytest.mark.slow
def test_work_of_a_crash_is_offered_and_recovered(shown, qtbot, crashed):
    shown.saving.recovering.offer()
    answer(shown, qtbot, "Later")
    assert len(crashed.lost()) == 1
    shown.saving.recovering.offer()
    answer(shown, qtbot, "Recover")
    qtbot.waitUntil(lambda: names(shown) == ["Rain"], timeout=2000)
    assert shown.window.isWindowModified()
    shown.context.editor.undo()
    assert names(shown) == ["Rain"]


@pytest.mark.slow
def test_work_of_a_crash_can_be_discarded(shown, qtbot, crashed):
    shown.saving.recovering.offer()
    answer(shown, qtbot, "Discard")
    assert crashed.lost() == []
    assert names(shown) == []


def with_recording(folder: Path) -> Path:
    """Write a project with a recording; returns the sound."""
    sound = write_tone(folder / "bell.wav")
    scene = add_lane(Scene(), "Bell").scene
    file = FileReference(str(sound), content_hash(sound))
    scene = add_recording(scene, 1, file, 48_000, Convention.MONO).scene
    write_project(folder / "bells.swan", scene)
    return sound


@pytest.mark.slow
def test_a_moved_recording_is_found_beside_the_project_or_asked_for(shown, qtbot, tmp_path, monkeypatch):
    sound = with_recording(tmp_path)
    away = tmp_path / "elsewhere"
    away.mkdir()
    sound.rename(away / "renamed.wav")
    shown.saving.files.open(tmp_path / "bells.swan")
    qtbot.waitUntil(lambda: shown.saving.relinking.dialog is not None, timeout=2000)
    dialog = shown.saving.relinking.dialog
    monkeypatch.setattr("app.saving.relinking.ask_for_file", lambda *_: away / "renamed.wav")
    next(b for b in dialog.findChildren(QPushButton) if b.text() == "Choose …").click()
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=2000)
    (block,) = shown.context.editor.project.scene.blocks()
    assert block.file.path == str(away / "renamed.wav")
    assert shown.context.editor.undo_name == ""


@pytest.mark.slow
def test_a_moved_recording_is_found_by_itself_in_the_folder_of_the_project(shown, qtbot, tmp_path):
    sound = with_recording(tmp_path)
    (tmp_path / "moved").mkdir()
    for name in ("bells.swan", "bell.wav"):
        (tmp_path / name).rename(tmp_path / "moved" / name)
    text = (tmp_path / "moved" / "bells.swan").read_text().replace('"bell.wav"', '"../sounds/bell.wav"')
    (tmp_path / "moved" / "bells.swan").write_text(text)
    shown.saving.files.open(tmp_path / "moved" / "bells.swan")
    found = str(tmp_path / "moved" / sound.name)
    qtbot.waitUntil(
        lambda: [block.file.path for block in shown.context.editor.project.scene.blocks()] == [found], timeout=2000
    )
    assert shown.saving.relinking.dialog is None


def drop(app: App, position: QPointF, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    app.window.dropEvent(QDropEvent(position, action, data, left, Qt.KeyboardModifier.NoModifier))


@pytest.mark.slow
def test_a_dropped_sound_becomes_a_recording_at_its_place(shown, qtbot, tmp_path):
    area = shown.window.timeline.area
    x = shown.window.timeline.state.scale.x_of(10 * 48_000)
    place = QPointF(area.mapTo(shown.window, QPointF(x, 20.0)))
    drop(shown, place, write_tone(tmp_path / "bell.wav"))
    qtbot.waitUntil(lambda: names(shown) == ["bell"], timeout=2000)
    (block,) = shown.context.editor.project.scene.blocks()
    assert block.start_sample == pytest.approx(10 * 48_000, abs=48_000 // 4)
    assert shown.context.selected.block is block
    assert shown.context.editor.undo_name == "Add recording 'bell'"
    (tmp_path / "noise.wav").write_bytes(b"no sound")
    drop(shown, QPointF(10.0, 10.0), tmp_path / "noise.wav")
    qtbot.waitUntil(lambda: len(shown.errors.open_dialogs) == 1, timeout=2000)


@pytest.mark.slow
def test_a_dropped_project_is_opened_and_a_dropped_film_plays(shown, qtbot, tmp_path, session):
    write_project(tmp_path / "sea.swan", add_lane(Scene(), "Sea").scene)
    drop(shown, QPointF(10.0, 10.0), tmp_path / "sea.swan")
    qtbot.waitUntil(lambda: names(shown) == ["Sea"], timeout=2000)
    drop(shown, QPointF(10.0, 10.0), FILM)
    qtbot.waitUntil(lambda: "play" in session.names(), timeout=2000)


@pytest.mark.slow
def test_recent_projects_and_films_are_in_the_menu(shown, qtbot, tmp_path):
    write_project(tmp_path / "sea.swan", add_lane(Scene(), "Sea").scene)
    shown.settings.add_recent("project", tmp_path / "sea.swan")
    shown.bridge.open_film(FILM)
    menu = shown.window.menus.recent
    menu.aboutToShow.emit()
    texts = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert texts == ["sea.swan", "beach.mp4"]
    next(action for action in menu.actions() if action.text() == "sea.swan").trigger()
    qtbot.waitUntil(lambda: names(shown) == ["Sea"], timeout=2000)
