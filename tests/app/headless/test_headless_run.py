from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.bridge.patch_source import CheckpointSource
from app.cli import main
from app.headless.project_run import ProjectRun
from app.headless.run import HeadlessJob, HeadlessRun
from engine.contract.making import BlockProgress, SilentLanes
from engine.contract.scene.blocks import GeneratedBlock
from engine.contract.scene.edits.takes import add_take
from engine.contract.scene.lane import Lane
from engine.contract.scene.recipe import Recipe, SceneTake
from engine.contract.scene.scene import Scene
from engine.contract.telemetry import EngineFailure, EngineMetrics, EngineNotice, EngineState
from engine.contract.video import ScreenFrame
from engine.files.stopping import Stopped
from engine.project.project_file import write_project
from engine.runtime.making.messages import MakingProgress


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


@pytest.fixture
def project(tmp_path):
    """A project without a film, with a block that is not made yet."""
    block = GeneratedBlock(block_id=1, length_samples=96_000, recipe=Recipe.of("rain", 1))
    scene = Scene(lanes=(Lane(lane_id=2, name="Rain", blocks=(block,)),), length_samples=96_000, next_id=3)
    write_project(tmp_path / "P.swan", scene)
    return tmp_path / "P.swan"


def test_a_project_is_opened_played_to_its_end_and_silence_is_noted(app, session, job, project, qtbot):
    run = ProjectRun(app, replace(job, project=project), job.files["window"], project)
    session.duration_s = 2.0
    run.start()
    qtbot.waitUntil(lambda: "play" in session.names(), timeout=2000)
    (_, scene, folder) = next(call for call in session.calls if call[0] == "play_scene")
    assert [lane.name for lane in scene.lanes] == ["Rain"]
    assert folder == project.with_name("P.takes")
    session.position_s = 0.5
    session.queue = [SilentLanes((2,))]
    qtbot.waitUntil(lambda: run.measures.silent == [(0.5, ("Rain",))], timeout=2000)
    with qtbot.waitSignal(run.finished, timeout=2000):
        session.position_s = 2.01
    assert run.error is None


def test_a_project_that_waits_is_played_when_its_takes_are_made(app, session, job, project, qtbot):
    run = ProjectRun(app, replace(job, project=project, waits=True), job.files["window"], project)
    session.duration_s = 2.0
    run.start()
    qtbot.waitUntil(lambda: "play_scene" in session.names(), timeout=2000)
    qtbot.wait(200)
    assert "play" not in session.names()
    editor = app.context.editor
    block = next(editor.project.scene.blocks())
    editor.project.amend(lambda scene: add_take(scene, 1, SceneTake("made", block.recipe)))
    app.scenes.progress.emit(MakingProgress(1, (BlockProgress(1, "made", 13, 13),)))
    qtbot.waitUntil(lambda: "play" in session.names(), timeout=2000)
    run._end(None)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--prompt", "rain"], "has its own film and words"),
        (["--start", "2:00"], "choose an earlier --start"),
        (["--make-first"], "belongs to a project"),
    ],
)
def test_what_cannot_be_played_of_a_project_is_one_line(project, options, sentence, capsys):
    named = [] if options == ["--make-first"] else ["--project", str(project)]
    assert main(["headless", *named, *options, "--out", str(project.parent / "out")]) == 2
    assert sentence in capsys.readouterr().err
    assert not (project.parent / "out").exists()
