"""The processes that make sound are killed while a scene plays: it plays on, sample by sample, and they come back."""

import os
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from app.bridge.scene_bridge import SceneBridge
from app.bridge.session_bridge import SessionBridge
from engine.contract.directions import Direction
from engine.contract.scene.place import LanePath
from engine.contract.scene.scene import Scene
from engine.runtime.making.messages import NotMade, TakeFinished
from engine.runtime.session.session import Session, SessionConfig
from tests.engine.rendering.mix.mixing import lane, scene
from tests.engine.runtime.ear.scenes_of_tones import made, tone_block
from tests.fakes import FakeSource

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="processes are killed by a signal"),
]
LEFT = LanePath.fixed(Direction(90.0))
SECONDS = 4.0
PATIENCE_MS = 30_000


class Studio:
    """The bridges of a window with real processes and the silent output."""

    def __init__(self, folder, qtbot) -> None:
        self.folder, self._qtbot = folder, qtbot
        folder.mkdir()
        plan = FakeSource(patch_s=0.01)
        self.session = Session(SessionConfig(plan, output="null", capture_dir=folder, takes_dir=folder / "live"))
        self.bridge = SessionBridge(lambda: self.session)
        self.scenes = SceneBridge(self.bridge, plan)
        self.notices: list[str] = []
        self.failures: list[str] = []
        self.not_made: list[NotMade] = []
        self.finished: list[TakeFinished] = []
        self.bridge.noticed.connect(lambda notice: self.notices.append(notice.message))
        self.bridge.failed.connect(lambda failure: self.failures.append(failure.message))
        self.scenes.not_made.connect(self.not_made.append)
        self.scenes.take_finished.connect(self.finished.append)
        self.bridge.start()

    def until(self, condition) -> None:
        self._qtbot.waitUntil(condition, timeout=PATIENCE_MS)

    @property
    def processes(self):
        """Both processes that hold a model."""
        maker = self.scenes._making._maker
        return self.session._parts.generation.process, None if maker is None else maker._child.process

    def close(self) -> None:
        self.scenes.close()
        self.bridge.close()

    def heard(self) -> np.ndarray:
        """What the silent output was given from its first sound to its last, (2, N); after closing."""
        sound = soundfile.read(self.folder / "played.wav", dtype="float32", always_2d=True)[0].T
        at = np.flatnonzero(np.abs(sound).max(axis=0) > 1e-4)
        return sound[:, at[0] : at[-1] + 1]


def tones(folder) -> Scene:
    """Return a scene of two takes that exist, and of one that is never finished: its process has work."""
    folder.mkdir(exist_ok=True)
    return scene(
        lane(1, made(tone_block(10, 1000, SECONDS), folder), path=LEFT),
        lane(2, made(tone_block(11, 700, SECONDS), folder)),
        lane(3, tone_block(12, 500, 3_000.0), mute=True),
        seconds=SECONDS,
    )


def played(folder, qtbot, takes, document, kill: bool):
    studio = Studio(folder, qtbot)
    try:
        studio.scenes.play_scene(document, takes)
        studio.until(lambda: None not in studio.processes)
        studio.bridge.play()
        studio.until(lambda: studio.session.position_s > 1.0)
        before = studio.processes
        if kill:
            for process in before:
                os.kill(process.pid, signal.SIGKILL)
        studio.until(lambda: not studio.bridge.playing)
        assert not studio.failures
        if kill:
            stopped = "process stopped (exit status -9)"
            assert sum(stopped in notice for notice in studio.notices) == 1
            assert sum(stopped in told.message for told in studio.not_made) == 1
            assert all("The scene plays on" in told.message for told in studio.not_made[:1])
            studio.until(lambda: None not in studio.processes and studio.not_made[-1] == NotMade(None, ""))
            assert not set(before) & set(studio.processes)
            more = replace(document, lanes=(*document.lanes[:2], lane(4, tone_block(13, 300, 1.0))))
            studio.scenes.play_scene(more, takes)
            studio.until(lambda: any(done.block_id == 13 for done in studio.finished))
    finally:
        studio.close()
    return studio.heard()


def test_a_scene_plays_on_bit_for_bit_and_the_next_block_is_made(tmp_path, qtbot):
    takes = tmp_path / "takes"
    document = tones(takes)
    undisturbed = played(tmp_path / "one", qtbot, takes, document, kill=False)
    killed = played(tmp_path / "two", qtbot, takes, document, kill=True)
    assert undisturbed.shape[1] > 0.9 * SECONDS * 48_000
    assert np.array_equal(killed, undisturbed)
