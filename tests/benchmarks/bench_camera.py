"""A live camera in the real window: how old a picture is when it is painted, and how old when the model sees it.

Another process sends pictures that say when they were made (MPEG-TS by UDP, which adds its own delay: a camera's cable
is quicker). With the shipped model and the silent output.

Use: `python -m tests.benchmarks.bench_camera [--seconds 30] [--size 1920x960] [--fps 30] [--screenshot window.png]`.
Prints; asserts nothing about time.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, QTimer

import engine.video.camera
from app.bootstrap import App, AppOptions, build, make_application
from app.bridge.patch_source import CheckpointSource
from engine.contract.telemetry import EngineMetrics, EngineNotice, EngineState
from engine.contract.video import ScreenFrame
from engine.media.container import Picture
from engine.video.camera import CameraPictures
from tests.engine.runtime.live_stream import age_s, free_port


class NotingPictures(CameraPictures):
    """Notes how old some of the pictures are when they have been decoded."""

    decoded_ms: ClassVar[list[float]] = []

    def pictures(self, now: Callable[[], float] = time.monotonic) -> Iterator[Picture]:
        for number, picture in enumerate(super().pictures(now)):
            if number % 5 == 0:
                pixels = picture.reformat(320, 160, "rgb24").to_ndarray()
                self.decoded_ms.append(1000.0 * age_s(pixels, time.monotonic()))
            yield picture


class Watch(QObject):
    """Notes how old pictures are when the window gets them, and when it has painted them."""

    def __init__(self, app: App) -> None:
        super().__init__()
        self.handed_ms: list[float] = []
        self.painted_ms: list[float] = []
        self.buffered_s: list[float] = []
        self.notices: list[str] = []
        self.last = EngineMetrics(EngineState.LOADING)
        self._made_s: float | None = None
        app.bridge.frame.connect(self._take)
        app.bridge.metrics.connect(self._note)
        app.bridge.noticed.connect(self._notice)
        app.window.panorama.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Paint and self._made_s is not None:
            made_s, self._made_s = self._made_s, None
            QTimer.singleShot(0, lambda: self.painted_ms.append(1000.0 * (time.monotonic() - made_s)))
        return False

    def _take(self, frame: ScreenFrame) -> None:
        now_s = time.monotonic()
        age = age_s(frame.pixels, now_s)
        self.handed_ms.append(1000.0 * age)
        self._made_s = now_s - age

    def _note(self, metrics: EngineMetrics) -> None:
        self.last = metrics
        if metrics.state is EngineState.PLAYING:
            self.buffered_s.append(metrics.buffered_s)

    def _notice(self, notice: EngineNotice) -> None:
        if notice.message:
            self.notices.append(notice.message)


def spread(values: list[float]) -> str:
    """Return median, 95 % and most."""
    return "{:.0f} / {:.0f} / {:.0f}".format(*np.percentile(values, (50, 95, 100))) if values else "none"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--size", default="1920x960")
    parser.add_argument("--fps", default="30")
    parser.add_argument("--screenshot", type=Path)
    arguments = parser.parse_args()
    port = free_port()
    width, height = arguments.size.split("x")
    sends = [sys.executable, "-m", "tests.engine.runtime.live_stream", str(port), width, height, arguments.fps]
    sender = subprocess.Popen(sends)
    application = make_application()
    engine.video.camera.CameraPictures = NotingPictures  # type: ignore[misc]  # where the engine looks for it
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        app = build(
            AppOptions(
                CheckpointSource(), "null", folder / "settings.ini", folder, folder / "takes", folder / "recovery"
            )
        )
        app.window.resize(1280, 800)
        app.window.show()
        watch = Watch(app)
        app.bridge.start()
        app.window.prompt.set_text("a car passes")
        app.wiring.opening.open(Path(f"camera:udp://127.0.0.1:{port}"), then=app.bridge.play)
        loop, began_s = QEventLoop(), None
        while began_s is None or time.monotonic() < began_s + arguments.seconds:
            QTimer.singleShot(50, loop.quit)
            loop.exec()
            if began_s is None and watch.last.state is EngineState.PLAYING:
                began_s = time.monotonic()
                watch.handed_ms.clear()
                watch.painted_ms.clear()
                NotingPictures.decoded_ms.clear()
        if arguments.screenshot is not None:
            app.window.grab().save(str(arguments.screenshot))
        metrics = watch.last
        app.close()
        app.destroy()
    sender.terminate()
    print(f"pictures: {len(watch.painted_ms)} painted in {arguments.seconds:g} s")
    print(f"age when it is decoded (median / 95 % / most): {spread(NotingPictures.decoded_ms)} ms")
    print(f"age when the window gets it: {spread(watch.handed_ms)} ms")
    print(f"age when it is painted: {spread(watch.painted_ms)} ms")
    print(f"sound ahead of the ear: {spread([1000.0 * each for each in watch.buffered_s])} ms")
    print(f"dropouts: {metrics.underruns}, {metrics.underrun_s:.3f} s; late pictures: {metrics.late_pictures}")
    print(f"notices: {watch.notices}")
    del application


if __name__ == "__main__":
    main()
