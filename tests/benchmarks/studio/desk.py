"""The real window as a user works in it: keys, lanes of one sentence, their takes."""

import os
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.benchmarks.bench_gaps import wait_until

if TYPE_CHECKING:
    from PySide6.QtCore import Qt

    from app.bootstrap import App
    from engine.contract.scene.blocks import Block
    from engine.contract.scene.scene import Scene
    from engine.contract.telemetry import EngineMetrics

SENTENCE: Final = "a dog barks on the left while rain falls behind me"


@contextmanager
def opened_app() -> "Iterator[tuple[App, Path]]":
    """Build the application, drawn offscreen unless told otherwise, and yield it with its scratch folder."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from app.bootstrap import AppOptions, build, make_application

    _application = make_application()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        settings, takes, recovery = scratch / "settings.ini", scratch / "takes", scratch / "recovery"
        app = build(AppOptions(settings_file=settings, takes_dir=takes, recovery_dir=recovery))
        try:
            yield app, scratch
        finally:
            app.destroy()


class Desk:
    """The window with a film, and what a user does in it."""

    def __init__(self, app: "App", film: Path, pictures: Path | None = None) -> None:
        self.app, self.pictures = app, pictures
        self.metrics: deque[EngineMetrics] = deque(maxlen=1)
        app.bridge.metrics.connect(self.metrics.append)
        app.window.resize(1280, 800)
        app.window.show()
        app.window.activateWindow()
        wait_until(app.window.isActiveWindow, 20.0)
        app.bridge.start()
        wait_until(lambda: app.bridge.session is not None, 60.0)
        app.wiring.opening.open(film)
        wait_until(lambda: self.scene.film is not None, 60.0)

    @property
    def scene(self) -> "Scene":
        """The scene that is open."""
        return self.app.context.editor.project.scene

    def key(self, key: "Qt.Key", *, ctrl: bool = False, shift: bool = False) -> float:
        """Press a key in the window; returns when."""
        from PySide6.QtCore import Qt
        from PySide6.QtTest import QTest

        held = Qt.KeyboardModifier.NoModifier
        if ctrl:
            held |= Qt.KeyboardModifier.ControlModifier
        if shift:
            held |= Qt.KeyboardModifier.ShiftModifier
        if not self.app.window.isActiveWindow():  # a dialog that closed may have left no window active
            self.app.window.activateWindow()
            wait_until(self.app.window.isActiveWindow, 20.0)
        at = time.perf_counter()
        QTest.keyClick(self.app.window.focusWidget() or self.app.window, key, held)
        return at

    def make_lanes(self) -> None:
        """Make lanes of one sentence, and wait for their takes."""
        from PySide6.QtCore import Qt

        began = time.monotonic()
        self.app.window.prompt.set_text(SENTENCE)
        self.app.window.focus_film()
        self.key(Qt.Key.Key_A)
        self.picture("lanes")
        if not self.scene.lanes:
            raise SystemExit("the sentence made no lanes")
        print(f"lanes: {', '.join(lane.name for lane in self.scene.lanes)}")
        self.wait_for_takes()
        print(f"their takes were made in {time.monotonic() - began:.1f} s, with the model's loading")
        self.picture("made")

    def wait_for_takes(self) -> None:
        """Wait until every block has the take that it wants."""
        wait_until(lambda: all(_is_made(block) for block in self.scene.blocks()), 600.0)
        self.live(1.0)

    def select(self, index: int) -> None:
        """Select the block of a lane, and put the keyboard on the timeline."""
        self.app.context.selected.choose_block(self.scene.lanes[index].blocks[0].block_id)
        self.app.window.focus_timeline()

    def live(self, seconds: float) -> None:
        """Let the window live for a time."""
        until = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() >= until, seconds + 60.0)

    def picture(self, name: str) -> None:
        """Keep a screenshot."""
        if self.pictures is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.app.window.grab().save(str(self.pictures / f"{name}.png"))

    @property
    def position_s(self) -> float:
        """The film time that is heard."""
        session = self.app.bridge.session
        return 0.0 if session is None else session.position_s


def _is_made(block: "Block") -> bool:
    from engine.contract.scene.blocks import GeneratedBlock

    return not isinstance(block, GeneratedBlock) or block.current is not None
