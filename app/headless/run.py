"""What happens while the real window plays without a screen: open, wait, play, look."""

import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from app.bootstrap import App
from app.bridge.patch_source import CheckpointSource
from app.command_line.console import remark
from app.headless.report import HeadlessMeasures
from engine.ambisonics.binaural import BinauralFilters
from engine.contract.errors import EngineError, ExportError, WorkerError
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState
from engine.contract.video import NO_CHOICE, FilmChoice, ScreenFrame
from engine.files.stopping import Stopped

_LOAD_PATIENCE_S = 180.0
_PLAY_PATIENCE = 3.0
_STEP_MS = 30
_SEEN_BEFORE_END_S = 0.5


@dataclass(frozen=True)
class HeadlessJob:
    """Plays `film`, or a `project`, from `start_s` for `seconds` (or to its end) and leaves files in `out`.

    Of a project there is no field: `render` writes that. If it `waits`, its missing takes are made before it plays.
    """

    film: Path | None
    seconds: float
    out: Path
    prompt: str
    source: CheckpointSource
    start_s: float = 0.0
    choice: FilmChoice = NO_CHOICE
    size: tuple[int, int] = (1280, 800)
    head: BinauralFilters | None = None
    project: Path | None = None
    waits: bool = False

    @property
    def files(self) -> dict[str, Path]:
        """The files that are written: field, binaural, window, report."""
        field = {} if self.project is not None else {"field": self.out / "demo.wav"}
        return {
            **field,
            "binaural": self.out / "demo-binaural.wav",
            "window": self.out / "window.png",
            "report": self.out / "report.json",
        }


class HeadlessRun(QObject):
    """Drives the app as a user would: open, wait, play, look, export. `finished` is emitted once.

    A screenshot of the window is written to the file `picture`.
    """

    finished = Signal()

    def __init__(self, app: App, job: HeadlessJob, picture: Path) -> None:
        super().__init__()
        self._app = app
        self._job = job
        self._picture = picture
        self._began = time.monotonic()
        self._deadline = self._began + _LOAD_PATIENCE_S
        self._until_s = job.start_s + job.seconds
        self.measures = HeadlessMeasures()
        self.error: EngineError | Stopped | KeyboardInterrupt | None = None
        self._seen = False
        app.bridge.metrics.connect(self._take_metrics)
        app.bridge.noticed.connect(self._engine_noticed)
        app.bridge.failed.connect(self._engine_failed)
        app.bridge.frame.connect(self._count_picture)
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._step)

    def start(self) -> None:
        """Start the engine, set the prompt and open the film."""
        try:
            self._app.bridge.start()
            if self._job.prompt:
                self._app.window.prompt.set_text(self._job.prompt)
            assert self._job.film is not None
            film = self._app.bridge.open_film(self._job.film, self._job.choice)
        except EngineError as error:
            self._end(error)
            return
        self._until_s = min(self._until_s, film.duration_s)
        self._timer.start()
        self._begin()

    def _begin(self) -> None:
        """Play what is open now."""
        self.measures.film_accepted_s = self._now_s()
        if self._job.start_s > 0.0:
            self._app.bridge.seek(self._job.start_s)
        self._app.bridge.play()

    def _now_s(self) -> float:
        return time.monotonic() - self._began

    def _step(self) -> None:
        session = self._app.bridge.session
        if session is None:
            self._end(WorkerError("The sound engine stopped. The log has the details; run the command again."))
            return
        position_s = session.position_s
        played_s = position_s - self._job.start_s
        self.measures.played_s = max(self.measures.played_s, played_s)
        if played_s > 0.0 and self.measures.playing_from_s is None:
            self.measures.playing_from_s = self._now_s()
            self._deadline = time.monotonic() + _PLAY_PATIENCE * self._job.seconds + 30.0
        if position_s >= self._until_s - _SEEN_BEFORE_END_S and not self._seen:
            self._photograph()
        ended = self.measures.last.state is EngineState.ENDED and self.measures.playing_from_s is not None
        if position_s >= self._until_s or ended:
            self._end(None)
        elif time.monotonic() > self._deadline:
            self._end(WorkerError(f"The film stopped at {position_s:.1f} s: this machine may be too slow or too busy."))

    def _photograph(self) -> None:
        self._seen = True
        picture = self._app.window.grab()
        if not picture.save(str(self._picture)):
            self._end(
                ExportError(
                    f"The picture {self._job.files['window']} cannot be written: choose another folder with --out."
                )
            )

    def stop(self, status: int) -> None:
        """End because of a signal."""
        self._end(Stopped(status))

    def interrupt(self) -> None:
        """End because the user pressed Ctrl+C."""
        self._end(KeyboardInterrupt())

    def _end(self, error: EngineError | Stopped | KeyboardInterrupt | None) -> None:
        self._timer.stop()
        if error is None and not self._seen:
            self._photograph()
        self.error = self.error or error
        if error is None:
            self._app.bridge.pause()
        self.finished.emit()

    def _take_metrics(self, metrics: EngineMetrics) -> None:
        self.measures.take(metrics, self._now_s())

    def _engine_noticed(self, notice: EngineNotice) -> None:
        if notice.message:
            remark(notice.message)

    def _engine_failed(self, failure: EngineFailure) -> None:
        self._end(WorkerError(failure.message))

    def _count_picture(self, _frame: ScreenFrame) -> None:
        self.measures.pictures += 1
