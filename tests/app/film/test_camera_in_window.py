"""A live camera in the window: opened, shown as live, without a timeline, and kept in a project by its name."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QPushButton

from app.film.camera import CameraOpening
from app.project.media import broken_links, scene_film
from engine.contract.camera import LIVE_S, NO_LOOP, NO_SEEK, NO_TIMELINE
from engine.contract.errors import SceneError
from engine.contract.scene.edits.blocks import add_generated
from engine.contract.scene.edits.lanes import add_lane
from engine.contract.scene.edits.whole import set_film, set_loop
from engine.contract.scene.recipe import Recipe
from engine.contract.scene.scene import LoopRange, Scene
from engine.contract.video import NO_CHOICE, FilmChoice, Projection, VideoInfo
from engine.project.project_file import read_project, write_project
from tests.app.fake_session import FILM
from widgets.film.camera_panel import CameraPanel
from widgets.timeline.gestures.requests import EditRequest

CAMERA = Path("camera:0")
LIVE = VideoInfo("camera:0", 1920, 960, 30.0, LIVE_S, times="live")


@pytest.fixture
def live(app, qtbot):
    with qtbot.waitExposed(app.window):
        app.window.show()
    app.bridge.start()
    app.wiring.opening.open(CAMERA, then=app.bridge.play)
    qtbot.waitUntil(lambda: app.bridge.playing, timeout=3000)
    qtbot.waitUntil(lambda: app.context.editor.project.scene.film is not None, timeout=3000)
    return app


@pytest.mark.slow
def test_a_camera_plays_and_is_shown_as_live(live):
    window = live.window
    assert window.film_bar.title.text() == "Camera 0"
    assert window.film_bar.facts.toolTip().endswith("live")
    assert window.windowTitle().startswith("Camera 0")
    assert window.transport.play_button.isEnabled()
    assert not window.transport.start_button.isEnabled()
    assert not window.transport.loop_button.isEnabled()
    assert not window.timeline.empty.button.isVisible()
    assert window.timeline.empty.text.text() == NO_TIMELINE
    assert live.settings.recent("film") == []


@pytest.mark.slow
def test_going_elsewhere_says_that_a_camera_shows_what_happens_now(live, session):
    told = []
    live.bridge.noticed.connect(told.append)
    live.window.menus.back_action.trigger()
    assert [notice.message for notice in told] == [NO_SEEK]
    assert ("seek", 0.0) not in session.calls


@pytest.mark.slow
def test_blocks_and_loops_are_refused_with_a_sentence(live):
    told = []
    live.context.editor.noticed.connect(told.append)
    live.context.editor.make(EditRequest(_blocked))
    live.context.editor.make(EditRequest(partial(set_loop, loop=LoopRange(0, 48_000))))
    assert [notice.message for notice in told] == [NO_TIMELINE, NO_LOOP]
    assert not any(True for _ in live.context.editor.project.scene.blocks())


def _blocked(scene: Scene):
    lane = add_lane(scene, name="Dog").scene
    return add_generated(
        lane, lane_id=lane.lanes[0].lane_id, recipe=Recipe.of("a dog"), start_sample=0, length_samples=48_000
    )


@pytest.mark.slow
def test_another_interpretation_does_not_open_the_camera_twice(live, session, qtbot):
    looks = []
    live.wiring.opening._look = lambda *asked: looks.append(asked)
    live.window.film_bar.choice_made.emit(FilmChoice(projection=Projection.FLAT))
    assert session.calls[-2:] == [("open_film", CAMERA, FilmChoice(projection=Projection.FLAT)), ("play",)]
    assert looks == []


@pytest.mark.slow
def test_a_project_with_blocks_asks_for_a_new_one(app, qtbot):
    with qtbot.waitExposed(app.window):
        app.window.show()
    app.bridge.start()
    app.bridge.open_film(FILM)
    app.context.editor.make(EditRequest(_blocked))
    app.wiring.opening.open(CAMERA)
    (question,) = [d for d in app.window.findChildren(QDialog) if d.isVisible() and d.isModal()]
    assert sorted(b.text() for b in question.findChildren(QPushButton)) == ["Cancel", "New project"]
    question.reject()
    assert app.bridge.film.path == str(FILM)


def test_a_project_keeps_the_name_of_its_camera(tmp_path):
    scene = set_film(Scene(loop=LoopRange(0, 48_000)), scene_film(LIVE)).scene
    assert scene.loop is None
    write_project(tmp_path / "live.swan", scene)
    (tmp_path / "moved").mkdir()
    (tmp_path / "live.swan").rename(tmp_path / "moved" / "live.swan")
    read = read_project(tmp_path / "moved" / "live.swan").scene
    assert read == scene
    assert read.film.file.path == "camera:0"
    assert broken_links(read) == ()


def test_a_camera_does_not_take_the_place_of_a_film_with_blocks():
    with pytest.raises(SceneError, match="cannot be edited in time"):
        set_film(_blocked(Scene()).scene, scene_film(LIVE))


@pytest.mark.slow
def test_the_camera_of_a_project_is_turned_on_only_if_the_user_agrees(app, session, qtbot, tmp_path):
    with qtbot.waitExposed(app.window):
        app.window.show()
    app.bridge.start()
    write_project(tmp_path / "live.swan", set_film(Scene(), scene_film(LIVE)).scene)
    app.saving.files.open(tmp_path / "live.swan")

    def asked() -> list[QDialog]:
        return [d for d in app.window.findChildren(QDialog) if d.isVisible() and d.isModal()]

    qtbot.waitUntil(lambda: bool(asked()), timeout=3000)
    assert "open_film" not in session.names()
    (button,) = [b for b in asked()[0].findChildren(QPushButton) if b.text() == "Open the camera"]
    button.click()
    qtbot.waitUntil(lambda: "open_film" in session.names(), timeout=3000)
    assert app.bridge.film.is_live


@pytest.mark.slow
def test_the_dialog_lists_cameras_and_opens_the_chosen_one(app, qtbot, monkeypatch):
    monkeypatch.setattr("app.film.camera._found", lambda: [("0", "Webcam"), ("2", "THETA V")])
    (opening,) = app.window.findChildren(CameraOpening)
    with qtbot.waitExposed(app.window):
        app.window.show()
    app.bridge.start()
    app.window.menus.camera_action.trigger()
    panel = opening.panel
    qtbot.waitUntil(lambda: panel.cameras.count() == 2 and panel.cameras.isEnabled(), timeout=3000)
    assert [panel.cameras.itemText(row) for row in range(2)] == ["Webcam (0)", "THETA V (2)"]
    panel.cameras.setCurrentIndex(1)
    panel.open.click()
    qtbot.waitUntil(lambda: app.bridge.playing, timeout=3000)
    assert (app.bridge.film.path, app.bridge.film.choice) == ("camera:2", NO_CHOICE)
    assert not opening.dialog.isVisible()


def test_what_is_written_takes_precedence_over_the_list(qtbot):
    panel = CameraPanel()
    qtbot.addWidget(panel)
    panel.show_cameras(())
    assert not panel.open.isEnabled()
    panel.other.setText(" udp://127.0.0.1:5000 ")
    panel.read_as.setCurrentIndex(1)
    with qtbot.waitSignal(panel.open_wanted) as sent:
        panel.open.click()
    assert sent.args == ["udp://127.0.0.1:5000", FilmChoice(projection=Projection.FISHEYE)]
