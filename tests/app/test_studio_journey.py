"""One working day in the window: from nothing to files, with a crash in between.

The session and the model are fakes. The film, the process that makes takes, the project's files and the rendering are
real.
"""

from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication, QDialog, QPushButton

from app.bootstrap import App, AppOptions, build
from engine.ambisonics.intensity import direction_and_diffuseness
from engine.contract.conventions import SAMPLE_RATE_HZ
from engine.contract.directions import Direction, angle_between
from engine.export.reading.ambix_reader import read_ambix
from engine.project.project_file import read_project, takes_folder
from engine.runtime.block_takes.store import BlockTakes
from engine.runtime.making.maker import TakeMaker
from engine.runtime.offline.scene_job import SceneJob
from engine.runtime.offline.scene_render import render_scene
from tests.app.fake_panorama import FakePanorama
from tests.app.fake_session import FakeSession, fake_look
from tests.fakes import FakePatchSource, FakeSource
from tests.widgets.timeline.timelines import drag
from widgets.parts.theme import apply_theme

S = SAMPLE_RATE_HZ
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
PATIENCE_MS = 40_000


def write_film(path: Path) -> None:
    """Write 40 s of grey pictures, as long as the fake look says."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 32, "yuv420p"
        for k in range(200):
            picture = av.VideoFrame.from_ndarray(np.full((32, 64, 3), k, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


class Desk:
    """A window and what the user does in it."""

    def __init__(self, folder: Path, qtbot, monkeypatch) -> None:
        self.folder, self.qtbot, self.monkeypatch = folder, qtbot, monkeypatch
        self.app: App | None = None

    def sit_down(self) -> "Desk":
        """Start the program."""
        options = AppOptions(settings_file=self.folder / "settings.ini", recovery_dir=self.folder / "recovery")
        self.app = build(options, FakePanorama, FakeSession, fake_look, lambda: TakeMaker(FakeSource()))
        self.qtbot.addWidget(self.app.window)
        with self.qtbot.waitActive(self.app.window):
            self.app.window.show()
        self.app.bridge.start()
        self.app.saving.recovering.offer()
        return self

    @property
    def window(self):
        return self.app.window

    @property
    def scene(self):
        return self.app.context.editor.project.scene

    def key(self, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        self.qtbot.keyClick(self.window, key, modifiers)

    def lanes_key(self, key: Qt.Key, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
        self.key(Qt.Key.Key_T, CTRL)
        self.qtbot.keyClick(self.window.timeline.area, key, modifiers)

    def type(self, text: str) -> None:
        """Type into what has the keyboard, and press Enter."""
        field = QApplication.focusWidget()
        self.qtbot.keyClicks(field, text)
        self.qtbot.keyClick(field, Qt.Key.Key_Return)

    def until(self, holds) -> None:
        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)

    def answer(self, text: str) -> None:
        found: list[QDialog] = []

        def ask() -> bool:
            found[:] = [each for each in self.window.findChildren(QDialog) if each.isVisible() and each.isModal()]
            return bool(found)

        self.until(ask)
        next(button for button in found[0].findChildren(QPushButton) if button.text() == text).click()
        with self.qtbot.waitActive(self.window):
            self.window.activateWindow()  # a window manager would


@pytest.mark.slow
def test_from_an_empty_window_to_files(tmp_path, qtbot, qapp, monkeypatch, request):
    apply_theme(qapp)
    write_film(tmp_path / "street.mp4")
    project = tmp_path / "street.swan"
    monkeypatch.setattr("app.saving.project_files.ask_for_new_file", lambda *_: project)
    desk = Desk(tmp_path, qtbot, monkeypatch).sit_down()
    request.addfinalizer(lambda: desk.app.close())

    # A film, words, and the first lanes of them.
    desk.app.wiring.opening.open(tmp_path / "street.mp4")
    desk.until(lambda: desk.scene.film is not None)
    assert desk.scene.length_samples == 40 * S
    desk.window.prompt.line.setFocus()
    desk.type("a dog at 440 Hz barks on the left and 600 Hz rain falls")
    desk.key(Qt.Key.Key_A)
    dog, rain = desk.scene.lanes
    assert dog.path.keyframes[0].direction == Direction(90.0)

    # Shorter by the playhead, moved by the mouse, split, undone, redone.
    desk.app.context.selected.choose_block(dog.blocks[0].block_id)
    desk.window.timeline.set_position(1.6)
    desk.lanes_key(Qt.Key.Key_BracketRight)
    desk.app.context.selected.choose_block(rain.blocks[0].block_id)
    desk.lanes_key(Qt.Key.Key_BracketRight)
    lengths = [block.length_samples for block in desk.scene.blocks()]
    assert lengths == [round(1.6 * S)] * 2
    state, area = desk.window.timeline.state, desk.window.timeline.area

    def point(sample: int, row: int) -> QPointF:
        return QPointF(state.scale.x_of(sample), area.row_top(row) + 30)

    desk.lanes_key(Qt.Key.Key_N)  # no snapping
    drag(area, point(S // 2, 0), point(S // 2 + 4 * S, 0))
    moved = desk.scene.lanes[0].blocks[0].start_sample
    assert moved == pytest.approx(4 * S, abs=S // 4)
    desk.key(Qt.Key.Key_Z, CTRL)
    assert desk.scene.lanes[0].blocks[0].start_sample == 0
    desk.key(Qt.Key.Key_Y, CTRL)
    assert desk.scene.lanes[0].blocks[0].start_sample == moved
    desk.key(Qt.Key.Key_Z, CTRL)
    desk.key(Qt.Key.Key_I)

    # The takes are made behind the user's back, with the film.
    assert all(block.recipe.film_sample == 0 for block in desk.scene.blocks())
    desk.until(lambda: all(block.current is not None for block in desk.scene.blocks()))
    takes = [block.current for block in desk.scene.blocks()]

    # Saved; then more work, and the power fails.
    desk.key(Qt.Key.Key_S, CTRL)
    desk.until(lambda: project.exists() and not desk.window.isWindowModified())
    assert read_project(project).scene == desk.scene
    assert all(BlockTakes(takes_folder(project)).has(take_id) for take_id in takes)
    desk.window.timeline.set_position(0.5)
    desk.key(Qt.Key.Key_M)
    desk.window.timeline.headers.header_of(desk.scene.lanes[1].lane_id).gain.setValue(-6.0)
    assert desk.window.isWindowModified()
    before = desk.scene
    autosave = desk.app.context.editor.project._autosave
    assert autosave.flush()
    autosave.close(keep=True)  # as the process would leave it: kill -9 is tests/app/project/test_crash.py
    desk.app.context.editor.project._autosave = None
    desk.app.close()

    # The next morning: recovered, saved, opened again.
    desk.sit_down()
    desk.answer("Recover")
    desk.until(lambda: desk.scene == before)
    assert desk.window.isWindowModified()
    assert desk.window.windowTitle().startswith("street[*]")
    desk.until(lambda: desk.app.bridge.film is not None)
    desk.key(Qt.Key.Key_S, CTRL)
    desk.until(lambda: not desk.window.isWindowModified())
    desk.window.close()
    desk.sit_down()
    desk.app.saving.files.open(project)
    desk.until(lambda: len(desk.scene.lanes) == 2)
    assert [block.current for block in desk.scene.blocks()] == takes
    assert desk.scene.lanes[1].gain_db == -6.0
    desk.app.close()

    # Files: nothing is made again, and the dog is on the left.
    job = SceneJob(read_project(project).scene, tmp_path / "out", stems=True, end_sample=round(1.6 * S))
    done = render_scene(job, lambda: FakePatchSource(FakeSource()), BlockTakes(takes_folder(project)))
    assert not done.takes_made
    stems = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert stems[-1] == "mix.wav"
    assert len(stems) == 3
    direction, _ = direction_and_diffuseness(read_ambix(tmp_path / "out" / stems[0])[0])
    assert np.rad2deg(angle_between(direction, Direction(90.0).unit_vector())) < 2.0
