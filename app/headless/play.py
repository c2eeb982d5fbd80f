"""Plays a film or a project in real time without a screen or a sound device: the real window, drawn offscreen."""

import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer

from app.bootstrap import App, AppOptions, build, make_application
from app.bridge.qt_signals import signals_wake_qt
from app.command_line.console import remark
from app.headless.heard_sound import HeardSound, write_heard
from app.headless.project_run import ProjectRun
from app.headless.report import FieldMeasures, HeadlessMeasures, measured_field, write_report
from app.headless.run import HeadlessJob, HeadlessRun
from engine.contract.camera import film_name
from engine.contract.errors import WorkerError
from engine.files.owned_folder import scratch_folder
from engine.files.staging import Staging
from engine.files.stopping import stopping_in_order


def play_headless(job: HeadlessJob) -> dict[str, Any]:
    """Play, write the files, and return the report. Raises EngineError if that failed."""
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
            recovery_dir=scratch.path / "recovery",
            head=job.head,
        )
        app = build(options)
        try:
            run = _run(app, job, staged["window"])
            session = app.bridge.session
            if session is None:
                raise WorkerError("The sound engine stopped. The log has the details; run the command again.")
            if job.project is None:
                exported = session.save_take(staged["field"], start_s=job.start_s)
                if exported.missing:
                    remark(exported.missing)
        finally:
            app.destroy()
        heard = write_heard(capture, staged["binaural"])
        report = _report(job, run.measures, heard, measured_field(staged["field"]) if job.project is None else None)
        write_report(staged["report"], report)
        staging.commit()
    return report


def _run(app: App, job: HeadlessJob, picture: Path) -> HeadlessRun:
    app.window.resize(*job.size)
    app.window.show()
    run = HeadlessRun(app, job, picture) if job.project is None else ProjectRun(app, job, picture, job.project)
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


def _report(
    job: HeadlessJob, measures: HeadlessMeasures, heard: HeardSound, field: FieldMeasures | None
) -> dict[str, Any]:
    last = measures.last
    told: dict[str, Any] = {}
    if field is not None:
        told = {"generated_s": round(field.seconds, 3), "level_field_dbfs": field.level_dbfs, "doa": field.doa}
    else:
        told = {
            "project": str(job.project),
            "silent": [{"at_s": round(at, 3), "lanes": n} for at, n in measures.silent],
        }
    return {
        "film": None if job.film is None else film_name(job.film),
        "start_s": job.start_s,
        "prompt": job.prompt,
        "checkpoint": last.checkpoint,
        "head": "" if job.head is None else job.head.source,
        "played_s": round(measures.played_s, 3),
        "heard_s": round(heard.seconds, 3),
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
        "level_heard_dbfs": heard.level_dbfs,
        **told,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _spread(values: list[float]) -> dict[str, float]:
    if not values:
        return {}
    p50, p95 = np.percentile(values, (50, 95))
    return {"p50": round(float(p50), 2), "p95": round(float(p95), 2), "max": round(max(values), 2)}
