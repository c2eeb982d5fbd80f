from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.bridge.patch_source import CheckpointSource
from app.headless.play import HeadlessJob, HeadlessRun
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState
from engine.contract.video import ScreenFrame
from engine.files.stopping import Stopped


@pytest.fixture
def job(tmp_path):
    return HeadlessJob(Path("/films/a.mp4"), 3.0, tmp_path, "rain", CheckpointSource())


@pytest.fixture
def run(app, job):
    app.window.show()
    return HeadlessRun(app, job, job.files["window"])


@pytest.mark.slow
def test_it_plays_looks_and_stops_at_its_time(app, session, run, job, qtbot):
    session.queue = [EngineMetrics(EngineState.PLAYING, generated_until_s=0.3, patch_ms=50, realtime_factor=0.3)]
    session.frames = [ScreenFrame(0, 0.0, np.zeros((2, 4, 4), np.uint8))] * 3
    run.start()
    assert session.names()[-1] == "play"
    assert session.settings.prompt.text == "rain"
    qtbot.waitUntil(lambda: run.measures.pictures == 3, timeout=2000)
    session.position_s = 2.6
    qtbot.waitUntil(lambda: job.files["window"].exists(), timeout=2000)
    with qtbot.waitSignal(run.finished, timeout=2000):
        session.position_s = 3.01
    assert run.error is None
    assert run.measures.played_s >= 3.0
    assert run.measures.factors == [0.3]
    assert session.names()[-1] == "pause"


def test_a_film_that_ends_early_is_fine(app, session, run, qtbot):
    run.start()
    session.position_s = 1.0
    qtbot.waitUntil(lambda: run.measures.playing_from_s is not None, timeout=2000)
    with qtbot.waitSignal(run.finished, timeout=2000):
        session.queue = [EngineMetrics(EngineState.ENDED)]
    assert run.error is None


def test_a_failure_of_the_engine_ends_it(app, session, run, qtbot):
    run.start()
    with qtbot.waitSignal(run.finished, timeout=2000):
        session.queue = [EngineFailure("The weights are damaged.")]
    assert "damaged" in str(run.error)


def test_a_notice_is_one_line_on_stderr_and_the_film_plays_on(app, session, run, qtbot, capsys):
    run.start()
    session.queue = [EngineNotice("The take is not recorded\nany more."), EngineNotice("", topic="film")]
    qtbot.waitUntil(lambda: not session.queue, timeout=2000)
    assert capsys.readouterr().err == "swansphere: note: The take is not recorded any more.\n"
    assert run.error is None
    run._end(None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "error"), [(HeadlessRun.interrupt, KeyboardInterrupt), (lambda run: run.stop(143), Stopped)]
)
def test_signals_end_it(app, session, run, qtbot, end, error):
    run.start()
    with qtbot.waitSignal(run.finished, timeout=2000):
        end(run)
    assert isinstance(run.error, error)


def test_a_bad_film_ends_it(app, job, qtbot):
    run = HeadlessRun(
        app, HeadlessJob(Path("/films/bad.mp4"), 3.0, job.out, "", CheckpointSource()), job.files["window"]
    )
    with qtbot.waitSignal(run.finished, timeout=2000):
        run.start()
    assert "not a film" in str(run.error)


@pytest.mark.slow
def test_standing_still_is_not_waited_for_for_ever(app, session, run, qtbot):
    run.start()
    run._deadline = 0.0
    with qtbot.waitSignal(run.finished, timeout=2000):
        pass
    assert "The film stopped at" in str(run.error)


@pytest.mark.slow
def test_a_start_is_sought_before_it_plays_and_the_length_counts_from_there(app, session, job, qtbot):
    run = HeadlessRun(app, replace(job, start_s=2.0, seconds=1.5), job.files["window"])
    app.window.show()
    run.start()
    assert session.names()[-2:] == ["seek", "play"]
    assert ("seek", 2.0) in session.calls
    session.position_s = 3.4
    qtbot.waitUntil(lambda: run.measures.playing_from_s is not None, timeout=2000)
    assert run.error is None
    with qtbot.waitSignal(run.finished, timeout=2000):
        session.position_s = 3.51
    assert run.measures.played_s == pytest.approx(1.51)
