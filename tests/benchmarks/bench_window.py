"""What the window costs: its process's share of a core while a film plays, and the pictures per second of a drag.

The engine runs with a quick noise source in place of the model, so that the picture alone is measured. The baseline,
one cv2.remap of the same view per picture of the film, is measured in the same run: compare ratios between machines.

Use: `python -m tests.benchmarks.bench_window [FILM] [--seconds 12] [--size 1280x800]`, with a display, under Xvfb, or
with QT_QPA_PLATFORM=offscreen. Prints; asserts nothing about time.
"""

import argparse
import math
import sys
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.bootstrap import App, AppOptions, build, make_application
from engine.contract.telemetry import EngineMetrics
from engine.contract.view import ViewOrientation, head_axes
from engine.video.opencv import cv2
from tests.app.fake_patch_sources import FakeCheckpoint
from widgets.meters.sound_over_time import SOUND_VIEWS

DEMO = Path(__file__).resolve().parents[2] / "resources" / "demo" / "demo.mp4"
SETTLE_S = 2.0
DRAG_S = 5.0
MOVE_MS = 8


class Meter:
    """Counts what the window does between `begin` and `end`."""

    def __init__(self, app: App) -> None:
        self._panorama = app.window.panorama
        self._metrics: EngineMetrics | None = None
        self.pictures = self.views = 0
        self._seen: ViewOrientation | None = None
        app.bridge.metrics.connect(self._take_metrics)
        app.bridge.frame.connect(self._count_picture)
        paint = self._panorama.paintEvent

        def counting(event: QPaintEvent) -> None:
            if self._panorama.view != self._seen:
                self._seen = self._panorama.view
                self.views += 1
            paint(event)

        patch.object(self._panorama, "paintEvent", counting).start()

    def begin(self) -> None:
        self.pictures = self.views = 0
        self._underruns = self._metrics.underruns if self._metrics is not None else 0
        self._wall_s, self._process_s, self._thread_s = time.perf_counter(), time.process_time(), time.thread_time()

    def end(self, what: str) -> None:
        wall_s = time.perf_counter() - self._wall_s
        process = (time.process_time() - self._process_s) / wall_s
        thread = (time.thread_time() - self._thread_s) / wall_s
        underruns = (self._metrics.underruns if self._metrics is not None else 0) - self._underruns
        print(
            f"{what:<10} {100 * process:6.1f} % {100 * thread:8.1f} % {self.pictures / wall_s:10.1f}"
            f" {self.views / wall_s:10.1f} {underruns:9d}",
            flush=True,
        )

    def _take_metrics(self, metrics: EngineMetrics) -> None:
        self._metrics = metrics

    def _count_picture(self, _frame: object) -> None:
        self.pictures += 1


def run_for(seconds: float) -> None:
    """Let the window live for a time."""
    loop = QEventLoop()  # QApplication.quit would close the window
    QTimer.singleShot(round(1000 * seconds), loop.quit)
    loop.exec()


def mouse(kind: QEvent.Type, widget: QWidget, x: float, y: float) -> None:
    at = QPointF(x, y)
    left = Qt.MouseButton.LeftButton
    event = QMouseEvent(kind, at, widget.mapToGlobal(at), left, left, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def drag(app: App, seconds: float) -> None:
    """Drag the film round for a time, as a quick hand with a 125 Hz mouse."""
    film = app.window.panorama
    x, y, begin = film.width() / 2, film.height() / 2, time.perf_counter()
    mouse(QEvent.Type.MouseButtonPress, film, x, y)

    def move() -> None:
        angle = 2.0 * math.pi * (time.perf_counter() - begin) / 3.0
        mouse(QEvent.Type.MouseMove, film, x + 300 * math.sin(angle), y + 60 * math.cos(angle) - 60)

    timer = QTimer()
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(move)
    timer.start(MOVE_MS)
    run_for(seconds)
    timer.stop()
    mouse(QEvent.Type.MouseButtonRelease, film, x, y)


def baseline_share(app: App, film_size: tuple[int, int], fps: float) -> float:
    """Return the share of a core that remapping the view once per picture takes, with float maps."""
    film = app.window.panorama
    flat, (width, height) = film.flat_view(), film_size
    y, x = np.mgrid[: flat.height, : flat.width] + 0.5
    rays = np.stack([np.full(x.shape, flat.focal_px), flat.width / 2 - x, flat.height / 2 - y])
    ahead, left, up = np.einsum("ij,jhw->ihw", head_axes(film.view), rays)
    map_x = ((0.5 - np.arctan2(left, ahead) / (2 * np.pi)) * width - 0.5).astype(np.float32)
    map_y = ((0.5 - np.arctan2(up, np.hypot(ahead, left)) / np.pi) * height - 0.5).astype(np.float32)
    picture = np.random.default_rng(0).integers(0, 255, (height, width, 3), np.uint8)
    repeats, begin = 90, time.process_time()
    for _ in range(repeats):
        cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return (time.process_time() - begin) / repeats * fps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("film", type=Path, nargs="?", default=DEMO)
    parser.add_argument("--seconds", type=float, default=12.0)
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--sound-view", choices=SOUND_VIEWS, default=SOUND_VIEWS[0])
    parser.add_argument("--map", action="store_true", help="with the energy map over the film")
    parser.add_argument("--output", choices=("null", "device"), default="null")
    arguments = parser.parse_args()
    application = make_application()
    with tempfile.TemporaryDirectory() as folder:
        options = AppOptions(
            FakeCheckpoint(0.0),
            arguments.output,
            Path(folder) / "settings.ini",
            takes_dir=Path(folder) / "takes",
            recovery_dir=Path(folder) / "recovery",
        )
        app = build(options)
        app.window.resize(*(int(side) for side in arguments.size.split("x")))
        app.window.sound.set_view(arguments.sound_view)
        app.window.map.set_up(arguments.map, app.window.map.percent)
        app.window.show()
        app.bridge.start()
        app.bridge.set_loop(True)
        info = app.bridge.open_film(arguments.film)
        app.bridge.play()
        while app.window.transport.position_s < SETTLE_S:
            run_for(0.2)
        meter = Meter(app)
        stage = app.window.panorama.size()
        print(
            f"{arguments.film.name}: {info.width} x {info.height}, {info.fps:.2f} fps; {application.platformName()}, "
            f"window {app.window.width()} x {app.window.height()}, film shown at {stage.width()} x {stage.height()}"
        )
        print(f"{'':<10} {'process':>8} {'GUI thread':>10} {'pictures/s':>10} {'views/s':>10} {'dropouts':>9}")
        meter.begin()
        run_for(arguments.seconds)
        meter.end("playing")
        meter.begin()
        drag(app, DRAG_S)
        meter.end("dragging")
        app.bridge.pause()
        run_for(0.5)
        meter.begin()
        run_for(2.0)
        meter.end("paused")
        share = baseline_share(app, (info.width, info.height), info.fps)
        print(f"baseline: remapping the view once per picture takes {100 * share:.1f} % of a core")
        app.destroy()


if __name__ == "__main__":
    main()
