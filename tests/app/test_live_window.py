"""The real session behind the window: a film plays, everything ends."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.bootstrap import App, AppOptions, build
from app.headless.play import play_headless
from app.headless.run import HeadlessJob
from engine.contract.telemetry import EngineState
from engine.export.reading.ambix_reader import read_ambix
from tests.app import fake_patch_sources
from tests.app.fake_panorama import FakePanorama


@pytest.fixture
def film(tmp_path) -> Path:
    file = tmp_path / "film.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        stream.time_base = Fraction(1, 25)
        for k in range(100):
            picture = np.full((64, 128, 3), 2 * k, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return file


@pytest.fixture
def live(qtbot, qapp, tmp_path) -> App:
    options = AppOptions(
        source=fake_patch_sources.FakeCheckpoint(),
        output="null",
        settings_file=tmp_path / "settings.ini",
        recovery_dir=tmp_path / "recovery",
    )
    app = build(options, FakePanorama)
    qtbot.addWidget(app.window)
    app.window.show()
    app.bridge.start()
    yield app
    app.close()


@pytest.mark.slow
def test_a_film_plays_and_closing_ends_everything_within_two_seconds(live, film, qtbot):
    threads_before = set(threading.enumerate())
    live.wiring.opening.open(film, then=live.bridge.play)
    states = []
    live.bridge.metrics.connect(lambda metrics: states.append(metrics.state))
    qtbot.waitUntil(lambda: live.window.transport.position_s > 0.5, timeout=30_000)
    assert EngineState.PLAYING in states
    assert len(live.window.panorama.frames) >= 5
    assert live.window.meters.peaks_db[0] > -30.0
    assert len(multiprocessing.active_children()) >= 2
    began = time.monotonic()
    live.window.close()
    assert time.monotonic() - began < 2.0
    assert multiprocessing.active_children() == []
    assert set(threading.enumerate()) <= threads_before


def export(exporting, tmp_path: Path, source: str, preset: str):
    """Choose in the dialog and press Export; returns the entry of the queue."""
    exporting._settings.remember_folder("export", tmp_path)
    exporting.ask_for_field()
    dialog = exporting.dialog
    dialog.what.choose(source)
    dialog.format.choose_preset(preset)
    dialog.files.template.setText("out-{format}")
    dialog.show_preview()
    dialog.export_button.click()
    return exporting.queue.entries[-1]


@pytest.mark.slow
def test_closing_in_the_middle_of_an_export_asks_and_ends_everything_too(live, film, qtbot, tmp_path, monkeypatch):
    live.bridge.open_film(film)
    exporting = live.wiring._exporting
    exporting._source_factory = fake_patch_sources.slow
    entry = export(exporting, tmp_path, "film", "nuendo")
    qtbot.waitUntil(lambda: entry.fraction > 0, timeout=30_000)
    answers = [False, True]
    monkeypatch.setattr("app.export.exporting.ask", lambda *_texts: answers.pop(0))
    live.window.close()
    assert live.window.isVisible()
    began = time.monotonic()
    live.window.close()
    assert time.monotonic() - began < 2.0
    qtbot.waitUntil(lambda: multiprocessing.active_children() == [], timeout=1000)
    assert list(tmp_path.glob("*.wav")) == []


@pytest.mark.slow
def test_the_headless_run_leaves_its_four_files(qtbot, qapp, film, tmp_path):
    job = HeadlessJob(film, 1.5, tmp_path, "rain", fake_patch_sources.FakeCheckpoint())
    report = play_headless(job)
    assert all(file.stat().st_size > 0 for file in job.files.values())
    foa, _ = read_ambix(job.files["field"])
    assert foa.shape[1] / 48_000 == pytest.approx(report["generated_s"], abs=0.001)
    assert report["played_s"] >= 1.5
    assert report["underruns"] == 0
    assert report["gaps"] == []
    assert report["pictures_shown"] > 15
    assert report["first_audio_s"] is not None
    assert len(report["doa"]) >= 2
    picture = QImage(str(job.files["window"]))
    assert (picture.width(), picture.height()) == (1280, 800)
    film_colours = {picture.pixelColor(x, y).name() for x in range(40, 900, 20) for y in range(120, 440, 10)}
    assert "#000000" not in film_colours  # a grey film, with the marker of the field over it
    assert len(film_colours) > 1


@pytest.mark.slow
def test_a_prompt_change_is_heard_and_said(live, film, qtbot):
    live.wiring.opening.open(film, then=live.bridge.play)
    qtbot.waitUntil(lambda: live.bridge.session.position_s > 0.2, timeout=30_000)
    live.window.prompt.set_text("bells")
    qtbot.waitUntil(lambda: "heard in" in live.window.prompt.status.text(), timeout=5000)
    qtbot.waitUntil(lambda: "Heard from" in live.window.prompt.status.text(), timeout=5000)


@pytest.mark.slow
@pytest.mark.parametrize("source", ["take", "film"])
def test_both_exports_land(live, film, qtbot, tmp_path, source):
    live.wiring.opening.open(film, then=live.bridge.play)
    qtbot.waitUntil(lambda: live.bridge.session.position_s > 0.5, timeout=30_000)
    exporting = live.wiring._exporting
    entries = [export(exporting, tmp_path, source, preset) for preset in ("nuendo", "quick-binaural")]
    qtbot.waitUntil(lambda: not exporting.queue.live, timeout=60_000)
    assert [entry.state for entry in entries] == ["done", "done"], [entry.sentence for entry in entries]
    foa, _ = read_ambix(tmp_path / "out-ambix.wav")
    assert foa.shape[1] >= 24_000
    if source == "film":
        assert foa.shape[1] == 4 * 48_000
        assert not live.bridge.playing
    assert sorted(file.name for file in tmp_path.glob("*.wav")) == ["out-ambix.wav", "out-binaural.wav"]
    exporting.list.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a process is stopped by a signal")
def test_a_hung_engine_is_told_and_a_restart_goes_on_in_the_same_take(live, film, qtbot):
    bridge = live.bridge
    live.wiring.opening.open(film, then=bridge.play)
    qtbot.waitUntil(lambda: live.window.transport.position_s > 0.8, timeout=30_000)
    os.kill(bridge.session._parts.generation.process.pid, signal.SIGSTOP)
    qtbot.waitUntil(lambda: len(live.errors.open_dialogs) == 1, timeout=10_000)
    (box,) = live.errors.open_dialogs
    assert "stopped responding" in box.informativeText()
    assert not bridge.playing
    position_s, kept_s = bridge.session.position_s, bridge.take_summary.length_s
    folder = bridge.session.take_to_go_on.folder
    assert kept_s > 0.5
    next(button for button in box.buttons() if "Restart" in button.text()).click()
    assert bridge.session.position_s == pytest.approx(position_s, abs=0.05)
    bridge.play()
    qtbot.waitUntil(lambda: bridge.take_summary.length_s > kept_s + 0.5, timeout=30_000)
    assert bridge.session.take_to_go_on.folder == folder
    assert bridge.take_summary.missing == ""
