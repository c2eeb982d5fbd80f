"""Plays a film in real time without a screen or a sound device: the real window, drawn offscreen."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, QTimer, Signal

from app.bootstrap import App, AppOptions, build, make_application
from app.bridge.patch_source import CheckpointSource
from app.bridge.qt_signals import signals_wake_qt
from app.command_line.console import remark
from app.headless.heard_sound import HeardSound, write_heard
from app.headless.report import FieldMeasures, HeadlessMeasures, measured_field, write_report
from engine.ambisonics.binaural import BinauralFilters
from engine.contract.errors import EngineError, ExportError, WorkerError
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState
from engine.contract.video import NO_CHOICE, FilmChoice, ScreenFrame
from engine.files.owned_folder import scratch_folder
from engine.files.staging import Staging
from engine.files.stopping import Stopped, stopping_in_order

_LOAD_PATIENCE_S = 180.0
_PLAY_PATIENCE = 3.0
_STEP_MS = 30
_SEEN_BEFORE_END_S = 0.5


@dataclass(frozen=True)
class HeadlessJob:
    """Plays `film` from `start_s` for `seconds` (or to its end) and leaves four files in `out`."""

    film: Path
    seconds: float
    out: Path
    prompt: str
    source: CheckpointSource
    start_s: float = 0.0
    choice: FilmChoice = NO_CHOICE
    size: tuple[int, int] = (1280, 800)
    head: BinauralFilters | None = None

    @property
    def files(self) -> dict[str, Path]:
        """The files that are written: field, binaural, window, report."""
        return {
            "field": self.out / "demo.wav",
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
            film = self._app.bridge.open_film(self._job.film, self._job.choice)
        except EngineError as error:
            self._end(error)
            return
        self.measures.film_accepted_s = self._now_s()
        self._until_s = min(self._until_s, film.duration_s)
        if self._job.start_s > 0.0:
            self._app.bridge.seek(self._job.start_s)
        self._timer.start()
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


def play_headless(job: HeadlessJob) -> dict[str, Any]:
    """Play, write the four files, and return the report. Raises EngineError if that failed."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _application = make_application()  # kept: Qt lives as long as this
    with scratch_folder() as scratch, Staging() as staging:
        staged = {what: staging.add_file(file) for what, file in job.files.items()}
        capture = scratch.path / "capture"
        capture.mkdir()
        options = AppOptions(
            source=job.source,
            output="null",
            settings_file=scratch.path / "settings.ini",
            capture_dir=capture,
            head=job.head,
        )
        app = build(options)
        try:
            run = _run(app, job, staged["window"])
            session = app.bridge.session
            if session is None:
                raise WorkerError("The sound engine stopped. The log has the details; run the command again.")
            exported = session.save_take(staged["field"], start_s=job.start_s)
            if exported.missing:
                remark(exported.missing)
        finally:
            app.destroy()
        heard = write_heard(capture, staged["binaural"])
        report = _report(job, run.measures, heard, measured_field(staged["field"]))
        write_report(staged["report"], report)
        staging.commit()
    return report


def _run(app: App, job: HeadlessJob, picture: Path) -> HeadlessRun:
    app.window.resize(*job.size)
    app.window.show()
    run = HeadlessRun(app, job, picture)
    loop = QEventLoop()  # not the application's: its quit() would close the window, and with it the engine
    run.finished.connect(loop.quit)
    QTimer.singleShot(0, run.start)
    # Raised inside a slot, Qt would only print it.
    before = signal.signal(signal.SIGINT, lambda _number, _frame: run.interrupt())
    try:
        with signals_wake_qt(), stopping_in_order(run.stop):
            loop.exec()
    finally:
        signal.signal(signal.SIGINT, before)
    if run.error is not None:
        raise run.error
    return run


def _report(job: HeadlessJob, measures: HeadlessMeasures, heard: HeardSound, field: FieldMeasures) -> dict[str, Any]:
    last = measures.last
    return {
        "film": str(job.film),
        "start_s": job.start_s,
        "prompt": job.prompt,
        "checkpoint": last.checkpoint,
        "head": "" if job.head is None else job.head.source,
        "played_s": round(measures.played_s, 3),
        "heard_s": round(heard.seconds, 3),
        "generated_s": round(field.seconds, 3),
        "film_accepted_s": _rounded(measures.film_accepted_s),
        "model_ready_s": _rounded(measures.model_ready_s),
        "first_audio_s": _rounded(measures.first_audio_after_ready_s),
        "playing_from_s": _rounded(measures.playing_from_s),
        "rtf": round(float(np.median(measures.factors)), 4) if measures.factors else last.realtime_factor,
        "patch_ms": _spread(measures.patch_ms),
        "flow_steps": last.flow_steps,
        "underruns": last.underruns,
        "underrun_s": round(last.underrun_s, 4),
        "late_pictures": last.late_pictures,
        "gaps": [{"start_s": round(start, 4), "length_s": round(length, 4)} for start, length in heard.gaps],
        "pictures_shown": measures.pictures,
        "level_field_dbfs": field.level_dbfs,
        "level_heard_dbfs": heard.level_dbfs,
        "doa": field.doa,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    p50, p95 = np.percentile(values, (50, 95))
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2), "max": round(max(values), 2)}
